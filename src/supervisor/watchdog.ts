import { readFileSync } from "node:fs";
import { type ProcessLook, Pulse, type PulseLimits } from "./pulse.ts";

/** Time between two looks at an engine that has work, milliseconds. */
const lookMs = 1000;

/** Whom a watchdog looks after. */
export interface Watched {
  readonly pid: number;
  readonly isLoading: boolean;
  /** Asks it for a sign of life: an engine answers between two steps. */
  ping(): void;
  /** It will not come back. */
  giveUp(why: string): void;
}

/** Looks every second whether an engine that has work still does it. */
export class Watchdog {
  readonly #watched: Watched;
  readonly #limits: PulseLimits;
  #pulse: Pulse;
  #timer: Timer | undefined;

  constructor(watched: Watched, limits: PulseLimits) {
    this.#watched = watched;
    this.#limits = limits;
    this.#pulse = new Pulse(limits);
  }

  /** The engine has work from now on, if it did not already. */
  watch(): void {
    if (this.#timer !== undefined) return;
    this.#pulse = new Pulse(this.#limits);
    this.#timer = setInterval(() => this.#look(), lookMs);
  }

  /** It has none. */
  rest(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  heard(): void {
    this.#pulse.heard();
  }

  #look(): void {
    const { pid, isLoading } = this.#watched;
    const why = this.#pulse.beat(lookAt(pid), isLoading);
    if (why === null) this.#watched.ping();
    else {
      this.rest();
      this.#watched.giveUp(why);
    }
  }
}

/** Null where the system has no /proc, or no such process any more. */
export function lookAt(pid: number): ProcessLook | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The second field is the program's name, which may hold anything, in parentheses.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return { state: fields[0] ?? "", cpuTicks: Number(fields[11]) + Number(fields[12]) };
  } catch {
    return null;
  }
}
