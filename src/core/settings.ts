import { randomUUID } from "node:crypto";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { gather, type Start } from "./config/gather.ts";
import { exposureNotes } from "./exposure.ts";
import { builtInTemplates } from "./flags/built-in-templates.ts";
import type { Draft, DraftLoad } from "./flags/draft.ts";
import { UsageError } from "./flags/flag.ts";
import type { Environment, Given } from "./flags/given.ts";
import { ollamaOrigins } from "./flags/http.ts";
import { requestLimits } from "./limits.ts";
import type { LoadOptions } from "./load.ts";
import { isLocalOnly } from "./network/listening.ts";
import { ollamaNotes } from "./ollama-variables.ts";
import type { HttpSettings, ModelSource, Profile, ServerSettings } from "./server.ts";

/** Port of `hutch serve`, Ollama's. */
const servePort = 11_434;
/** Port when the first argument is a flag, llama-server's. */
const llamaServerPort = 8080;

/** llama-server's slots when nobody says how many; they share one context then. */
const slotDefaults = { nParallel: 4, kvUnified: true };
const sharedDefaults: LoadOptions = {
  chat: { templateVariables: { preserve_reasoning: true } },
};
const nBatchDefault = 2048;
const nUbatchDefault = 512;

/**
 * Reads flags, environment and the file of settings once.
 * @param argv the flags, without a command
 * @throws UsageError for an unknown flag, a missing or malformed value
 */
export function readServerSettings(
  argv: readonly string[],
  env: Environment,
  start: Start,
): ServerSettings {
  const { isServe } = start;
  const draft = emptyDraft(isServe);
  const { given, configPath, notes } = gather(argv, env, start);
  draft.notes.push(...notes);
  for (const one of given) apply(draft, one);
  return { configPath, ...finished(draft, env, isServe) };
}

/** A variable that was set for Ollama keeps nobody from starting: Ollama takes its default, too. */
function apply(draft: Draft, { flag, text, source }: Given): void {
  try {
    flag.apply(draft, text, source);
  } catch (error) {
    if (!(error instanceof UsageError && source.startsWith("OLLAMA_"))) throw error;
    draft.notes.push(`${error.message}; the default is taken`);
  }
}

/** Settings that nobody has changed yet. */
export function emptyDraft(isServe: boolean): Draft {
  return {
    http: httpDefaults(isServe),
    model: { mmprojAuto: true, aliases: [], tags: [] },
    load: emptyLoad(),
    catalog: {
      nEnginesMax: isServe ? 0 : 4,
      storeDir: "",
      prunes: true,
      modelsDir: null,
      presetPath: null,
      sleepIdleSeconds: isServe ? 300 : -1,
      memoryBudgetBytes: null,
      gpuOverheadBytes: 0,
      nWaitingMax: isServe ? 512 : 0,
      loadTimeoutSeconds: isServe ? 300 : 0,
      privateRegistries: false,
      offline: false,
      hfToken: null,
      nTransferStreamsMax: 4,
    },
    supervision: { drainSeconds: 30, stepTimeoutSeconds: 1800, crashDir: null },
    log: {
      level: 2,
      json: isServe ? "auto" : false, // whoever reads llama-server's log expects text
      hasRequests: true,
      filePath: null,
      prefix: false,
      timestamps: false,
      colors: "auto",
    },
    ctxSize: undefined,
    fits: true,
    escapes: true,
    privateRegistries: undefined,
    crashDir: undefined,
    responsesPath: undefined,
    responsesMegabytes: 256,
    sslKeyPath: undefined,
    sslCertPath: undefined,
    notes: [],
  };
}

function emptyLoad(): DraftLoad {
  return {
    model: {},
    context: {},
    threads: {},
    threadsBatch: {},
    speculation: {},
    chat: {},
    media: {},
    sampling: {},
  };
}

function httpDefaults(isServe: boolean): HttpSettings {
  return {
    profile: "hutch",
    hostnames: ["127.0.0.1"],
    port: -1, // nobody has said yet
    nitroPort: null,
    reusePort: false,
    apiPrefix: "",
    allowedHosts: null,
    apiKeys: [],
    apiKeyFiles: [],
    cors: {
      origins: isServe ? ollamaOrigins : "*",
      methods: "GET, POST, DELETE, OPTIONS",
      headers: "*",
      credentials: true,
    },
    tls: null,
    staticDir: null,
    hasPage: true,
    timeoutSeconds: 3600,
    limits: { ...requestLimits },
    ssePingSeconds: 30,
    autoload: true,
    endpoints: { slots: true, props: false, metrics: isServe },
    slotSaveDir: null,
    mediaDir: null,
    fetchesMedia: false,
    fetchHosts: [],
    clientModelDirs: [],
    responses: null,
    mediaMarker: "",
    vertex: null,
    slotsShowText: false,
    verbose: false,
  };
}

