import { expect, test } from "bun:test";
import { MediaKeys, TokenList } from "../../src/engine/tokens.ts";
import { longRunning, prompt, setUp } from "../support/scheduling.ts";

test("a request that is given up in its prefill is not computed any further", () => {
  const s = setUp(undefined, { nParallel: 1 });
  s.scheduler.add(s.runner.request(0, prompt(4, 190)));
  s.scheduler.add(s.runner.request(1, prompt(5, 10)));
  s.scheduler.step();
  expect(s.scheduler.slots()[0]?.isProcessing).toBe(true);
  s.scheduler.abort(0);
  s.scheduler.step();
  expect(s.scheduler.metrics()).toMatchObject({ nDeferred: 0 });
  s.run();
  expect([...s.completions.keys()]).toEqual([1]);
});

const picture = (id: string) =>
  ({ type: "media", id, nTokens: 16, nPos: 16, ptr: 0 as never }) as const;
const text = { type: "text", tokens: Int32Array.from([5, 6]) } as const;

test("nor are the pictures of a prompt that is given up between them", () => {
  const s = setUp(undefined, { nParallel: 1 });
  const chunks = [text, picture("a"), picture("b"), picture("c"), text];
  s.scheduler.add(s.runner.request(0, TokenList.fromChunks(chunks, new MediaKeys())));
  while (s.runner.nMediaDecoded === 0) s.scheduler.step();
  s.scheduler.abort(0);
  s.scheduler.add(s.runner.request(1, prompt(5, 10)));
  s.run();
  expect(s.runner.nMediaDecoded).toBe(1);
  expect([...s.completions.keys()]).toEqual([1]);
});

test("one that is given up while its picture is encoded is not computed any further", () => {
  const s = setUp();
  s.scheduler.add(s.runner.request(0, longRunning()));
  while (!s.texts.has(0)) s.scheduler.step();
  const chunks = [text, picture("a"), text];
  s.scheduler.add(s.runner.request(1, TokenList.fromChunks(chunks, new MediaKeys())));
  while (!s.runner.hasEncoded("a")) s.scheduler.step();
  expect(s.runner.nMediaDecoded).toBe(0); // the stream has its turn before that
  s.scheduler.abort(1);
  s.scheduler.step();
  expect(s.scheduler.slots().filter(({ isProcessing }) => isProcessing).length).toBe(1);
  s.run();
  expect(s.runner.nMediaDecoded).toBe(0);
  expect([...s.completions.keys()]).toEqual([0]);
});
