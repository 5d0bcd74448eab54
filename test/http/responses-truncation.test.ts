import { describe, expect, test } from "bun:test";
import type { ChatPrompt } from "../../src/core/generate.ts";
import type { Message } from "../../src/core/messages.ts";
import { fitted, roomForPrompt } from "../../src/http/responses/truncation.ts";
import { appOver, fakeInfo, says } from "../support/fake-engine.ts";

/** A message of as many tokens as its text has characters. */
const of = (role: Message["role"], text: string): Message => ({
  role,
  parts: [{ type: "text", text }],
});
const nTokensOf = ({ messages }: ChatPrompt) =>
  messages.reduce((n, { parts }) => n + (parts[0]?.type === "text" ? parts[0].text.length : 0), 0);

describe("a conversation that does not fit", () => {
  const conversation = [
    of("system", "s"),
    of("user", "aaaa"),
    of("assistant", "bbb"),
    of("tool", "cc"),
    of("assistant", "d"),
    of("user", "e"),
  ];
  const left = async (nTokensMax: number) => {
    const prompt: ChatPrompt = {
      type: "chat",
      messages: conversation,
      tools: [],
      toolChoice: "auto",
    };
    const { messages } = await fitted(prompt, nTokensMax, async (one) => nTokensOf(one));
    return messages.map(({ parts: [part] }) => (part?.type === "text" ? part.text : "")).join(" ");
  };

  test.each([
    [12, "s aaaa bbb cc d e"],
    [11, "s bbb cc d e"],
    [8, "s bbb cc d e"],
    [7, "s d e"],
    [3, "s d e"],
    [2, "s e"],
    [1, "s e"],
  ])("in %i tokens is %j", async (nTokensMax, expected) => {
    expect(await left(nTokensMax)).toBe(expected);
  });
});

test("what cannot fit is not counted, and what must stay neither", async () => {
  const asks = (...texts: string[]): ChatPrompt => ({
    type: "chat",
    messages: texts.map((text) => of("user", text)),
    tools: [],
    toolChoice: "auto",
  });
  const counted: number[] = [];
  const count = async (prompt: ChatPrompt) => {
    counted.push(nTokensOf(prompt));
    return nTokensOf(prompt);
  };
  const huge = "x".repeat(10_001);
  expect(await fitted(asks(huge), 10, count)).toEqual(asks(huge));
  expect(await fitted(asks(huge, "a", "b"), 10, count)).toEqual(asks("a", "b"));
  expect(counted).toEqual([2]);
});

test("an answer gets what it asks for, at most half of the context", () => {
  const rooms = [undefined, 100, 900].map((nOutputMax) => roomForPrompt(1000, nOutputMax));
  expect(rooms).toEqual([750, 900, 500]);
});

describe("truncation in /v1/responses", () => {
  const input = ["first", "second"].map((content) => ({ role: "user", content }));
  const asked = async (truncation: string) => {
    const { post, engine } = appOver(says("ok"), {
      info: { ...fakeInfo, nCtxSeq: 12 },
      answers: { countTokens: ({ prompt }) => ({ nTokens: nTokensOf(prompt as ChatPrompt) }) },
    });
    const response = await post("/v1/responses", { input, truncation });
    const prompt = engine.requests[0]?.prompt as ChatPrompt;
    return { nMessages: prompt.messages.length, answer: await response.json() };
  };

  test("happens on request", async () => {
    expect(await asked("auto")).toMatchObject({ nMessages: 1, answer: { truncation: "auto" } });
    expect(await asked("disabled")).toMatchObject({
      nMessages: 2,
      answer: { truncation: "disabled" },
    });
  });
});