/** Ways of guessing that a model of their own guesses in. */
const typesOfDraftModels = ["draft-simple", "draft-eagle3", "draft-dflash", "draft-dspark"];

/** @throws UsageError for ways of guessing that do not go together, or lack their model */
function checkSpeculation({ load, model }: Draft, hasModel: boolean): void {
  const { types = [], draft_model } = load.speculation;
  if (types.includes("prompt-lookup") && types.length > 1) {
    throw new UsageError("--spec-type: prompt-lookup cannot be used with other types");
  }
  const type = types.find((name) => typesOfDraftModels.includes(name));
  const hasDraft = draft_model !== undefined || model.draft !== undefined;
  // Without a model of its own, models may have their draft models in presets.
  if (type !== undefined && hasModel && !hasDraft) {
    throw new UsageError(`--spec-type ${type} needs a draft model: --model-draft FILE`);
  }
}

function finished(
  draft: Draft,
  env: Environment,
  isServe: boolean,
): Omit<ServerSettings, "configPath"> {
  const { http, model, catalog, supervision, log, notes } = draft;
  const hasModel = namesModel(model);
  if (!hasModel && (model.mmprojPath ?? model.mmprojUrl) !== undefined) {
    throw new UsageError("--mmproj needs --model: a projector belongs to a model");
  }
  checkSpeculation(draft, hasModel);
  http.profile = profileOf(isServe, hasModel);
  http.tls = tlsFiles(draft);
  // Random, so that no user's text can contain it.
  http.mediaMarker = env.LLAMA_MEDIA_MARKER || `<__media_${randomUUID()}__>`;
  http.slotsShowText = (env.LLAMA_SERVER_SLOTS_DEBUG ?? "") !== "";
  http.vertex = vertexRoutes(env);
  http.responses = responsesStore(draft, env, isServe);
  supervision.crashDir = crashFolder(draft, env, isServe);
  if (http.clientModelDirs.length === 0) http.clientModelDirs = modelFolders(draft, env);
  http.port = portOf(draft, env, isServe);
  // Whoever is on this machine can ask its networks without us.
  catalog.privateRegistries = draft.privateRegistries ?? isLocalOnly(http.hostnames);
  if (catalog.storeDir === "") catalog.storeDir = defaultStoreDir(env, isServe ? notes : []);
  draft.load.media.marker = http.mediaMarker;
  if (isServe) notes.push(...ollamaNotes(env));
  notes.push(...exposureNotes(http));
  const load = finishedLoad(draft, isServe ? "request" : "slots");
  const loadDefaults = isServe ? sharedDefaults : { ...sharedDefaults, ...slotDefaults };
  const named = hasModel ? model : null;
  return { http, model: named, loadDefaults, load, catalog, supervision, log, notes };
}

const namesModel = ({ path, url, hfRepo }: ModelSource) => (path ?? url ?? hfRepo) !== undefined;

function profileOf(isServe: boolean, hasModel: boolean): Profile {
  if (isServe) return "hutch";
  return hasModel ? "llama-server" : "router";
}

function portOf({ http }: Draft, env: Environment, isServe: boolean): number {
  const given = http.port >= 0 ? http.port : undefined;
  const port = http.vertex
    ? Number(env.AIP_HTTP_PORT || llamaServerPort)
    : (given ?? (isServe ? servePort : llamaServerPort));
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new UsageError(`AIP_HTTP_PORT must be a port, not "${env.AIP_HTTP_PORT}"`);
  }
  const nAddresses = http.hostnames.filter((host) => !host.endsWith(".sock")).length;
  if (port === 0 && nAddresses > 1) {
    throw new UsageError("--port 0 needs a single address: each would get a port of its own");
  }
  return port;
}

function tlsFiles({ sslKeyPath, sslCertPath }: Draft): HttpSettings["tls"] {
  if (sslKeyPath === undefined && sslCertPath === undefined) return null;
  if (sslKeyPath === undefined || sslCertPath === undefined) {
    throw new UsageError("HTTPS needs both --ssl-key-file and --ssl-cert-file");
  }
  for (const path of [sslKeyPath, sslCertPath]) {
    const isFile = statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
    if (!isFile) throw new UsageError(`no such file: ${path}`);
  }
  return { keyPath: sslKeyPath, certPath: sslCertPath };
}

/** By default answers outlive the server, if there is somebody whose they are. */
function responsesStore(
  { responsesPath, responsesMegabytes }: Draft,
  { HOME }: Environment,
  isServe: boolean,
): HttpSettings["responses"] {
  const ownPath = HOME ? join(HOME, ".hutch", "responses.sqlite") : ":memory:";
  const path = responsesPath ?? (isServe ? ownPath : "none");
  return path === "none" ? null : { path, bytesMax: responsesMegabytes * 1e6 };
}

