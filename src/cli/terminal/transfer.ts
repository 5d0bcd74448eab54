import type { Progress } from "../../models/progress.ts";

/** Rates are taken over this time, milliseconds: shorter ones flicker, longer ones lag. */
const windowMs = 5000;

/** One line of a progress report: a step, or bytes on their way. */
export class Transfer {
  readonly label: string;
  total = 0;
  completed = 0;
  isDone = false;
  #samples: { atMs: number; completed: number }[] = [];

  constructor(step: Progress) {
    this.label = step.status;
  }

  get hasBytes(): boolean {
    return this.total > 0;
  }

  update({ total = 0, completed = 0 }: Progress, nowMs: number): void {
    this.total = total;
    this.completed = Math.min(completed, total);
    this.isDone = this.hasBytes && this.completed === total;
    this.#samples.push({ atMs: nowMs, completed: this.completed });
    const from = nowMs - windowMs;
    while (this.#samples.length > 2 && (this.#samples[1]?.atMs ?? 0) < from) this.#samples.shift();
  }

  /** Bytes per second; null while there is nothing to tell it from. */
  rate(nowMs: number): number | null {
    const [first] = this.#samples;
    const seconds = (nowMs - (first?.atMs ?? nowMs)) / 1000;
    if (!first || seconds < 0.5) return null;
    return Math.max(0, this.completed - first.completed) / seconds;
  }

  /** Seconds until the rest is there, at this rate. */
  secondsLeft(nowMs: number): number | null {
    const rate = this.rate(nowMs);
    return rate ? (this.total - this.completed) / rate : null;
  }
}
