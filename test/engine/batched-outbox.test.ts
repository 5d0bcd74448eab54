import { expect, test } from "bun:test";
import { AppError } from "../../src/core/errors.ts";
import type { GenerateEvent } from "../../src/core/generate.ts";
import type { FromEngine, SentEvent } from "../../src/core/protocol.ts";
import { BatchedOutbox } from "../../src/engine/batched-outbox.ts";
import { done } from "../support/fake-engine.ts";

/** Messages that an outbox sends, their events read. */
function opened(now = () => 0) {
  const messages: (SentEvent[] | FromEngine)[] = [];
  const outbox = new BatchedOutbox((message) => {
    const isText = message.type === "events" && typeof message.events === "string";
    if (message.type !== "events") messages.push(message);
    else messages.push(isText ? JSON.parse(String(message.events)) : message.events);
  }, now);
  return { outbox, messages };
}

const text = (word: string, nPredicted: number, more: object = {}): GenerateEvent => ({
  type: "text",
  text: word,
  nPredicted,
  decodeMs: nPredicted * 10,
  ...more,
});
const prob = (token: number) => ({ token, bytes: Uint8Array.of(65), prob: 0.5, top: [] });

test("one message has all events of a step, in their order", () => {
  const { outbox, messages } = opened();
  outbox.event(1, text("a", 1));
  outbox.event(2, text("b\u2028", 7));
  outbox.flush();
  outbox.flush();
  outbox.event(1, text("c", 2, { probs: [prob(3)] }));
  outbox.event(1, done());
  outbox.flush();
  expect(messages).toEqual([
    [
      { id: 1, event: text("a", 1) },
      { id: 2, event: text("b\u2028", 7) },
    ],
    [
      { id: 1, event: text("c", 2, { probs: [prob(3)] }) },
      { id: 1, event: done() },
    ],
  ]);
});

test("an answer that nobody shows before its end comes in as few events as it can", () => {
  const { outbox, messages } = opened();
  const call = (index: number, more: object): GenerateEvent => ({
    type: "tool_call",
    index,
    arguments: "",
    nPredicted: 5,
    decodeMs: 50,
    ...more,
  });
  outbox.keepWhole(1);
  outbox.event(1, { type: "prefilled", nPrompt: 3, nCached: 0, prefillMs: 1 });
  outbox.event(1, text("a", 1, { tokens: [11], probs: [prob(11)] }));
  outbox.flush();
  outbox.event(1, text("b", 2, { tokens: [12, 13], probs: [prob(12)] }));
  outbox.event(1, text("", 3));
  outbox.event(1, call(0, { id: "x", name: "f", arguments: "{" }));
  outbox.event(1, call(0, { arguments: "}" }));
  outbox.event(1, call(1, { id: "y", name: "g" }));
  outbox.flush();
  outbox.event(1, done());
  outbox.event(1, text("of another", 1)); // the id is as any other again
  outbox.flush();
  expect(messages).toEqual([
    [{ id: 1, event: { type: "prefilled", nPrompt: 3, nCached: 0, prefillMs: 1 } }],
    [
      { id: 1, event: text("ab", 3, { tokens: [11, 12, 13], probs: [prob(11), prob(12)] }) },
      { id: 1, event: call(0, { id: "x", name: "f", arguments: "{}" }) },
      { id: 1, event: call(1, { id: "y", name: "g" }) },
      { id: 1, event: done() },
      { id: 1, event: text("of another", 1) },
    ],
  ]);
});

test("an error comes after what was said before it, and forgets what was kept", () => {
  const { outbox, messages } = opened();
  outbox.keepWhole(1);
  outbox.event(1, text("a", 1));
  outbox.event(2, text("b", 1));
  outbox.error(1, new AppError("internal", "no"));
  outbox.event(1, text("c", 1));
  outbox.flush();
  expect(messages).toEqual([
    [{ id: 2, event: text("b", 1) }],
    { type: "error", id: 1, error: expect.objectContaining({ message: "no" }) },
    [{ id: 1, event: text("c", 1) }],
  ]);
});

test("text of very short steps goes together, as long as nothing begins or ends", () => {
  let now = 0;
  const { outbox, messages } = opened(() => now);
  outbox.event(1, text("a", 1));
  outbox.flush(2);
  now = 2;
  outbox.event(1, text("b", 2));
  outbox.flush(2);
  expect(messages).toEqual([]);
  now = 4; // the next step would end 6 ms after the first piece
  outbox.event(1, text("c", 3));
  outbox.flush(2);
  expect(messages.splice(0)).toHaveLength(1);
  outbox.event(1, text("d", 4));
  outbox.flush(20); // a long step holds nothing back
  expect(messages.splice(0)).toHaveLength(1);
  outbox.event(1, done());
  outbox.flush(1);
  expect(messages).toHaveLength(1);
});
