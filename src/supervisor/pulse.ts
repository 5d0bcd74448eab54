/** What the system says of a process at one moment. */
export interface ProcessLook {
  /** Its letter in /proc: R runs, S sleeps, D waits for a disk, T was stopped. */
  state: string;
  /** Processor time that it has had, in the system's ticks. */
  cpuTicks: number;
}

/** What is too long, in looks, of which there is one a second. */
export interface PulseLimits {
  /** A step of the engine's, in which it hears nothing; 0: no step is too long. */
  nSilentMax: number;
  /** Others compute for it: it may wait for them for a whole step. */
  hasWorkers?: boolean;
}

/** Looks that find it stopped before it counts as hung: somebody may let it go on at once. */
const nStoppedMax = 2;

/**
 * Looks that find an engine with work asleep, without any processor time. Whatever it waits for,
 * a graphics processor too, takes some of that every second.
 */
const nStillMax = 20;

/**
 * Tells an engine that hangs from one that computes. Counts looks instead of time, so that a
 * machine which was suspended, or a clock that jumps, is nobody's death.
 */
export class Pulse {
  readonly #limits: PulseLimits;
  #nStopped = 0;
  #nStill = 0;
  #nSilent = 0;
  #cpuTicks = -1;

  constructor(limits: PulseLimits) {
    this.#limits = limits;
  }

  /** It has said something. */
  heard(): void {
    this.#nSilent = 0;
    this.#nStill = 0;
    this.#nStopped = 0;
  }

  /**
   * @param look null: this system tells nothing of processes
   * @param isLoading then what takes long is not a step, and waiting for files is no fault
   * @returns why it is given up, or null
   */
  beat(look: ProcessLook | null, isLoading: boolean): string | null {
    this.#nStopped = look?.state === "T" ? this.#nStopped + 1 : 0;
    const isStill = look?.state === "S" && look.cpuTicks === this.#cpuTicks;
    const { nSilentMax, hasWorkers = false } = this.#limits;
    this.#nStill = isStill && !isLoading && !hasWorkers ? this.#nStill + 1 : 0;
    this.#nSilent = isLoading ? 0 : this.#nSilent + 1;
    this.#cpuTicks = look?.cpuTicks ?? -1;
    if (this.#nStopped >= nStoppedMax) return "somebody has stopped its process (SIGSTOP)";
    if (this.#nStill >= nStillMax) return `it hangs: it has done nothing for ${nStillMax} s`;
    if (nSilentMax > 0 && this.#nSilent > nSilentMax) {
      return `it hangs: a step of it has taken longer than ${nSilentMax} s`;
    }
    return null;
  }
}
