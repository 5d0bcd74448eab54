/** Least time of the steps that are judged together, milliseconds. */
const windowMs = 150;
/** In so much time of steps, what earlier ones lost comes to count half: it varies. */
const halfLifeMs = 150;
/**
 * Cores' worth of time that may be lost before a thread is given up. The server and its clients
 * take up to 0.4 from a model whose steps are short; one program that never rests takes 0.6.
 */
const lostMax = 0.5;
/** When this part of what was asked for is lost, it does not matter who has it. */
const severeLoss = 0.45;
/** Cores' worth of idle time that invites another thread. */
const idleMin = 0.5;
/** Shortest time between raises, and the longest, after raises that failed; milliseconds. */
const pauseMs = { min: 250, max: 8000 };
/** A raise has failed when a thread is given up again so soon after, milliseconds. */
const trialMs = 2000;

/** Clocks of the machine and of this process, milliseconds. */
export interface CoreClocks {
  now(): number;
  /** Processor time that all threads of this process have had. */
  process(): number;
  /**
   * Time that all cores of the machine have been idle, added up, and time that they have worked,
   * for whatever program; what the host of a virtual machine took is in neither.
   */
  cores(): { idle: number; busy: number };
}

/** Steps that are judged together. */
interface Window {
  /** When the first began, and what the clocks said then. */
  readonly startedAt: number;
  readonly idle: number;
  readonly busy: number;
  readonly used: number;
  /** What they took, and what this process had of the processor meanwhile. */
  wall: number;
  process: number;
}

/**
 * How many threads compute a step. ggml's threads meet at barriers several hundred times a step,
 * and spin while they wait: when more of them are runnable than there are free cores, each meeting
 * waits for the system's scheduler, and a step takes ten or a hundred times as long. So a thread
 * that does not get a core of its own is given up at once, and one is added only when a core was
 * seen idle; raises that fail become rarer. Figures: docs/scheduling.md.
 */
export class ThreadCount {
  readonly nMax: number;
  readonly #clocks: CoreClocks;
  /** What the measurements allow. */
  #nFree: number;
  /** Engines that compute, this one included: they share the cores out. */
  #nSharers = 1;
  #window: Window | null = null;
  /** Cores' worth of time that was lost lately, and as much of it as others can have had. */
  #lost = 0;
  #lostToOthers = 0;
  /** When cores were last looked at, and how long they had been idle. */
  #seen: { at: number; idle: number };
  #raisedAt = Number.NEGATIVE_INFINITY;
  #pauseMs = pauseMs.min;

  constructor(nMax: number, clocks: CoreClocks) {
    this.nMax = nMax;
    this.#clocks = clocks;
    this.#nFree = nMax;
    this.#seen = { at: clocks.now(), idle: clocks.cores().idle };
  }

  /** Threads of the next step. */
  get n(): number {
    return Math.min(this.#nFree, this.#share);
  }

  /** @param nSharers engines that compute now, this one included */
  share(nSharers: number): void {
    const before = this.#share;
    this.#nSharers = Math.max(1, nSharers);
    // What the others leave is free at once: nobody has to be seen idle first.
    if (this.#share > before && this.#nFree === before) this.#nFree = this.#share;
    this.#look();
  }

  /** Runs part of a step, and learns from how much of the cores it got. */
  measure<Result>(compute: () => Result): Result {
    const { now, process } = this.#clocks;
    const [startedAt, used] = [now(), process()];
    this.#window ??= { startedAt, used, ...this.#clocks.cores(), wall: 0, process: 0 };
    const window = this.#window;
    try {
      return compute();
    } finally {
      window.wall += now() - startedAt;
      window.process += process() - used;
      if (window.wall >= windowMs) this.#judge(window);
    }
  }

  get #share(): number {
    return Math.max(1, Math.floor(this.nMax / this.#nSharers));
  }

  #judge({ startedAt, idle, busy, used, wall, process }: Window): void {
    this.#window = null;
    const n = this.n;
    const now = this.#clocks.now();
    const cores = this.#clocks.cores();
    // Some sandboxes do not say what the cores do. Who cannot see them idle must give none up.
    if (cores.idle + cores.busy <= idle + busy) return;
    const nIdle = (cores.idle - idle) / (now - startedAt);
    const nOthers = (cores.busy - busy - (this.#clocks.process() - used)) / (now - startedAt);
    const lost = n - process / wall;
    const weight = 1 - 0.5 ** (wall / halfLifeMs);
    this.#lost += weight * (lost - this.#lost);
    this.#lostToOthers += weight * (Math.min(lost, nOthers) - this.#lostToOthers);
    // Threads that sleep leave cores idle, and what the host of a virtual machine takes is had by
    // none of its programs: fewer threads would win nothing back.
    const isContended = this.#lostToOthers > lostMax && nIdle < lost / 2;
    const isSevere = this.#lost > lostMax && lost / n > severeLoss;
    if (n > 1 && (isContended || isSevere)) this.#lower(n - Math.max(1, Math.round(lost)), now);
    else if (now - this.#seen.at >= this.#pauseMs) this.#raise(n, now);
  }

  #lower(n: number, now: number): void {
    const hasFailed = now - this.#raisedAt < trialMs;
    this.#pauseMs = hasFailed ? Math.min(pauseMs.max, 2 * this.#pauseMs) : pauseMs.min;
    this.#nFree = Math.max(1, n);
    this.#lost = 0;
    this.#lostToOthers = 0;
    this.#look();
  }

  #raise(n: number, now: number): void {
    const nIdle = (this.#clocks.cores().idle - this.#seen.idle) / (now - this.#seen.at);
    this.#look();
    if (this.#nFree >= this.nMax || nIdle < idleMin) return;
    this.#nFree = Math.min(this.nMax, n + Math.max(1, Math.floor(nIdle)));
    this.#raisedAt = now;
  }

  #look(): void {
    this.#seen = { at: this.#clocks.now(), idle: this.#clocks.cores().idle };
  }
}
