import { statSync } from "node:fs";
import type { Start } from "../core/config/gather.ts";
import { asAppError } from "../core/errors.ts";
import { UsageError } from "../core/flags/flag.ts";
import { machineMemory } from "../core/machine-memory.ts";
import { readPreset } from "../core/preset.ts";
import type { ServerSettings } from "../core/server.ts";
import { readServerSettings } from "../core/settings.ts";
import { version } from "../core/version.ts";
import type { Listening } from "../http/listen.ts";
import type { Requests } from "../http/requests.ts";
import { Catalog, type Model } from "../models/catalog.ts";
import { Hub } from "../models/hub.ts";
import { LocalLibrary } from "../models/library.ts";
import { mergeLoad } from "../models/load-options.ts";
import { fetchPresetFile, localFiles } from "../models/model-files.ts";
import { prune } from "../models/prune.ts";
import { RegistryClient } from "../models/registry/client.ts";
import { Store } from "../models/store.ts";
import { EngineChild } from "../supervisor/engine-child.ts";
import { engineProcesses } from "../supervisor/engine-process.ts";
import { withFakeTiming } from "../supervisor/fake-timing.ts";
import { Supervisor } from "../supervisor/supervisor.ts";
import { crashLogger } from "./crash-log.ts";
import { backendLogger, logEvents, logged } from "./load-log.ts";
import { Log } from "./log.ts";
import { requestLogger } from "./request-log.ts";
import { findResources, type Resources } from "./resources.ts";
import { stopOnSignals } from "./shutdown.ts";
import { surviveBugs } from "./survival.ts";
import { Systemd } from "./systemd.ts";

/** So that a load pays, nobody waits for long, and a client that goes on has time to do so. */
const turns = { turnMs: 2000, lingerMs: 100 };

/** Serves until a signal ends it: settings → models → supervisor → load and listen. */
export async function serve(argv: string[], command: Start): Promise<void> {
  const settings = readServerSettings(argv, process.env, command);
  forgetKeys(process.env);
  checkFiles(settings);
  const resources = await findResources(process.env);
  // It starts on another core, while this one makes everything else ready.
  const isLoading = settings.http.profile !== "router";
  const { libraryDir, backends } = resources;
  const engine = isLoading ? new EngineChild(libraryDir, backends.libraries) : null;
  const log = new Log(settings.log);
  if (settings.configPath !== null) log.info(`settings of ${settings.configPath}`);
  for (const note of [...settings.notes, ...backends.refusals]) log.warning(note);
  const hub = new Hub(Hub.settingsFrom(process.env, settings.catalog));
  await usePresetsOfRepo(settings, hub);
  const store = settings.http.profile === "hutch" ? new Store(settings.catalog.storeDir) : null;
  if (store) await tidy(store, settings, log);
  const library = openLibrary(settings, { hub, store }, resources, log);
  const catalog = new Catalog(await library.read(), (name) => library.arrived(name));
  const supervisor = makeSupervisor(catalog, library, settings, {
    resources,
    log,
    engine,
  });
  const warn = (text: string) => log.warning(text);
  const registry =
    store && new RegistryClient(RegistryClient.settingsFrom(process.env, settings.catalog));
  const running: Running = { servers: [], requests: null, systemd: null };
  const end = async () => {
    await supervisor.stop(); // before the connections: streams are told why they end
    await Promise.all(running.servers.map((server) => server.stop()));
    running.systemd?.[Symbol.dispose]();
  };
  stopOnSignals({ drain: () => drain(running, settings, log), end });
  begin(supervisor, settings, end);
  await Bun.sleep(0); // so that the engine loads meanwhile
  const { createApp } = await import("../http/app.ts");
  const { listenAll } = await import("../http/listen.ts");
  const onRequest = settings.log.hasRequests ? requestLogger(log) : () => {};
  const { http } = settings;
  const app = createApp(supervisor, { version, settings: http, store, registry, warn, onRequest });
  running.requests = app.requests;
  running.servers = await listenAll(app, http, log);
  greet(running.servers, supervisor.catalog, http.apiPrefix, log);
  surviveBugs(log);
  running.systemd = await startedBy(log);
  running.systemd?.ready(`Listening on ${running.servers.map(({ url }) => url).join(", ")}`);
}

/** What there is of the server so far. */
interface Running {
  servers: Listening[];
  requests: Requests | null;
  systemd: Systemd | null;
}

async function drain(
  { requests, systemd }: Running,
  { supervision: { drainSeconds } }: ServerSettings,
  log: Log,
): Promise<void> {
  const n = requests?.nWorking ?? 0;
  const rest = `${n} in progress have up to ${drainSeconds} s; a second signal ends them at once`;
  log.info(n === 0 ? "ending" : `ending: no new requests; ${rest}`);
  systemd?.stopping(drainSeconds);
  await requests?.drain(drainSeconds);
}

async function startedBy(log: Log): Promise<Systemd | null> {
  try {
    return await Systemd.from(process.env);
  } catch (error) {
    log.warning(`systemd cannot be told how the server is: ${asAppError(error).message}`);
    return null;
  }
}

/** Engines, whose environment is ours, have no use for API keys. */
function forgetKeys(env: Record<string, string | undefined>): void {
  for (const name of ["HUTCH_API_KEY", "LLAMA_API_KEY"]) delete env[name];
}

/** Brings an older store to today's layout, and removes what no model of it needs. */
async function tidy(store: Store, { catalog }: ServerSettings, log: Log): Promise<void> {
  try {
    await store.blobs.renameOld();
    if (catalog.prunes) await prune(store, (text) => log.warning(text));
  } catch (error) {
    log.warning(`${store.dir} cannot be tidied up: ${asAppError(error).message}`); // read-only, say
  }
}

