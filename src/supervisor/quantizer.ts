import { AppError } from "../core/errors.ts";
import { fromWire } from "../core/protocol.ts";
import type { FromQuantizer, Quantize } from "../core/quantization.ts";
import { selfCommand } from "./self-command.ts";

/** Its argument on the command line, which is not for people. */
const command = "quantizer";

/** In a child process, which ends when `signal` aborts, and with this process. */
export const quantize: Quantize = async (job, onProgress, signal) => {
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const child = Bun.spawn({
    cmd: selfCommand(command),
    stdin: "ignore",
    stdout: "ignore",
    stderr: "pipe",
    serialization: "advanced",
    ipc: (message: FromQuantizer) => {
      if (message.type === "done") resolve();
      else if (message.type === "failed") reject(fromWire(message.error));
      else if (message.nTensors > 0) onProgress(message.nDone / message.nTensors);
    },
    env: { ...process.env, GGML_NO_BACKTRACE: "1", DO_NOT_TRACK: "1" },
  });
  const onAbort = () => child.kill("SIGKILL");
  signal.addEventListener("abort", onAbort, { once: true });
  const stderr = new Response(child.stderr).text();
  void Promise.all([child.exited, stderr]).then(([, text]) => {
    const [said = ""] = text.split(/^={20}/m); // behind it, Bun reports its crash
    const why = said.trim().split("\n").at(-1);
    const how = child.signalCode ?? `exit code ${child.exitCode}`;
    // An assertion of llama.cpp's ends its process: the file is to blame.
    reject(new AppError("invalid_request", `llama.cpp cannot use the model (${how}): ${why}`));
  });
  try {
    child.send(job);
    await promise;
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener("abort", onAbort);
    child.kill("SIGKILL");
    await child.exited;
  }
};
