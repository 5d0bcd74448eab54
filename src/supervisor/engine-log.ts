/** Lines kept to explain an engine's end. */
const nLinesMax = 40;

/** What such a line says when it tells why. Bun's own last words ("abort() called") do not. */
const telling = /GGML_ASSERT|rror|ailed/;

/** The last lines that an engine has written to stderr: llama.cpp's log. */
export class EngineLog {
  readonly lines: string[] = [];
  /** Resolves when there will be no more. */
  readonly ended: Promise<void>;

  constructor(stderr: ReadableStream<Uint8Array>, onLine: (line: string) => void) {
    this.ended = this.#read(stderr, onLine);
  }

  /** The last line that tells why the engine ended; undefined: none does. */
  get reason(): string | undefined {
    return this.lines.findLast((line) => telling.test(line));
  }

  async #read(stderr: ReadableStream<Uint8Array>, onLine: (line: string) => void): Promise<void> {
    const decoder = new TextDecoder();
    let rest = "";
    for await (const bytes of stderr) {
      const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      const written = lines.filter((line) => line.trim() !== "");
      for (const line of written) onLine(line);
      this.lines.push(...written);
      this.lines.splice(0, Math.max(0, this.lines.length - nLinesMax));
    }
  }
}
