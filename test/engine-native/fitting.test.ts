import { beforeAll, describe, expect, test } from "bun:test";
import { resolve } from "node:path";
import type { ChatPrompt, GenerateEvent, GenerateRequest } from "../../src/core/generate.ts";
import type { Message } from "../../src/core/messages.ts";
import { EngineInProcess } from "../support/engine-in-process.ts";

const modelPath = resolve(import.meta.dir, "../../assets/tiny-text.gguf");
let engine: EngineInProcess;
beforeAll(() => {
  engine = new EngineInProcess({ modelPath, nCtx: 256, nParallel: 2, kvUnified: true });
});

const says = (role: Message["role"], text: string): Message => ({
  role,
  parts: [{ type: "text", text }],
});
const question = says("user", "What is the capital of France?");
const chat = (messages: Message[], more: Partial<ChatPrompt> = {}): ChatPrompt => ({
  type: "chat",
  messages,
  tools: [],
  toolChoice: "none",
  ...more,
});
const long = (n: number) =>
  Array.from({ length: n }, (_, i) =>
    says(i % 2 === 0 ? "user" : "assistant", `Hello number ${i}`),
  );

/** Asks greedily. @returns the text, and how it ended */
async function ask(prompt: GenerateRequest["prompt"], more: Partial<GenerateRequest> = {}) {
  const request = { prompt, sampling: { temperature: 0 }, nPredict: 40, truncate: true, ...more };
  const events = await engine.generate(request);
  const text = events.map((event) => (event.type === "text" ? event.text : "")).join("");
  const done = events.at(-1) as Extract<GenerateEvent, { type: "done" }>;
  return { text, done };
}

describe("a conversation that is too long", () => {
  test("loses its oldest messages, and says how many", async () => {
    const { text, done } = await ask(chat([says("system", "Be kind."), ...long(60), question]));
    expect(text).toBe("The capital of France is Paris.");
    expect(done.nMessagesDropped).toBeGreaterThan(20);
    expect(done.nPrompt).toBeLessThan(256);
    expect(done).not.toHaveProperty("nPromptDropped");
  });

  test("leaves room for the answer", async () => {
    const { done } = await ask(chat([...long(60), question]), { nPredict: 100 });
    expect(done.nPrompt).toBeLessThanOrEqual(256 * 0.75);
    expect(done.nPrompt).toBeGreaterThan(256 * 0.5);
  });

  test("is shown as it would be given", async () => {
    const prompt = chat([says("system", "Be kind."), ...long(60), question]);
    const { text } = await engine.call("applyTemplate", { prompt, truncate: true });
    expect(text).toContain("Be kind.");
    expect(text).not.toContain("Hello number 0<");
    expect(text).toContain("Hello number 59<");
    const whole = await engine.call("applyTemplate", { prompt });
    expect(whole.text).toContain("Hello number 0<");
  });

  test("is shown as it would be given with little room for the answer, too", async () => {
    const prompt = chat([...long(60), question]);
    const { done } = await ask(prompt, { nPredict: 1, report: { prompt: true } });
    const { text } = await engine.call("applyTemplate", { prompt, truncate: true, nPredict: 1 });
    expect(text).toBe(done.promptText ?? "");
  });

  test("is refused without `truncate`", async () => {
    await expect(ask(chat([...long(60), question]), { truncate: false })).rejects.toThrow(
      /exceeds the available context/,
    );
  });

  test("fits as it is", async () => {
    const { done } = await ask(chat([...long(4), question]));
    expect(done).not.toHaveProperty("nMessagesDropped");
  });

  test("with a context of the request's own", async () => {
    const { text, done } = await ask(chat([...long(20), question]), { nCtx: 64, nPredict: 20 });
    expect(text).toBe("The capital of France is Paris.");
    expect(done.nPrompt).toBeLessThan(64);
  });
});

