import { Answer } from "../../src/engine/answer.ts";
import { hostLimits } from "../../src/engine/host-cache.ts";
import { PromptLookup } from "../../src/engine/prompt-lookup.ts";
import type { Runner } from "../../src/engine/runner.ts";
import { Scheduler } from "../../src/engine/scheduler.ts";
import { noLora, type PreparedRequest } from "../../src/engine/sequence.ts";
import { TokenList } from "../../src/engine/tokens.ts";
import { median } from "./median.ts";

const nSequences = 32;
const nPrompt = 512;
/** Enough for the runtime to have compiled what is hot before the half that counts. */
const nSteps = 2000;
const nCtxSeq = nPrompt + nSteps + 1;
const nDraftMax = 8;
/** What the scheduler takes a step for, so that looking for drafts seems worth its time. */
const decodeMs = 50;

/**
 * What a step of 32 decoding sequences costs beside decode and sampling, microseconds: everything
 * from planning to the events, with a model that takes no time.
 */
export function bookkeepingMicros(): number {
  let nDecoded = 0;
  let nEvents = 0;
  const runner = fakeRunner(() => void nDecoded++);
  const outbox = {
    event: () => void nEvents++,
    error: (_id: number, error: Error) => {
      throw error;
    },
  };
  const limits = {
    nParallel: nSequences,
    nCtxSeq,
    contextShift: false,
    cacheReuse: 0,
    slotPromptSimilarity: 0.1,
    maxStallMs: null,
    host: hostLimits({}, 0),
  };
  const now = () => performance.now() + nDecoded * decodeMs;
  const scheduler = new Scheduler(runner, outbox, limits, now);
  for (let id = 0; id < nSequences; id++) scheduler.add(requestOf(id));
  const micros: number[] = [];
  while (!scheduler.isIdle) {
    const startedAt = performance.now();
    scheduler.step();
    micros.push((performance.now() - startedAt) * 1000);
  }
  if (nEvents < nSequences * nSteps) throw new Error("not every token became an event");
  return median(micros.slice(micros.length / 2));
}

function requestOf(id: number): PreparedRequest {
  let token = id;
  const prompt = Array.from({ length: nPrompt }, (_, i) => (id * 7919 + i * 31) % 50_000);
  return {
    id,
    asked: { sampling: {} },
    tokens: TokenList.fromTokens(prompt),
    nPredict: nSteps,
    nKeep: 0,
    cachePrompt: true,
    lora: noLora,
    loraFrom: 0,
    sampler: {
      sample: () => {
        token = (token * 1103 + 12_345) % 50_000;
        return token;
      },
      probabilities: () => ({ prob: 1, top: [] }),
      show() {},
      endReasoning: () => false,
      [Symbol.dispose]() {},
    },
    answer: new Answer([], null),
    shownSpecials: new Set(),
    [Symbol.dispose]() {},
  };
}

/** A model without weights: decode is done at once, and every token is a word. */
function fakeRunner(onDecode: () => void): Runner {
  const word = new TextEncoder().encode(" word");
  const unused = () => {
    throw new Error("not part of decoding text");
  };
  return {
    nBatch: 2048,
    nOutputsMax: 2048,
    nCells: nSequences * nCtxSeq,
    nSeqMax: nSequences + 16,
    msPerRowGuess: 1,
    canCut: true,
    canMove: true,
    needsCheckpoints: false,
    keepsWholeRows: true,
    drafter: new PromptLookup(nDraftMax),
    decode: () => {
      onDecode();
      return "done";
    },
    setLora() {},
    removeCells() {},
    moveCells() {},
    shareCells() {},
    isEog: () => false,
    pieceView: () => word,
    detokenize: () => "",
    encodeMedia: unused,
    decodeMedia: unused,
    saveMedia: unused,
    saveRow: unused,
    restoreRow: unused,
    positionsOf: unused,
    firstCut: unused,
    firstCutRestored: unused,
    stateBytes: unused,
    saveState: unused,
    restoreState: unused,
  };
}

if (import.meta.main) console.log(`${bookkeepingMicros().toFixed(1)} µs a step`);
