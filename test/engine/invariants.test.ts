import { expect, test } from "bun:test";
import { AppError } from "../../src/core/errors.ts";
import { PromptLookup } from "../../src/engine/prompt-lookup.ts";
import type { Drafter } from "../../src/engine/runner.ts";
import { noLora } from "../../src/engine/sequence.ts";
import { MediaKeys, TokenList } from "../../src/engine/tokens.ts";
import { host, prompt, setUp } from "../support/scheduling.ts";
import { SimulatedDrafter, SimulatedRunner } from "../support/simulated-runner.ts";

const nSeeds = 120;
const nRequestsMax = 24;

test("whatever arrives and leaves: right answers, once each, and nothing is lost", () => {
  for (let seed = 1; seed <= nSeeds; seed++) {
    const failure = failureOf(seed, nRequestsMax);
    if (failure === null) continue;
    let n = 1;
    while (failureOf(seed, n) === null) n++;
    const message = `seed ${seed}, its first ${n} requests: ${failureOf(seed, n)}`;
    throw new Error(message, { cause: failure });
  }
}, 60_000);

function failureOf(seed: number, nRequests: number): unknown {
  try {
    live(seed, nRequests);
    return null;
  } catch (error) {
    return error;
  }
}

/** Random whole numbers below `n`, the same for the same seed. */
function randomFrom(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * n);
  };
}

/** What an engine is like; the same for the same seed. */
function worldOf(seed: number) {
  const random = randomFrom(seed);
  const hasRoom = random(4) === 0;
  const nParallel = 1 + random(6);
  const canCut = random(5) > 0;
  const window = canCut && random(4) === 0 ? 24 : Number.POSITIVE_INFINITY;
  const nCells = hasRoom ? 5000 : 110 + random(150);
  const sizes = { nBatch: 16 + random(3) * 24, nCells, nSeqMax: nParallel + random(4) };
  const limits = {
    nParallel,
    nCtxSeq: 100,
    contextShift: random(3) === 0,
    cacheReuse: random(3) === 0 ? 8 : 0,
    maxStallMs: random(2) === 0 ? null : 1 + random(100),
    host: {
      ...host,
      nBytesMax: random(2) * 20_000,
      keepsRows: random(2) === 0,
      movesIdle: random(2) === 0,
    },
  };
  const nSets = random(2) * 2;
  const draft = random(3);
  const makeDrafter = (): Drafter | null => {
    // A simulated window forgets at once what a rejected draft would need.
    if (draft === 0 || Number.isFinite(window)) return null;
    return draft === 1 ? new SimulatedDrafter(1 + (seed % 6), 2 + (seed % 5)) : new PromptLookup(6);
  };
  return { sizes: { ...sizes, canCut, window }, limits, nSets, hasRoom, makeDrafter };
}

type World = ReturnType<typeof worldOf>;

/** What request `id` asks for; the same for the same seed and id. */
function requestOf(seed: number, id: number, { nSets }: World) {
  const random = randomFrom(seed * 1000 + id);
  // Every third one asks the same as the one before it: `n` answers to one prompt.
  const family = random(3) === 0 ? Math.max(0, id - 1) : id;
  const ofFamily = randomFrom(seed * 1000 + family + 500);
  const text = [...prompt(ofFamily(3), 8 + ofFamily(55)), 1 + ofFamily(40)];
  const picture = ofFamily(5) === 0 ? `picture ${ofFamily(2)}` : null;
  const key = nSets > 0 && ofFamily(3) === 0 ? `set ${ofFamily(nSets)}` : "";
  return {
    text,
    picture,
    lora: key === "" ? noLora : { key, scales: [] },
    loraFrom: key === "" ? 0 : ofFamily(2) * 5,
    nPredict: random(8) === 0 ? 0 : 1 + random(50),
    nKeep: random(10),
    cachePrompt: random(4) > 0,
    slot: random(5) === 0 ? random(6) : undefined,
  };
}

type Asked = ReturnType<typeof requestOf>;

function prepared(runner: SimulatedRunner, id: number, asked: Asked, keys: MediaKeys) {
  const { text, picture, slot, ...options } = asked;
  const [head, tail] = [text.slice(0, 3), text.slice(3)];
  const media = { type: "media", nTokens: 12, nPos: 12, ptr: 0 as never } as const;
  const tokens =
    picture === null
      ? TokenList.fromTokens(text)
      : TokenList.fromChunks(
          [
            { type: "text", tokens: Int32Array.from(head) },
            { ...media, id: picture },
            { type: "text", tokens: Int32Array.from(tail) },
          ],
          keys,
        );
  return runner.request(id, tokens, options, slot === undefined ? {} : { slot });
}

