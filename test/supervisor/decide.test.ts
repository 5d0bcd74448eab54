import { expect, test } from "bun:test";
import { type Decision, decide, type EngineState } from "../../src/supervisor/decide.ts";

const engine = (name: string, state: Partial<EngineState> = {}): EngineState => ({
  name,
  phase: "ready",
  nLeases: 0,
  idleSince: 0,
  ...state,
});

test.each<[string, EngineState[], number, Decision]>([
  ["loads when there is room", [], 1, { action: "load", evict: [] }],
  ["uses what is ready", [engine("m")], 1, { action: "use" }],
  ["joins what is loading", [engine("m", { phase: "loading" })], 1, { action: "join" }],
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
  expect(decide("m", engines, nMax)).toEqual(decision);
});
