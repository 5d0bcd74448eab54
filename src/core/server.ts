import type { ApiKey } from "./api-keys.ts";
import type { RequestLimits } from "./limits.ts";
import type { LoadOptions } from "./load.ts";

/** Everything that a server can be told: by flags, by the environment, and by a file. */
export interface ServerSettings {
  /** The file of settings; null: there is none. */
  configPath: string | null;
  http: HttpSettings;
  /** What the default model is; null: none was named. */
  model: ModelSource | null;
  /** For every model; its own options and those of presets come over these. */
  loadDefaults: LoadOptions;
  /** What flags and variables say, for every model: they win over presets. */
  load: LoadOptions;
  catalog: CatalogSettings;
  supervision: SupervisionSettings;
  log: LogSettings;
  /** What the user should be told about options without effect. */
  notes: string[];
}

/** Whose habits the server has where they differ. */
export type Profile =
  /** `hutch serve`: requests wait for loading; unknown model names are refused. */
  | "hutch"
  /** First argument a flag, one model: 503 while loading; every model name means that one. */
  | "llama-server"
  /** First argument a flag, no model named: llama-server's router mode. */
  | "router";

export interface HttpSettings {
  profile: Profile;
  /** Addresses to listen on; one that ends in `.sock` is a UNIX socket. */
  hostnames: string[];
  /** 0: a free one. */
  port: number;
  /** A second port, for clients of Nitro, which look for 3928; null: none. */
  nitroPort: number | null;
  /** Share the port with other processes (SO_REUSEPORT). */
  reusePort: boolean;
  /** Begins every path: "" or "/x". */
  apiPrefix: string;
  /** Without any, and without files of them, nobody needs a key. */
  apiKeys: ApiKey[];
  /** Files with more of them, read anew when they change. */
  apiKeyFiles: string[];
  /**
   * Names, beside its own, under which the server may be asked; `*` in one stands for any stretch.
   * null: nobody has said, so all are fine, unless only this machine can reach the server.
   */
  allowedHosts: string[] | null;
  cors: CorsSettings;
  tls: { keyPath: string; certPath: string } | null;
  /** Folder of static files; null: our own start page, or nothing when `hasPage` is false. */
  staticDir: string | null;
  hasPage: boolean;
  /** Seconds in which a request must be read and an answer be accepted. */
  timeoutSeconds: number;
  /** What requests may take. */
  limits: RequestLimits;
  /** Silence after which a stream gets an SSE comment, seconds; -1: never. */
  ssePingSeconds: number;
  /** In router mode a request loads its model, unless its `?autoload=` says otherwise. */
  autoload: boolean;
  /** Routes that answer 501 when off. */
  endpoints: { slots: boolean; props: boolean; metrics: boolean };
  /** Folder of saved slots; null: saving is off. */
  slotSaveDir: string | null;
  /** Folder that `file://` pictures may come from; null: none may. */
  mediaDir: string | null;
  /** Pictures may be http(s) URLs, fetched by the server from public addresses. */
  fetchesMedia: boolean;
  /** Hosts from which it fetches them even at private ones; `*` stands for any stretch. */
  fetchHosts: string[];
  /** Folders whose files clients may have loaded as models, by their paths (Nitro's loadmodel). */
  clientModelDirs: string[];
  /** Where answers of the Responses API are kept; null: nowhere. */
  responses: ResponsesSettings | null;
  /** Text that stands for a picture in `/completion` prompts. */
  mediaMarker: string;
  /** The route that Google's Vertex AI calls (AIP_MODE=PREDICTION); null: none. */
  vertex: { predictRoute: string; healthRoute: string } | null;
  /** How embeddings are normalised for requests that are silent, as in EmbedRequest; absent: 2. */
  embedNormalize?: number;
  /** `/slots` shows prompts and texts (LLAMA_SERVER_SLOTS_DEBUG). */
  slotsShowText: boolean;
  /** Every answer of the OpenAI routes carries `__verbose`, as if its request had asked for it. */
  verbose: boolean;
}

export interface ResponsesSettings {
  /** SQLite file, made when the first answer is kept; ":memory:": until the server ends. */
  path: string;
  /** The oldest answers are dropped when they take more than this together. */
  bytesMax: number;
}

export interface CorsSettings {
  /** "*": every origin is reflected; "localhost": those of this machine; else a list. */
  origins: "*" | "localhost" | string[];
  methods: string;
  headers: string;
  credentials: boolean;
}

/** Where the default model comes from. */
export interface ModelSource {
  path?: string;
  url?: string;
  /** `user/repo[:quant]` on the hub, and a file in it. */
  hfRepo?: string;
  hfFile?: string;
  mmprojPath?: string;
  mmprojUrl?: string;
  /** false: no projector, even if one lies beside the model. */
  mmprojAuto: boolean;
  /** Where the draft model for speculation is fetched from. */
  draft?: { hfRepo?: string; hfFile?: string; url?: string };
  /** Names that requests may use; the first in alphabetical order is shown. */
  aliases: string[];
  tags: string[];
}

export interface CatalogSettings {
  /** Models in memory at once; 0: any number. */
  nEnginesMax: number;
  /** Folder of Ollama's layout, of models that can be pulled, made and removed. */
  storeDir: string;
  /** At the start, remove from it what no model needs. */
  prunes: boolean;
  /** Folder of GGUF files served in place. */
  modelsDir: string | null;
  /** INI file of models with their own options. */
  presetPath: string | null;
  /** An engine idle for this long is ended until a request needs it again; -1: never. */
  sleepIdleSeconds: number;
  /** The machine's memory for all models together, bytes; null: nobody has said. */
  memoryBudgetBytes: number | null;
  /** Memory of GPUs that is left alone, bytes. */
  gpuOverheadBytes: number;
  /** Requests that may wait for a model or a slot; 0: any number. */
  nWaitingMax: number;
  /** A load without progress for so long is given up; 0: never. */
  loadTimeoutSeconds: number;
  /** Clients may have models pulled from, and pushed to, this machine and its networks. */
  privateRegistries: boolean;
  /** Never ask the hub. */
  offline: boolean;
  hfToken: string | null;
  /** Connections that fetch or send one blob at the same time. */
  nTransferStreamsMax: number;
}

export interface SupervisionSettings {
  /** How long requests in progress may go on when the server is told to end. */
  drainSeconds: number;
  /** An engine that takes longer for one step hangs, and is ended; 0: none does. */
  stepTimeoutSeconds: number;
  /** Folder of reports about engines that crashed; null: none are written. */
  crashDir: string | null;
}

export interface LogSettings {
  /** ggml's levels: 1 debug … 4 error, 5 none. */
  level: number;
  /** One JSON object per line; "auto": unless it goes to a terminal. */
  json: boolean | "auto";
  /** A line for every request. */
  hasRequests: boolean;
  filePath: string | null;
  prefix: boolean;
  timestamps: boolean;
  colors: "on" | "off" | "auto";
}
