import { expect, test } from "bun:test";
import {
  type Decision,
  decide,
  type EngineState,
  type Wanted,
} from "../../src/supervisor/decide.ts";

const gb = (host: number, gpu = 0) => ({ host, gpu });
const engine = (name: string, state: Partial<EngineState> = {}): EngineState => ({
  name,
  phase: "ready",
  nLeases: 0,
  idleSince: 0,
  isLingering: false,
  bytes: gb(4),
  ...state,
});
const wanted = (more: Partial<Wanted> = {}): Wanted => ({
  name: "m",
  bytes: gb(5),
  suits: true,
  isYielding: false,
  ...more,
});
const room = (nEnginesMax: number, bytes = gb(100)) => ({ nEnginesMax, bytes });
const own = engine("m");
const load = (...evict: string[]): Decision => ({ action: "load", evict });
const replace = (...evict: string[]): Decision => ({ action: "replace", evict });

test.each<[string, EngineState[], Wanted, Decision]>([
  ["loads when there is room", [], wanted(), load()],
  ["uses what is ready", [own], wanted(), { action: "use" }],
  ["replaces what was loaded otherwise", [own], wanted({ suits: false }), replace()],
  ["waits when it is others' turn", [own], wanted({ isYielding: true }), { action: "queue" }],
  [
    "joins what is loading, whatever it will be",
    [engine("m", { phase: "loading" })],
    wanted({ suits: false, isYielding: true }),
    { action: "join" },
  ],
  ["never evicts a busy engine", [engine("a", { nLeases: 1 })], wanted(), { action: "queue" }],
  ["nor one that lingers", [engine("a", { isLingering: true })], wanted(), { action: "queue" }],
  ["nor one that loads", [engine("a", { phase: "loading" })], wanted(), { action: "queue" }],
  [
    "an engine that leaves is none of the count",
    [engine("m", { phase: "leaving" })],
    wanted(),
    load(),
  ],
])("of one: %s", (_, engines, what, decision) => {
  expect(decide(what, engines, room(1))).toEqual(decision);
});

const old = engine("old", { idleSince: 1, bytes: gb(2) });
const big = engine("big", { idleSince: 2, bytes: gb(6) });
const young = engine("young", { idleSince: 3, bytes: gb(4) });
const busy = engine("busy", { nLeases: 1 });
const leaving = engine("gone", { phase: "leaving" });

test.each<[string, EngineState[], number, Decision]>([
  ["both stay when there is memory for both", [busy], 5, load()],
  ["the one idle for longest makes room", [young, busy, old], 3, load("old")],
  ["as many as it takes", [young, old, busy], 0, load("old", "young")],
  ["but not those that would go in vain", [old, big, young], 0, load("big")],
  ["nobody goes when it would not be enough", [busy, old], 0, { action: "queue" }],
  ["alone, it is tried even so", [old], -3, load("old")],
  ["not while another still holds its memory", [leaving], 4, { action: "queue" }],
])("by memory: %s", (_, engines, free, decision) => {
  expect(decide(wanted(), engines, room(Infinity, gb(free)))).toEqual(decision);
});

test("memory of GPUs counts as well", () => {
  const needs = wanted({ bytes: gb(1, 8) });
  const onGpu = engine("a", { bytes: gb(1, 6) });
  expect(decide(needs, [onGpu], room(Infinity, gb(50, 8)))).toEqual(load());
  expect(decide(needs, [onGpu], room(Infinity, gb(50, 4)))).toEqual(load("a"));
});

test("a replacement has its predecessor's memory, and idle engines' if it needs that", () => {
  const needs = wanted({ suits: false });
  expect(decide(needs, [own, old], room(Infinity, gb(1)))).toEqual(replace());
  expect(decide(needs, [own, old], room(Infinity, gb(0)))).toEqual(replace("old"));
  expect(decide(needs, [own, busy], room(Infinity, gb(0)))).toEqual(replace());
});