describe("a last message that is too long", () => {
  const words = "Hello ".repeat(1000);

  test("loses its middle, and about half of the context is left", async () => {
    const { done } = await ask(chat([...long(2), says("user", words)]), { nPredict: 1 });
    expect(done).toMatchObject({ nMessagesDropped: 2, nPrompt: 128 });
    expect(done.nPromptDropped).toBeGreaterThan(500);
  });

  test("keeps what it is told to", async () => {
    const prompt = { type: "text", parts: [`one two three ${words} end`] } as const;
    const report = { prompt: true, tokens: true };
    const { done } = await ask({ ...prompt, parts: [...prompt.parts] }, { nKeep: 6, report });
    const { tokens } = await engine.call("tokenize", {
      parts: [...prompt.parts],
      addSpecial: true,
      parseSpecial: true,
    });
    expect(done.promptTokens?.slice(0, 6)).toEqual(tokens.slice(0, 6));
    expect(done.promptTokens?.slice(6)).toEqual(tokens.slice(-(128 - 6)));
  });

  test("is shown as it would be given", async () => {
    const prompt = { type: "text" as const, parts: ["word ".repeat(500)] };
    const limits = { truncate: true, nCtx: 128, nKeep: 100 };
    const { done } = await ask(prompt, { ...limits, report: { prompt: true } });
    const { text } = await engine.call("applyTemplate", { prompt, ...limits });
    expect(text).toBe(done.promptText ?? "");
    const whole = await engine.call("applyTemplate", { prompt });
    expect(whole).toEqual({ text: prompt.parts.join("") });
  });

  test("beyond what can be looked at is refused all the same", async () => {
    const hopeless = chat([says("user", "x ".repeat(2_000_000))]);
    await expect(ask(hopeless)).rejects.toThrow(/at least \d+ tokens/);
  });

  test("and a conversation whose beginning is beyond that loses it", async () => {
    const { text } = await ask(chat([says("user", "x ".repeat(2_000_000)), ...long(3), question]));
    expect(text).toBe("The capital of France is Paris.");
  });
});

describe("an earlier context", () => {
  test("stands before the prompt", async () => {
    const { tokens: context } = await engine.call("tokenize", {
      parts: ["Hello there"],
      addSpecial: true,
      parseSpecial: true,
    });
    const report = { prompt: true, tokens: true };
    const { done } = await ask(chat([question], { context }), { report });
    const alone = await ask(chat([question]), { report });
    expect(done.promptTokens).toEqual([...context, ...(alone.done.promptTokens ?? [])]);
    const { text } = await engine.call("applyTemplate", { prompt: chat([question], { context }) });
    expect(text).toStartWith("Hello there<|im_start|>");
  });

  test("of tokens that there are not is refused", async () => {
    const prompt = chat([question], { context: [1, 10_000_000] });
    await expect(ask(prompt)).rejects.toThrow(/`context\[1\]` is 10000000/);
    await expect(engine.call("applyTemplate", { prompt })).rejects.toThrow(/10000000/);
  });
});

describe("embeddings with a context of the request's own", () => {
  const inputs = [{ type: "text" as const, parts: ["What colour is the sky?"] }];
  const embed = (more: object) => engine.call("embed", { inputs, normalize: 2, ...more });

  test("are those of what fits", async () => {
    const { embeddings, nTokens, nDropped } = await embed({ truncate: true, nCtx: 3 });
    const { tokens } = await engine.call("tokenize", {
      parts: ["What colour is the sky?"],
      addSpecial: true,
      parseSpecial: true,
    });
    const cut = [{ type: "text" as const, parts: tokens.slice(0, 3) }];
    const direct = await engine.call("embed", { inputs: cut, normalize: 2 });
    expect(embeddings).toEqual(direct.embeddings);
    expect([nTokens, nDropped]).toEqual([[3], tokens.length - 3]);
  });

  test("are refused where nothing fits, or nothing may be cut", async () => {
    await expect(embed({ truncate: true, nCtx: 0 })).rejects.toThrow(/after truncation/);
    await expect(embed({ truncate: false, nCtx: 3 })).rejects.toThrow(/larger than/);
  });

  test("have no such limit otherwise", async () => {
    const { nDropped } = await embed({ truncate: true });
    expect(nDropped).toBeUndefined();
  });
});
