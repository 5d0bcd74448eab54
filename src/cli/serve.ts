import { statSync } from "node:fs";
import { basename, resolve } from "node:path";
import { readServeSettings, type ServeSettings, UsageError } from "../core/settings.ts";
import { version } from "../core/version.ts";
import { createApp } from "../http/app.ts";
import { listen } from "../http/listen.ts";
import { Catalog, type Model } from "../models/catalog.ts";
import { engineProcesses } from "../supervisor/engine-process.ts";
import { Supervisor } from "../supervisor/supervisor.ts";
import { logged } from "./load-log.ts";
import { findResources, type Resources } from "./resources.ts";

/** `hutch serve`: unpack → catalog → supervisor → listen; until a signal ends it. */
export async function serve(argv: string[], portDefault: number): Promise<void> {
  const settings = readServeSettings(argv, process.env, portDefault);
  const own = settings.modelPath === undefined ? null : ownModel(settings);
  const resources = await findResources(process.env);
  const tiny = fileModel("tiny", resources.tinyModelPath, resources.tinyMmprojPath);
  const others = own?.name === tiny.name ? [] : [tiny]; // a file called tiny.gguf takes the name
  const catalog = new Catalog(own ? [own, ...others] : [tiny]);
  const supervisor = makeSupervisor(catalog, settings, resources);
  const server = listen(createApp(supervisor, { version }), settings);
  console.log(`Hutch ${version} listening on ${server.url}`);
  console.log(`  model ${catalog.default.name}, API explorer ${server.url}/swagger`);
  supervisor.preload();
  stopOnSignals(async () => {
    await Promise.all([server.stop(), supervisor.stop()]);
  });
}

function makeSupervisor(
  catalog: Catalog,
  settings: ServeSettings,
  { libraryDir }: Resources,
): Supervisor {
  const { nCtxSeq, nParallel, nBatch, nUbatch, nThreads, nGpuLayers } = settings;
  const start = engineProcesses({
    libraryDir,
    nCtxSeq,
    nParallel,
    nBatch,
    nUbatch,
    nThreads,
    nGpuLayers,
  });
  return new Supervisor(catalog, logged(start), settings.nEnginesMax);
}

function ownModel({ modelPath = "", mmprojPath, alias }: ServeSettings): Model {
  const name = alias ?? basename(modelPath).replace(/\.gguf$/i, "");
  return fileModel(name, modelPath, mmprojPath);
}

/** @throws UsageError when a file is not there */
function fileModel(name: string, path: string, mmprojPath?: string): Model {
  for (const file of [path, mmprojPath]) {
    if (file !== undefined && !isFile(file)) throw new UsageError(`no such file: ${file}`);
  }
  const { size, mtimeMs } = statSync(path);
  return {
    name,
    path: resolve(path),
    mmprojPath: mmprojPath === undefined ? undefined : resolve(mmprojPath),
    sizeBytes: size,
    modifiedAt: mtimeMs,
  };
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

/** A first SIGINT or SIGTERM stops in order, a second at once. */
function stopOnSignals(stop: () => Promise<void>): void {
  let isStopping = false;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, async () => {
      if (isStopping) process.exit(1);
      isStopping = true;
      await stop();
      process.exit(0);
    });
  }
}
