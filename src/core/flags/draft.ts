import type { Sampling } from "../generate.ts";
import type {
  ChatOptions,
  ContextOptions,
  LoadOptions,
  MediaOptions,
  ModelOptions,
  SpeculationOptions,
  ThreadOptions,
} from "../load.ts";
import type {
  CatalogSettings,
  HttpSettings,
  LogSettings,
  ModelSource,
  SupervisionSettings,
} from "../server.ts";

/** Settings while flags are being applied; settings.ts makes the finished ones of it. */
export interface Draft {
  http: HttpSettings;
  model: ModelSource;
  load: DraftLoad;
  catalog: CatalogSettings;
  supervision: SupervisionSettings;
  log: LogSettings;
  /** `--ctx-size`: of one request or of all together, which depends on the profile. */
  ctxSize: number | undefined;
  /** false: nothing is shrunk to the memory that is free. */
  fits: boolean;
  /** Escapes like \n in stop texts and sequence breakers stand for what they name. */
  escapes: boolean;
  /** undefined: nobody has said. */
  privateRegistries: boolean | undefined;
  /** As given, "none" for nowhere; undefined: nobody has said. */
  crashDir: string | undefined;
  /** As given; undefined: nobody has said. */
  responsesPath: string | undefined;
  responsesMegabytes: number;
  sslKeyPath: string | undefined;
  sslCertPath: string | undefined;
  /** What the user should know about options without effect. */
  notes: string[];
}

/** LoadOptions with every group there to be filled. */
export interface DraftLoad extends LoadOptions {
  model: ModelOptions;
  context: ContextOptions;
  threads: ThreadOptions;
  threadsBatch: ThreadOptions;
  speculation: SpeculationOptions;
  chat: ChatOptions;
  media: MediaOptions;
  sampling: Sampling;
}
