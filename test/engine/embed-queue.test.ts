import { describe, expect, test } from "bun:test";
import { AppError } from "../../src/core/errors.ts";
import { EmbedQueue, type QueuedJob } from "../../src/engine/embed-queue.ts";
import { TokenList } from "../../src/engine/tokens.ts";

/** A job whose inputs are one token each; a token below 0 cannot be tokenized. */
class FakeJob implements QueuedJob {
  isDisposed = false;
  readonly #tokens: number[];
  readonly #vectors: Float32Array[][] = [];
  #nTokenized = 0;

  constructor(...tokens: number[]) {
    this.#tokens = tokens;
  }

  get isTokenized(): boolean {
    return this.#nTokenized > this.#tokens.length;
  }

  tokenizeNext(): void {
    if ((this.#tokens[this.#nTokenized++] ?? 0) < 0) throw new AppError("invalid_request", "bad");
  }

  next(n: number): TokenList[] {
    const { length } = this.#vectors;
    return this.#tokens.slice(length, length + n).map((token) => TokenList.fromTokens([token]));
  }

  put(vectors: Float32Array[]): void {
    this.#vectors.push(vectors);
  }

  get answer() {
    if (!this.isTokenized || this.#vectors.length < this.#tokens.length) return null;
    return { embeddings: this.#vectors, nTokens: this.#tokens.map(() => 1) };
  }

  [Symbol.dispose](): void {
    this.isDisposed = true;
  }
}

/** A queue whose embedder computes 4 inputs at once and fails for the token 13. */
function queueOf(jobs: Record<number, FakeJob>) {
  const computed: number[][] = [];
  const answers: Record<number, number[] | string> = {};
  const embedFirst = (inputs: readonly TokenList[]) => {
    const tokens = inputs.slice(0, 4).map(({ keys }) => keys[0] ?? 0);
    computed.push(tokens);
    if (tokens.includes(13)) throw new AppError("internal", "unlucky");
    return tokens.map((token) => [Float32Array.of(token)]);
  };
  const queue = new EmbedQueue(
    { embedFirst, nInputsMax: 4 },
    {
      answer: (id, answer) => {
        if ("embeddings" in answer) answers[id] = answer.embeddings.map(([of]) => of?.[0] ?? 0);
      },
      refuse: (id, error) => {
        answers[id] = String(error);
      },
    },
  );
  for (const [id, job] of Object.entries(jobs)) queue.add(Number(id), job);
  const run = () => {
    for (let i = 0; !queue.isIdle && i < 20; i++) queue.step();
  };
  return { queue, run, computed, answers };
}

describe("jobs that wait together", () => {
  test("are computed together, an input of each in turn", () => {
    const { run, computed, answers } = queueOf({
      1: new FakeJob(1, 2, 3, 4, 5, 6),
      2: new FakeJob(20),
      3: new FakeJob(30, 31),
    });
    run();
    expect(computed).toEqual([[1, 20, 30, 2], [3, 31, 4, 5], [6]]);
    expect(answers).toEqual({ 1: [1, 2, 3, 4, 5, 6], 2: [20], 3: [30, 31] });
  });

  test("one that fails takes no other with it", () => {
    const jobs = { 1: new FakeJob(1), 2: new FakeJob(12, 13), 3: new FakeJob(3) };
    const { run, answers } = queueOf(jobs);
    run();
    expect(answers).toMatchObject({ 1: [1], 2: expect.stringContaining("unlucky"), 3: [3] });
    expect(Object.values(jobs).map(({ isDisposed }) => isDisposed)).toEqual([true, true, true]);
  });

  test("one that cannot be tokenized is refused before anything of it is computed", () => {
    const { run, computed, answers } = queueOf({ 1: new FakeJob(1, -1), 2: new FakeJob(2) });
    run();
    expect(answers).toMatchObject({ 1: expect.stringContaining("bad"), 2: [2] });
    expect(computed).toEqual([[2]]);
  });
});

test("a job without inputs is answered", () => {
  const { run, computed, answers } = queueOf({ 1: new FakeJob() });
  run();
  expect(answers).toEqual({ 1: [] });
  expect(computed).toEqual([]);
});

test("a job that nobody waits for any more is forgotten", () => {
  const job = new FakeJob(1);
  const { queue, run, answers } = queueOf({ 1: job, 2: new FakeJob(2) });
  queue.remove(1);
  run();
  expect(job.isDisposed).toBe(true);
  expect(answers).toEqual({ 2: [2] });
});

test("nor is anything more of it computed when it was begun", () => {
  const job = new FakeJob(1, 2, 3, 4, 5, 6, 7, 8, 9);
  const { queue, run, computed, answers } = queueOf({ 1: job });
  queue.step();
  queue.remove(1);
  queue.add(2, new FakeJob(20));
  run();
  expect(computed).toEqual([[1, 2, 3, 4], [20]]);
  expect(answers).toEqual({ 2: [20] });
});
