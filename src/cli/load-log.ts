import type { ModelInfo } from "../core/generate.ts";
import type { BackendFailure } from "../core/protocol.ts";
import type { DownloadProgress } from "../models/download.ts";
import type { StartEngine, Supervisor } from "../supervisor/supervisor.ts";
import { failureText } from "./backends/failure.ts";
import type { Log } from "./log.ts";

/** Progress is told in steps of this size, so that a long load shows that it lives. */
const step = 0.1;

/** Tells the terminal when a model begins to load, how far it is, and that it is there. */
export function logged(start: StartEngine, log: Log): StartEngine {
  return async (model, onProgress, signal) => {
    const startedAt = performance.now();
    let told = 0;
    log.info(`loading ${model.name} (${megabytes(model.sizeBytes)}) …`);
    const tell = (fraction: number) => {
      onProgress(fraction);
      if (fraction < told + step || performance.now() - startedAt < 1000) return;
      told = fraction;
      log.info(`loading ${model.name}: ${Math.round(fraction * 100)} %`);
    };
    const engine = await start(model, tell, signal);
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    log.info(`${model.name} is ready after ${seconds} s: ${describe(engine.info)}`);
    engine.exited.then(() => log.info(`the engine of ${model.name} has ended`));
    return engine;
  };
}

/** Tells the terminal once of each backend that engines cannot load. */
export function backendLogger(log: Log): (failure: BackendFailure) => void {
  const told = new Set<string>();
  return (failure) => {
    if (told.has(failure.path)) return;
    told.add(failure.path);
    log.warning(failureText(failure));
  };
}

/** Tells the terminal how far downloads are, and why a model could not be had. */
export function logEvents(supervisor: Supervisor, log: Log): void {
  const told = new Map<string, number>();
  supervisor.subscribe((event) => {
    if (event.type === "downloaded" && event.error) {
      log.error(`${event.model} could not be downloaded: ${event.error.message}`);
    }
    if (event.type !== "status") return;
    const { model, status } = event;
    if (status.state === "failed") {
      log.error(`${model} could not be loaded: ${status.error.message}`);
    }
    if (status.state !== "downloading") return;
    for (const file of status.files) tellProgress(file, told, log);
  });
}

/** A download whose size is not known is told in steps of a tenth of this. */
const unknownBytes = 1e9;

function tellProgress(file: DownloadProgress, told: Map<string, number>, log: Log): void {
  const { url, nBytes, totalBytes } = file;
  const fraction = nBytes / (totalBytes || unknownBytes);
  const before = told.get(url);
  if (before !== undefined && fraction < before + step && (fraction < 1 || before >= 1)) return;
  told.set(url, fraction);
  const percent = `${Math.round(fraction * 100)} % of ${megabytes(totalBytes)}`;
  log.info(`downloading ${url}: ${totalBytes > 0 ? percent : megabytes(nBytes)}`);
}

function describe(info: ModelInfo): string {
  const { description, nParams, devices, nCtxSeq, nParallel, vision, audio } = info;
  const senses = [...(vision ? ["sees"] : []), ...(audio ? ["hears"] : [])];
  const known = description.replace(" ?B", ""); // llama.cpp's word for a size without a name
  return [
    `${known}, ${(nParams / 1e6).toFixed(0)} M parameters on ${devices.join(" and ")}`,
    `${nCtxSeq} tokens of context`,
    `${nParallel} requests at once`,
    ...senses,
  ].join(", ");
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
