import { expect, test } from "bun:test";
import { noMetrics } from "../../src/core/calls.ts";
import { withFakeTiming } from "../../src/supervisor/fake-timing.ts";
import { FakeEngine, says } from "../support/fake-engine.ts";
import { model, never } from "./set-up.ts";

const fake = () =>
  new FakeEngine(says("hi"), undefined, {
    metrics: () => noMetrics,
    detokenize: () => ({ text: "hi" }),
  });

test("a slowed engine does what it is asked, only later", async () => {
  const start = withFakeTiming(async () => fake(), 1);
  const engine = await start(model("a"), () => {}, never);
  expect(await engine.call("detokenize", { tokens: [] }, never)).toEqual({ text: "hi" });
  const request = { prompt: { type: "text" as const, parts: [] }, sampling: {} };
  const events = await Array.fromAsync(engine.generate(request, never));
  expect(events.at(-1)?.type).toBe("done");
});

test("every wait ends with its request", async () => {
  const forEver = 1_000_000;
  const abort = new AbortController();
  let nStarted = 0;
  const start = async () => {
    nStarted++;
    return fake();
  };
  const loading = withFakeTiming(start, forEver)(model("a"), () => {}, abort.signal);
  abort.abort();
  await expect(loading).rejects.toThrow("abort");
  expect(nStarted).toBe(0);
});
