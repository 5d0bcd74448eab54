import assert from "node:assert";
import { dieWithParent } from "../../ffi/native.ts";
import { lostWorker } from "../../ffi/workers.ts";
import { AppError } from "../core/errors.ts";
import { type FromEngine, type ToEngine, toWire } from "../core/protocol.ts";
import { load } from "./load.ts";
import { loop } from "./loop.ts";
import { Mailbox } from "./mailbox.ts";

/** Progress messages are sent when this much more is loaded. */
const progressStep = 0.01;
/** Time between two looks at the workers, milliseconds. A look is two system calls for each. */
const workersMs = 200;

/**
 * The engine process: loads one model, then serves generations until its server is gone.
 * Talks over Bun's IPC channel; an engine without its server ends.
 * @param libraryDir folder of the native libraries: opened before it is known what to load
 * @param backends paths of ggml backends that lie elsewhere
 */
export async function runEngine(
  libraryDir: string | undefined,
  backends: readonly string[],
): Promise<void> {
  assert(process.send && libraryDir, "an engine is started by the server, not by hand");
  const mailbox = new Mailbox();
  process.on("message", (message: ToEngine) => mailbox.put(message));
  process.on("disconnect", () => process.exit(0));
  // A terminal sends Ctrl-C to the whole group, and service managers SIGTERM: the server decides
  // when its engines end, which have requests to answer.
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => {});
  const send = (message: FromEngine) => void process.send?.(message);
  try {
    dieWithParent(libraryDir);
  } catch {
    // load() says it, to whoever wants a model.
  }
  await mailbox.next();
  const [first, ...rest] = mailbox.drain();
  assert(first?.type === "load", "the first message loads the model");
  for (const message of rest) mailbox.put(message);
  try {
    const engine = load(libraryDir, first.spec, progressReporter(send), backends);
    if (first.spec.workers) watchWorkers(send);
    const { info, backendFailures } = engine;
    send({ type: "ready", info, backendFailures });
    await loop(engine, mailbox, send);
  } catch (error) {
    send({ type: "failed", error: toWire(error) }); // the server ends this process
  }
}

/**
 * Ends this engine when a worker is gone, without waiting for a request to fail by it. In the
 * middle of a step ggml is quicker, and ends the process.
 */
function watchWorkers(send: (message: FromEngine) => void): void {
  const timer = setInterval(() => {
    const lost = lostWorker();
    if (lost === null) return;
    clearInterval(timer);
    const message = `worker ${lost} has closed the connection`;
    send({ type: "failed", error: toWire(new AppError("engine_crashed", message)) });
  }, workersMs);
}

function progressReporter(send: (message: FromEngine) => void): (fraction: number) => void {
  let reported = 0;
  return (fraction) => {
    if (fraction < reported + progressStep && fraction < 1) return;
    reported = fraction;
    send({ type: "progress", fraction });
  };
}
