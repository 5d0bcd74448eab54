import { expect, test } from "bun:test";
import {
  type Decision,
  decide,
  type EngineState,
  nCtxMaxOf,
  widened,
} from "../../src/supervisor/decide.ts";

const engine = (name: string, state: Partial<EngineState> = {}): EngineState => ({
  name,
  phase: "ready",
  nLeases: 0,
  idleSince: 0,
  nCtxMax: 1000,
  ...state,
});

test.each<[string, EngineState[], number, Decision]>([
  ["loads when there is room", [], 1, { action: "load", evict: [] }],
  ["uses what is ready", [engine("m")], 1, { action: "use" }],
  ["uses what is just long enough", [engine("m", { nCtxMax: 100 })], 1, { action: "use" }],
  ["replaces what is too short", [engine("m", { nCtxMax: 99 })], 1, { action: "replace" }],
  [
    "joins what is loading, whatever it will be",
    [engine("m", { phase: "loading", nCtxMax: 0 })],
    1,
    { action: "join" },
  ],
  [
    "evicts the engine idle for longest",
    [engine("a", { idleSince: 5 }), engine("b", { idleSince: 3 })],
    2,
    { action: "load", evict: ["b"] },
  ],
  [
    "never evicts a busy engine",
    [engine("a", { nLeases: 1 }), engine("b", { idleSince: 9 })],
    2,
    { action: "load", evict: ["b"] },
  ],
  ["queues when all are busy", [engine("a", { nLeases: 1 })], 1, { action: "queue" }],
  ["queues behind one that loads", [engine("a", { phase: "loading" })], 1, { action: "queue" }],
])("%s", (_, engines, nMax, decision) => {
  expect(decide({ name: "m", nCtx: 100 }, engines, nMax)).toEqual(decision);
});

test.each([
  ["what its sequences have", { nCtxSeq: 100, nCtxTrain: 900 }, {}, 100],
  ["what it was loaded for, if it could not have that", { nCtxSeq: 100, nCtxTrain: 900 }, 300, 300],
  ["anything, with what it was trained for", { nCtxSeq: 900, nCtxTrain: 900 }, {}, Infinity],
])("an engine suits requests for %s", (_, info, asked, most) => {
  expect(nCtxMaxOf(info, typeof asked === "number" ? { nCtxSeq: asked } : {})).toBe(most);
});

test("an engine that is still to start grows with the wishes, where they need more", () => {
  expect(widened({}, 50, 100)).toEqual({});
  expect(widened({}, 200, 100)).toEqual({ nCtxSeq: 200 });
  expect(widened({ nCtxSeq: 300 }, 200, 100)).toEqual({ nCtxSeq: 300 });
  expect(widened({}, 200, Number.POSITIVE_INFINITY)).toEqual({});
});
