import { describe, expect, test } from "bun:test";
import type { Ask } from "../../scripts/tiny-eval/ask.ts";
import type { Case } from "../../scripts/tiny-eval/cases.ts";
import type { Dialect, Post } from "../../scripts/tiny-eval/dialect.ts";
import { dialects } from "../../scripts/tiny-eval/dialects.ts";
import { runCases } from "../../scripts/tiny-eval/run.ts";
import { scoresOf } from "../../scripts/tiny-eval/scores.ts";
import { saying, weather } from "../support/answers.ts";

const picture = { base64: "AAAA", mediaType: "image/png" };
const plainMessage = { images: [], hasImagesLast: false, calls: [] };

/** A conversation with everything in it. */
const ask: Ask = {
  messages: [
    { ...plainMessage, role: "system", content: "Be brief." },
    { ...plainMessage, role: "user", content: "Weather here?", images: [picture] },
    { ...plainMessage, role: "assistant", content: "", calls: [{ ...weather("Rome"), id: "c1" }] },
    { ...plainMessage, role: "tool", content: "hot", answers: { ...weather("Rome"), id: "c1" } },
  ],
  tools: [{ name: "get_weather", parameters: { type: "object" } }],
};
const question: Ask = {
  messages: [{ ...plainMessage, role: "user", content: "Where?" }],
  tools: [],
};

/** What each route answers, all in its own form: a text and a call. */
const replies: Record<string, object> = {
  "/v1/messages": {
    content: [
      { type: "thinking", thinking: "Hm." },
      { type: "text", text: "Hot." },
      { type: "tool_use", name: "get_weather", input: { city: "Oslo" } },
    ],
  },
  "/v1/responses": {
    output: [
      { type: "reasoning", content: [{ type: "reasoning_text", text: "Hm." }] },
      { type: "message", content: [{ type: "output_text", text: "Hot." }] },
      { type: "function_call", name: "get_weather", arguments: '{"city":"Oslo"}' },
    ],
  },
  "/api/chat": {
    message: { content: "Hot.", thinking: "Hm.", tool_calls: [{ function: weather("Oslo") }] },
  },
  "/api/generate": { response: "Hot.", thinking: "Hm." },
  "/apply-template": { prompt: "<|im_start|>assistant\n<think>\n" },
  "/completion": { content: "Hm.\n</think>\n\nHot." },
};
const chatReply = {
  choices: [
    {
      message: {
        ...{ content: "Hot.", reasoning_content: "Hm." },
        tool_calls: [{ function: { name: "get_weather", arguments: '{"city":"Oslo"}' } }],
      },
    },
  ],
};
const post: Post = async (path) => replies[path] ?? chatReply;

describe("every dialect", () => {
  const takesTools = ({ name }: Dialect) => !["Ollama generate", "llama.cpp"].includes(name);

  test.each(dialects.map((dialect) => [dialect.name, dialect] as const))(
    "%s: what it says is read",
    async (_, dialect) => {
      expect(dialect.takes(ask)).toBe(takesTools(dialect));
      const calls = takesTools(dialect) ? [weather("Oslo")] : [];
      expect(await dialect.ask(post, question)).toEqual(saying("Hot.", { calls, thought: "Hm." }));
    },
  );

  /** What each of some dialects posts, by path. */
  async function bodiesOf(asking: readonly Dialect[], asked: Ask) {
    const bodies: Record<string, string> = {};
    const keep: Post = async (path, body) => {
      bodies[path] ??= JSON.stringify(body);
      return replies[path] ?? chatReply;
    };
    for (const dialect of asking) await dialect.ask(keep, asked);
    return bodies;
  }

  test("each sends the whole conversation, in its own form", async () => {
    const bodies = await bodiesOf(dialects.filter(takesTools), ask);
    expect(Object.keys(bodies)).toHaveLength(5);
    for (const body of Object.values(bodies)) {
      for (const part of ["Be brief.", "Weather here?", "AAAA", "Rome", "hot", "get_weather"]) {
        expect(body).toContain(part);
      }
    }
  });

  test.each([false, true])("each puts pictures where they stand: last is %p", async (isLast) => {
    const asked = (hasImagesLast: boolean): Ask => ({
      messages: [{ ...question.messages[0]!, images: [picture], hasImagesLast }],
      tools: [],
    });
    const able = dialects.filter((dialect) => dialect.takes(asked(true)));
    expect(able.map(({ name }) => name)).not.toContain("Ollama chat");
    const bodies = Object.values(await bodiesOf(able, asked(isLast)));
    expect(bodies.length).toBeGreaterThanOrEqual(4);
    for (const body of bodies.filter((one) => one.includes("Where?"))) {
      expect(body.indexOf("AAAA") > body.indexOf("Where?")).toBe(isLast);
    }
  });
});

describe("a run", () => {
  const cases: Case[] = Array.from({ length: 14 }, (_, i) => ({
    ...{ kind: "chat", skill: "facts", wording: "seen", ask: question },
    expect: { contains: [i === 3 ? "Cold" : "Hot"] },
  }));
  const options = { nParallel: 4, signal: new AbortController().signal, say: () => {} };

  test("takes the dialects in turn, and counts what is wrong", async () => {
    const [score, ...others] = scoresOf(await runCases(cases, dialects, post, options));
    expect(others).toEqual([]);
    expect(score).toMatchObject({ skill: "facts", wording: "seen", n: 14, value: 13 / 14 });
    expect([...(score?.byDialect.values() ?? [])].map(({ n }) => n)).toEqual(Array(7).fill(2));
    expect(score?.misses).toEqual([
      {
        ...{ asked: "Where?", answered: "Hot.", expected: 'with "Cold"' },
        dialect: "Ollama generate",
      },
    ]);
  });

  test("a failed request is a wrong answer", async () => {
    const failing: Post = () => Promise.reject(new Error("said 500"));
    const outcomes = await runCases(cases.slice(0, 1), dialects, failing, options);
    expect(outcomes).toMatchObject([{ answered: "said 500", fault: "an answer" }]);
  });

  test("pairs are told apart by their embeddings", async () => {
    const pairs: Case = {
      ...{ kind: "embedding-pairs", skill: "paraphrases", wording: "seen" },
      pairs: [
        ["a", "a", "paraphrase"],
        ["a", "b", "unrelated"],
      ],
    };
    const embedding: Post = async (_, body) => {
      const { input } = body as { input: string[] };
      return { data: input.map((text) => ({ embedding: text === "a" ? [1, 0] : [0, 1] })) };
    };
    const [score] = scoresOf(await runCases([pairs], dialects, embedding, options));
    expect(score).toMatchObject({ skill: "paraphrases", unit: "area", value: 1, n: 2 });
  });
});