/** Like answers, reports of crashes are for somebody with a home. */
function crashFolder({ crashDir }: Draft, { HOME }: Environment, isServe: boolean): string | null {
  const dir = crashDir ?? (isServe && HOME ? join(HOME, ".hutch", "crashes") : "none");
  return dir === "none" ? null : dir;
}

/**
 * Our own store; but somebody who comes from Ollama finds the models that are there, as long as
 * there is no store of ours.
 */
function defaultStoreDir({ HOME = "" }: Environment, notes: string[]): string {
  const own = join(HOME, ".hutch", "models");
  const ollamas = join(HOME, ".ollama", "models");
  if (existsSync(join(own, "manifests")) || !existsSync(join(ollamas, "manifests"))) return own;
  notes.push(`using Ollama's models in ${ollamas}; --store or HUTCH_MODELS names another folder`);
  return ollamas;
}

/** Where models lie that everybody may use. */
function modelFolders({ catalog }: Draft, { HOME }: Environment): string[] {
  const own = HOME ? [join(HOME, ".hutch", "models")] : [];
  return [...(catalog.modelsDir === null ? [] : [catalog.modelsDir]), ...own];
}

/** Google's variables for a container of theirs. */
function vertexRoutes(env: Environment): HttpSettings["vertex"] {
  if (env.AIP_MODE !== "PREDICTION") return null;
  const slashed = (route: string) => (route.startsWith("/") ? route : `/${route}`);
  return {
    predictRoute: slashed(env.AIP_PREDICT_ROUTE || "/predict"),
    healthRoute: slashed(env.AIP_HEALTH_ROUTE || "/health"),
  };
}

/**
 * How to load, with what follows from it; without defaults.
 * @param contextOf what `--ctx-size` is the size of: one request, or llama-server's slots together
 */
export function finishedLoad(draft: Draft, contextOf: "request" | "slots"): LoadOptions {
  const { load, ctxSize } = draft;
  settleDraftModel(draft);
  // As Jinja, the name would be all that any prompt says.
  if (builtInTemplates.has(load.chat.template ?? "")) load.chat.jinja ??= false;
  if (contextOf === "slots" && load.nParallel !== undefined) load.kvUnified ??= false;
  if (ctxSize !== undefined && ctxSize > 0 && contextOf === "request") load.nCtxSeq = ctxSize;
  else if (ctxSize !== undefined) load.nCtx = ctxSize;
  else if (contextOf === "slots" && load.nCtxSeq !== undefined) {
    load.nCtx = load.nCtxSeq * (load.nParallel ?? slotDefaults.nParallel);
  }
  if (!draft.fits) {
    load.nCtx ??= 0;
    load.model.n_gpu_layers ??= -1;
  }
  const embeds = load.purpose === "embed" || load.purpose === "rerank";
  // An input must go through the model in one piece.
  if (embeds) {
    load.nBatch = Math.min(load.nBatch ?? nBatchDefault, load.nUbatch ?? nUbatchDefault);
  }
  if (draft.escapes) {
    if (load.stop) load.stop = load.stop.map(unescaped);
    const { drySequenceBreakers: breakers } = load.sampling;
    if (breakers) load.sampling.drySequenceBreakers = breakers.map(unescaped);
  }
  return withoutEmpty(load);
}

/** `--model-draft` is a file of its own, or one in the repository of `--hf-repo-draft`. */
function settleDraftModel({ model, load }: Draft): void {
  if (model.draft?.hfRepo === undefined) delete model.draft;
  else delete load.speculation.draft_model;
}

const escapes: Readonly<Record<string, string>> = {
  n: "\n",
  r: "\r",
  t: "\t",
  "'": "'",
  '"': '"',
  "\\": "\\",
};

/** Escapes that C has, as llama.cpp reads them; others stay as they are. */
function unescaped(text: string): string {
  return text.replace(/\\(x[0-9a-fA-F]{2}|.)/g, (whole, code: string) =>
    code.length === 3
      ? String.fromCharCode(Number.parseInt(code.slice(1), 16))
      : (escapes[code] ?? whole),
  );
}

/** Without the groups that nothing was put into, and without what is undefined. */
function withoutEmpty(load: DraftLoad): LoadOptions {
  const isEmpty = (value: unknown) =>
    value === undefined ||
    (typeof value === "object" && value !== null && Object.keys(value).length === 0);
  return Object.fromEntries(Object.entries(load).filter(([, value]) => !isEmpty(value)));
}
