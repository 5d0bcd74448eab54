import { LiveBlock, type Screen } from "./live-block.ts";

const frames = [..."⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"];
export const frameMs = 100;

/** The spinner's shape at a time. */
export function spinnerFrame(nowMs: number): string {
  return frames[Math.floor(nowMs / frameMs) % frames.length] ?? "";
}

/** Shows that something is awaited, on a terminal, until it is disposed. */
export class Spinner implements Disposable {
  readonly #block: LiveBlock | null;
  #timer: NodeJS.Timeout | null = null;

  constructor(stream: Screen & { isTTY?: boolean }, text = "") {
    this.#block = stream.isTTY && process.env.TERM !== "dumb" ? new LiveBlock(stream) : null;
    if (!this.#block) return;
    const draw = () => this.#block?.draw([`${spinnerFrame(Date.now())} ${text}`]);
    draw();
    this.#timer = setInterval(draw, frameMs);
  }

  [Symbol.dispose](): void {
    if (!this.#timer) return;
    clearInterval(this.#timer);
    this.#timer = null;
    this.#block?.clear();
  }
}
