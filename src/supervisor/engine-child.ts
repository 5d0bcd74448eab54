import type { Subprocess } from "bun";
import type { FromEngine } from "../core/protocol.ts";
import { selfCommand } from "./self-command.ts";

/** The process of an engine that waits to be told what to load. It ends with this process. */
export class EngineChild {
  readonly process: Subprocess<"ignore", "ignore", "pipe">;
  /** Takes its messages; it has none before it is told what to load. */
  receive: (message: FromEngine) => void = () => {};
  /** Resolves when it has ended and all that it had sent was received. */
  readonly silent: Promise<void>;

  /**
   * @param libraryDir folder of the native libraries, which it opens meanwhile
   * @param backends paths of ggml backends that lie elsewhere
   */
  constructor(libraryDir: string, backends: readonly string[] = []) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.silent = promise;
    this.process = Bun.spawn({
      cmd: selfCommand("engine", libraryDir, ...backends),
      stdin: "ignore",
      stdout: "ignore",
      stderr: "pipe",
      serialization: "advanced",
      ipc: (message: FromEngine) => this.receive(message),
      onDisconnect: resolve,
      // A native assertion must end the process at once: no debugger, no crash report to anybody.
      env: { ...process.env, GGML_NO_BACKTRACE: "1", DO_NOT_TRACK: "1" },
    });
  }
}
