import { expect, test } from "bun:test";
import type { GenerateEvent } from "../../src/core/generate.ts";
import type { FromEngine, ToEngine } from "../../src/core/protocol.ts";
import type { EngineChild } from "../../src/supervisor/engine-child.ts";
import { engineProcesses } from "../../src/supervisor/engine-process.ts";
import { done, fakeInfo, text, tiny } from "../support/fake-engine.ts";

/** An engine's process that says what the test says. */
function puppet() {
  const sent: ToEngine[] = [];
  const { promise: exited } = Promise.withResolvers<number>();
  const process = {
    exited,
    stderr: new ReadableStream<Uint8Array>(),
    killed: false,
    exitCode: null,
    signalCode: null,
    send: (message: ToEngine) => void sent.push(message),
    kill: () => {},
  };
  const child = { process, receive: (_: FromEngine) => {} };
  return { child: child as unknown as EngineChild, sent };
}

const request = { prompt: { type: "text" as const, parts: ["x"] }, sampling: {} };
const never = new AbortController().signal;

async function started(nUnread: number) {
  const { child, sent } = puppet();
  const start = engineProcesses({ libraryDir: "", limits: { nUnread } }, child);
  const loading = start(tiny, () => {}, never);
  child.receive({ type: "ready", info: fakeInfo, backendFailures: [] });
  const engine = await loading;
  const write = (...events: GenerateEvent[]) =>
    child.receive({ type: "events", events: events.map((event) => ({ id: 0, event })) });
  return { engine, sent, write };
}

test("an answer that its client leaves unread ends, and frees its sequence", async () => {
  const { engine, sent, write } = await started(100);
  const events = engine.generate(request, never)[Symbol.asyncIterator]();
  const first = events.next();
  write(text("word ", 1));
  await first;
  for (let i = 0; i < 1000; i++) write(text("word ", i + 2));
  expect(sent.filter(({ type }) => type === "abort")).toEqual([{ type: "abort", id: 0 }]);
  let nRead = 0;
  const read = async () => {
    while (!(await events.next()).done) nRead++;
  };
  await expect(read()).rejects.toThrow("left 100 pieces of its answer unread (--max-unread)");
  expect(nRead).toBe(101); // nothing of what came after that was kept
});

test("one that is read as it comes has no such end", async () => {
  const { engine, sent, write } = await started(100);
  const events = engine.generate(request, never)[Symbol.asyncIterator]();
  for (let i = 0; i < 300; i++) {
    const next = events.next();
    write(text("word ", i + 1));
    await next;
  }
  const last = events.next();
  write(done());
  expect((await last).value).toMatchObject({ type: "done" });
  await events.next();
  expect(sent.some(({ type }) => type === "abort")).toBe(false);
});