/** What a request is answered when nothing else ever was asked. */
function answerAlone(asked: Asked, { sizes, limits }: World) {
  const runner = new SimulatedRunner({ ...sizes, nCells: 5000 });
  const s = setUp(runner, { ...limits, cacheReuse: 0 });
  s.scheduler.add(prepared(runner, 0, asked, new MediaKeys()));
  s.run();
  return outcome(s, 0);
}

type Engine = ReturnType<typeof setUp>;

function outcome({ texts, completions }: Engine, id: number) {
  const { reason, nPrompt, nPredicted, truncated, nShifted = 0 } = completions.get(id) ?? {};
  return { text: texts.get(id) ?? "", reason, nPrompt, nPredicted, truncated, nShifted };
}

/** Runs an engine through the life that a seed stands for. @throws when something is wrong */
function live(seed: number, nRequests: number): void {
  const world = worldOf(seed);
  const { sizes, limits, nSets, hasRoom } = world;
  const runner = new SimulatedRunner(sizes, world.makeDrafter());
  const s = setUp(runner, limits);
  const decode = runner.decode.bind(runner);
  runner.decode = (batch) => {
    s.clock.ms += 5 + (seed % 7) * batch.nTokens;
    return decode(batch);
  };
  const keys = new MediaKeys();
  const random = randomFrom(-seed);
  const asked = new Map<number, Asked>();
  const aborted = new Set<number>();
  const isSteady = hasRoom && nSets === 0 && !limits.contextShift;
  const step = () => (isSteady ? stepWithoutStall(s, aborted) : s.scheduler.step());
  for (let id = 0; id < nRequests; id++) {
    const request = requestOf(seed, id, world);
    asked.set(id, request);
    s.scheduler.add(prepared(runner, id, request, keys));
    for (let n = random(3) * random(8); n > 0; n--) step();
    s.scheduler.checkIntegrity();
    if (random(8) === 0) borrow(s, 1 + random(2));
    if (random(4) === 0) s.scheduler.makeRoom();
    if (random(5) > 0) continue;
    const victim = random(id + 1);
    if (!s.completions.has(victim)) aborted.add(victim);
    s.scheduler.abort(victim);
  }
  // Nobody starves: each step computes something that is not computed twice too often.
  const nRows = [...asked.values()].reduce((n, one) => n + one.text.length + one.nPredict + 12, 0);
  for (let n = 0; !s.scheduler.isIdle; n++) {
    if (n > 4 * nRows) throw new Error("the scheduler does not come to an end");
    step();
  }
  expect([...s.errors].map(([id, error]) => `${id}: ${error.stack}`)).toEqual([]);
  for (const [id, request] of asked) {
    const nDone = s.events.filter((one) => one.id === id && one.event.type === "done").length;
    expect({ id, nDone }).toEqual({ id, nDone: aborted.has(id) ? 0 : 1 });
    if (aborted.has(id)) continue;
    expect({ id, ...outcome(s, id) }).toEqual({ id, ...answerAlone(request, world) });
  }
  checkCells(s, sizes.nSeqMax);
}

/** A step in which every stream gets on, whatever else there is to do. */
function stepWithoutStall(s: Engine, aborted: ReadonlySet<number>): void {
  const nEvents = s.events.length;
  const streams = new Set<number>();
  for (const { id, event } of s.events) if (event.type === "text") streams.add(id);
  for (const { id, event } of s.events) if (event.type === "done") streams.delete(id);
  s.scheduler.step();
  const told = new Set(s.events.slice(nEvents).map(({ id }) => id));
  expect([...streams].filter((id) => !told.has(id) && !aborted.has(id))).toEqual([]);
}

/** Takes rows as an embedding does, if there is room. */
function borrow({ scheduler }: Engine, n: number): void {
  try {
    scheduler.lendRows(n, noLora, () => null);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
  }
}

/** Every row can be had once, and no cell is left in any. */
function checkCells({ scheduler, runner }: Engine, nSeqMax: number): void {
  scheduler.checkIntegrity();
  const lent = scheduler.lendRows(nSeqMax, noLora, (seqIds) => [...seqIds]);
  expect(lent.toSorted((a, b) => a - b)).toEqual(Array.from({ length: nSeqMax }, (_, i) => i));
  expect(runner.nCellsUsed).toBe(0);
}
