import type { CallAnswer } from "../core/calls.ts";
import type { Job } from "./embed-jobs.ts";
import type { Embedder } from "./embedder.ts";
import type { TokenList } from "./tokens.ts";

/** Longest that inputs are tokenized before running streams have their turn, milliseconds. */
const tokenizeMs = 5;

/** What a queue asks of a job. */
export type QueuedJob = Pick<Job, "isTokenized" | "tokenizeNext" | "next" | "put" | "answer"> &
  Disposable;

/** Where answers go. */
export interface JobOutbox {
  answer(id: number, answer: CallAnswer<"embed" | "rerank">): void;
  refuse(id: number, error: unknown): void;
}

/**
 * Jobs that wait for vectors. They are computed together, an input of each in turn, so that many
 * small ones take few decodes and none waits for all of a large one.
 */
export class EmbedQueue {
  readonly #embedder: Pick<Embedder, "embedFirst" | "nInputsMax">;
  readonly #outbox: JobOutbox;
  /** In order of arrival. */
  readonly #jobs = new Map<number, QueuedJob>();

  constructor(embedder: Pick<Embedder, "embedFirst" | "nInputsMax">, outbox: JobOutbox) {
    this.#embedder = embedder;
    this.#outbox = outbox;
  }

  get isIdle(): boolean {
    return this.#jobs.size === 0;
  }

  add(id: number, job: QueuedJob): void {
    this.#jobs.set(id, job);
  }

  /** Forgets a job, if it is here. */
  remove(id: number): void {
    this.#jobs.get(id)?.[Symbol.dispose]();
    this.#jobs.delete(id);
  }

  /** Tokenizes for a moment; when nothing is left of that, computes what goes into one decode. */
  step(): void {
    if (!this.#tokenize()) return;
    const [first] = this.#jobs;
    if (!first) return;
    const [id, job] = first;
    try {
      this.#compute([...this.#jobs]);
    } catch (error) {
      if (this.#jobs.size === 1) this.#refuse(id, error);
      else this.#computeAlone(id, job); // another's input may be what failed
    }
  }

  /** @returns whether all inputs are tokens by now */
  #tokenize(): boolean {
    const until = performance.now() + tokenizeMs;
    for (const [id, job] of this.#jobs) {
      try {
        while (!job.isTokenized) {
          if (performance.now() > until) return false;
          job.tokenizeNext();
        }
        this.#answer(id, job); // it may have no inputs
      } catch (error) {
        this.#refuse(id, error);
      }
    }
    return true;
  }

  #computeAlone(id: number, job: QueuedJob): void {
    try {
      this.#compute([[id, job]]);
    } catch (error) {
      this.#refuse(id, error);
    }
  }

  #compute(jobs: [number, QueuedJob][]): void {
    const inputs = inTurn(jobs.map(([, job]) => job.next(this.#embedder.nInputsMax)));
    if (inputs.length === 0) return;
    const vectors = this.#embedder.embedFirst(inputs.map(({ input }) => input));
    for (const [i, each] of vectors.entries()) jobs[inputs[i]?.of ?? 0]?.[1].put(each);
    for (const [id, job] of jobs) this.#answer(id, job);
  }

  #answer(id: number, job: QueuedJob): void {
    const { answer } = job;
    if (answer === null) return;
    this.remove(id);
    this.#outbox.answer(id, answer);
  }

  #refuse(id: number, error: unknown): void {
    this.remove(id);
    this.#outbox.refuse(id, error);
  }
}

/** The first input of each list, then the second of each …, with the number of its list. */
function inTurn(lists: TokenList[][]): { input: TokenList; of: number }[] {
  const turns = lists.flatMap((list, of) => list.map((input, turn) => ({ input, of, turn })));
  return turns.sort((a, b) => a.turn - b.turn);
}
