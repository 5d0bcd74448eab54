import type { ModelInfo } from "../core/generate.ts";
import type { StartEngine } from "../supervisor/supervisor.ts";

/** Progress is told in steps of this size, so that a long load shows that it lives. */
const step = 0.1;

/** Tells the terminal when a model begins to load, how far it is, and how it ended. */
export function logged(start: StartEngine): StartEngine {
  return async (model, onProgress, signal) => {
    const startedAt = performance.now();
    let told = 0;
    console.log(`loading ${model.name} (${megabytes(model.sizeBytes)}) …`);
    try {
      const engine = await start(
        model,
        (fraction) => {
          onProgress(fraction);
          if (fraction < told + step || performance.now() - startedAt < 1000) return;
          told = fraction;
          console.log(`loading ${model.name}: ${Math.round(fraction * 100)} %`);
        },
        signal,
      );
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
      console.log(`${model.name} is ready after ${seconds} s: ${describe(engine.info)}`);
      engine.exited.then(() => console.log(`the engine of ${model.name} has ended`));
      return engine;
    } catch (error) {
      console.error(
        `${model.name} could not be loaded: ${error instanceof Error ? error.message : error}`,
      );
      throw error;
    }
  };
}

function describe(info: ModelInfo): string {
  const { description, nParams, devices, nCtxSeq, nParallel, vision, audio } = info;
  const senses = [...(vision ? ["sees"] : []), ...(audio ? ["hears"] : [])];
  return [
    `${description}, ${(nParams / 1e6).toFixed(0)} M parameters on ${devices.join(" and ")}`,
    `${nCtxSeq} tokens of context`,
    `${nParallel} requests at once`,
    ...senses,
  ].join(", ");
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