/** A model of the hub may be nothing but presets of others: then this is a router over those. */
async function usePresetsOfRepo(settings: ServerSettings, hub: Hub): Promise<void> {
  const { http, model, catalog } = settings;
  if (http.profile !== "llama-server" || model?.hfRepo === undefined) return;
  const path = await fetchPresetFile(hub, model.hfRepo, AbortSignal.timeout(60_000));
  if (path === null) return;
  http.profile = "router";
  settings.model = null;
  catalog.presetPath = path;
}

function openLibrary(
  { http, model, catalog, load }: ServerSettings,
  { hub, store }: { hub: Hub; store: Store | null },
  resources: Resources,
  log: Log,
): LocalLibrary {
  const told = new Set<string>();
  const note = (text: string) => {
    if (told.has(text)) return; // files are read anew whenever models are listed
    told.add(text);
    log.warning(text);
  };
  return new LocalLibrary(hub, {
    profile: http.profile,
    own: model,
    builtIn: [tinyModel(resources)],
    store,
    modelsDir: catalog.modelsDir,
    presetPath: catalog.presetPath,
    load,
    note,
    readPreset: (entries, where) => {
      const { notes, ...preset } = readPreset(entries, where);
      notes.forEach(note);
      return preset;
    },
  });
}

function tinyModel({ tinyModelPath, tinyMmprojPath }: Resources): Model {
  return { name: "tiny", ...localFiles(tinyModelPath), mmprojPath: tinyMmprojPath };
}

function makeSupervisor(
  catalog: Catalog,
  library: LocalLibrary,
  { http, catalog: settings, load, loadDefaults, supervision }: ServerSettings,
  { resources, log, engine }: { resources: Resources; log: Log; engine: EngineChild | null },
): Supervisor {
  // Presets come between: the library puts `load` over them, into the models' own options.
  const options = http.profile === "router" ? loadDefaults : mergeLoad(loadDefaults, load);
  const { libraryDir, backends } = resources;
  // Unasked, only what is about a failure is shown, with the failure.
  const onLog = load.logLevel === undefined ? undefined : (line: string) => log.native(line);
  const { crashDir, stepTimeoutSeconds } = supervision;
  const onCrash = crashLogger(log, crashDir, onLog !== undefined);
  const every = {
    ...{ libraryDir, backends: backends.libraries, onBackendFailure: backendLogger(log) },
    ...{ onLog, onCrash, stepTimeoutSeconds, ...options },
  };
  const start = logged(engineProcesses(every, engine), log);
  const isSlowed = process.env.LLAMA_SERVER_DEBUG_FAKE_TIMING && http.profile === "router";
  const engines = isSlowed ? withFakeTiming(start) : start;
  const isOurs = http.profile === "hutch";
  const { memoryBudgetBytes: budgetBytes, gpuOverheadBytes } = settings;
  const memory = { budgetBytes, gpuOverheadBytes, machine: machineMemory };
  const supervisor = new Supervisor(catalog, engines, settings.nEnginesMax, {
    library,
    load: options,
    sleepIdleSeconds: settings.sleepIdleSeconds,
    loadTimeoutSeconds: settings.loadTimeoutSeconds,
    nWaitingMax: settings.nWaitingMax,
    abandonsLoads: isOurs,
    ...(isOurs && { turns }),
    ...((isOurs || budgetBytes !== null) && { memory }),
  });
  logEvents(supervisor, log);
  return supervisor;
}

function greet(servers: Listening[], { models }: Catalog, prefix: string, log: Log): void {
  for (const { url, isNitros } of servers) {
    const whose = isNitros ? " for clients of Nitro" : "";
    log.info(`Hutch ${version} listening on ${url}${prefix}${whose}`);
  }
  const what = models.length === 1 ? `model ${models[0]?.name}` : `${models.length} models`;
  log.info(`  ${what}, API explorer ${servers[0]?.url}${prefix}/swagger`);
}

/**
 * Loads what shall be there from the start. A llama-server that cannot load its model ends, so that
 * whoever started it notices.
 */
function begin(
  supervisor: Supervisor,
  { http: { profile } }: ServerSettings,
  end: () => Promise<void>,
): void {
  if (profile === "llama-server") {
    const unsubscribe = supervisor.subscribe(async (event) => {
      if (event.type !== "status") return;
      if (event.status.state === "ready") unsubscribe();
      if (event.status.state !== "failed") return;
      await end();
      process.exit(1);
    });
  }
  if (profile !== "router") supervisor.preload();
  for (const model of supervisor.catalog.models) {
    if (model.loadsAtStart) supervisor.preload(model.name);
  }
}

/** @throws UsageError when a file that the command line names is not there */
function checkFiles({ model, load }: ServerSettings): void {
  if (model === null) return;
  const { path, url, hfRepo, mmprojPath, mmprojUrl } = model;
  const isLocal = url === undefined && hfRepo === undefined;
  const named: [string, string | undefined][] = [
    ["--model", isLocal ? path : undefined],
    ["--mmproj", mmprojUrl === undefined ? mmprojPath : undefined],
    ["--model-draft", load.speculation?.draft_model],
    ...(load.lora ?? []).map(({ path }): [string, string] => ["--lora", path]),
    ...(load.controlVectors ?? []).map(({ path }): [string, string] => ["--control-vector", path]),
  ];
  for (const [flag, file] of named) {
    const isFile = file === undefined || statSync(file, { throwIfNoEntry: false })?.isFile();
    if (!isFile) throw new UsageError(`${flag}: no such file: ${file}`);
  }
}
