import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { writeTinyLora } from "../../scripts/tiny-models.ts";
import type { ChatPrompt, GenerateRequest } from "../../src/core/generate.ts";
import type { LoadSpec } from "../../src/core/load.ts";
import type { Message } from "../../src/core/messages.ts";
import { EngineInProcess } from "../support/engine-in-process.ts";
import { writeUnskilledModel } from "../support/float-models.ts";

const folder = mkdtempSync(join(tmpdir(), "hutch-requests-"));
const loraPath = join(folder, "lora.gguf");
const modelPath = resolve(import.meta.dir, "../../assets/tiny-text.gguf");
const load = (options: Partial<LoadSpec> = {}) =>
  new EngineInProcess({ modelPath, nCtx: 512, nParallel: 2, kvUnified: true, ...options });

let engine: EngineInProcess;
beforeAll(() => {
  writeTinyLora(loraPath, { modelPath });
  engine = load();
});
afterAll(() => rmSync(folder, { recursive: true }));

const says = (role: Message["role"], text: string): Message => ({
  role,
  parts: [{ type: "text", text }],
});
const chat = (...messages: Message[]): ChatPrompt => ({
  type: "chat",
  messages,
  tools: [],
  toolChoice: "auto",
});

test("more probabilities than there are tokens are all there are", async () => {
  const events = await engine.generate({
    prompt: { type: "text", parts: ["Hello"] },
    sampling: {},
    nPredict: 1,
    report: { nProbs: 2 ** 31 },
  });
  const probs = events.flatMap((event) => ("probs" in event ? (event.probs ?? []) : []));
  expect(probs.map(({ top }) => top.length)).toEqual([engine.info.nVocab]);
});

describe("questions about text", () => {
  test("pieces of tokens make up the text again", async () => {
    const text = "What is 2 + 2, in 漢字?";
    const question = { parts: [text], addSpecial: false, parseSpecial: true };
    const { tokens, pieces } = await engine.call("tokenize", question);
    expect(pieces).toHaveLength(tokens.length);
    expect(pieces.some((piece) => Array.isArray(piece))).toBe(true);
    expect((await engine.call("detokenize", { tokens })).text).toBe(text);
  });

  test("a chat is rendered by the model's template, and counted as it is generated from", async () => {
    const prompt = chat(says("user", "hi"));
    const { text } = await engine.call("applyTemplate", { prompt });
    expect(text).toContain("hi");
    const { nTokens } = await engine.call("countTokens", { prompt });
    const events = await engine.generate({ prompt, sampling: {}, nPredict: 0 });
    expect(events.at(-1)).toMatchObject({ type: "done", nPrompt: nTokens });
  });

  const long = "x ".repeat(200_000);
  const tool = { name: "f", description: long, parameters: {} };
  const call = { id: "1", name: "f", arguments: JSON.stringify({ long }) };
  test.each([
    ["a message", chat(says("user", long))],
    ["a tool", { ...chat(says("user", "hi")), tools: [tool] }],
    ["a call", chat(says("user", "hi"), { ...says("assistant", ""), toolCalls: [call] })],
  ])("%s that is far too long is refused without being read", async (_, prompt) => {
    const why = /at least \d+ tokens/;
    await expect(engine.call("countTokens", { prompt })).rejects.toThrow(why);
    await expect(engine.write("", { prompt })).rejects.toThrow(why);
  });

  test("tokens that there are not are refused by their place", async () => {
    await expect(engine.call("detokenize", { tokens: [1, 5_000_000] })).rejects.toThrow(
      "tokens[1]",
    );
    await expect(engine.write("", { prompt: { type: "text", parts: [1, -1] } })).rejects.toThrow(
      "`prompt[1]` is -1",
    );
  });
});

describe("prompts", () => {
  test("a last message of the assistant's is continued", async () => {
    const begun = chat(says("user", "hi"), says("assistant", "Once upon"));
    const { text } = await engine.call("applyTemplate", { prompt: begun });
    expect(text).toEndWith("Once upon");
    const other = load({ chat: { prefillAssistant: false } });
    expect((await other.call("applyTemplate", { prompt: begun })).text).not.toEndWith("Once upon");
  });

  test("what the client gave is not repeated where it asked for its continuation", async () => {
    const begun = chat(says("user", "hi"), says("assistant", "Once upon"));
    const prompt = { ...begun, continueFinalMessage: true };
    expect(await engine.write("", { prompt })).not.toStartWith("Once upon");
  });

  test("no tokens at all are answered with nothing", async () => {
    const events = await engine.generate({ prompt: { type: "text", parts: [] }, sampling: {} });
    expect(events.at(-1)).toMatchObject({ type: "done", nPrompt: 0, nPredicted: 0 });
  });

  test("one that is too long is refused with both numbers", async () => {
    const text = "The sun is a star. ".repeat(200);
    await expect(engine.write(text)).rejects.toMatchObject({
      code: "context_length_exceeded",
      message: expect.stringMatching(/^request \(\d+ tokens\) exceeds the available context size/),
      details: { n_prompt_tokens: expect.any(Number), n_ctx: 512 },
    });
  });

  test("one that is longer than the server's own limit, too, by its name", async () => {
    const limited = load({ limits: { nPromptTokens: 30 } });
    const long = "The sun is a star. ".repeat(20);
    const refusal = (n: number) => ({
      code: "context_length_exceeded",
      message: expect.stringContaining(`exceeds the ${n} tokens of the server's --max-`),
      details: { n_prompt_tokens: expect.any(Number), n_ctx: n + 1 },
    });
    await expect(limited.write(long)).rejects.toMatchObject(refusal(30));
    const prompt = { type: "text" as const, parts: ["The sun is a star."] };
    const sampling = { temperature: 0, ignoreEos: true };
    const total = load({ limits: { nRequestTokens: 40 } });
    for (const nPredict of [undefined, 1000]) {
      const done = (await total.generate({ prompt, sampling, nPredict })).at(-1);
      if (done?.type !== "done") throw new Error("the answer does not end");
      expect(done.reason).toBe("length");
      expect(done.nPrompt + done.nPredicted).toBe(40);
    }
    await expect(total.write(long)).rejects.toMatchObject(refusal(39));
    const cut = await limited.generate({
      prompt: chat(says("user", long), says("assistant", "Yes."), says("user", "Is it?")),
      sampling: { temperature: 0 },
      nPredict: 4,
      truncate: true,
    });
    expect(cut.at(-1)).toMatchObject({ type: "done", nMessagesDropped: 2 });
  });

  test("one that is too long for the context that it asks for, too", async () => {
    const long = "The sun is a star. ".repeat(20);
    const tooLong = (n_ctx: number) => ({
      code: "context_length_exceeded",
      details: { n_prompt_tokens: expect.any(Number), n_ctx },
    });
    await expect(engine.write(long, { nCtx: 64 })).rejects.toMatchObject(tooLong(64));
    await expect(engine.write(long.repeat(10), { nCtx: 9999 })).rejects.toMatchObject(tooLong(512));
    const hopeless = "The sun is a star. ".repeat(20_000);
    await expect(engine.write(hopeless, { nCtx: 64 })).rejects.toMatchObject(tooLong(64));
    const prompt = { type: "text" as const, parts: [long] };
    const sampling = { temperature: 0, ignoreEos: true };
    const events = await engine.generate({ prompt, sampling, nCtx: 256 });
    const done = events.at(-1);
    if (done?.type !== "done") throw new Error("the answer does not end");
    expect(done).toMatchObject({ reason: "length", truncated: true });
    expect(done.nPrompt + done.nPredicted).toBe(256);
  });

  test("a model without the tokens for it fills no gaps", async () => {
    const prompt = { type: "infill" as const, prefix: "a", suffix: "b", extra: [], prompt: "" };
    const modelPath = join(folder, "unskilled.gguf");
    writeUnskilledModel(modelPath);
    const unskilled = load({ modelPath });
    await expect(unskilled.write("", { prompt })).rejects.toThrow("prefix token is missing");
    expect(await engine.write("", { prompt })).not.toBe("");
  });
});

describe("constraints", () => {
  const noArray = { type: "array", items: { type: "integer" }, minItems: 5, maxItems: 2 };
  const bad = (constraint: object): Partial<GenerateRequest> => ({
    prompt: { type: "text", parts: ["a"], ...constraint },
  });

  test.each([
    ["a grammar that does not parse", { grammar: "root ::= (" }, "grammar"],
    ["a grammar without a root", { grammar: 'x ::= "a"' }, "grammar"],
    ["a schema that is none", { jsonSchema: { type: "soup" } }, "json_schema"],
    ["an array of at least 5 and at most 2", { jsonSchema: noArray }, "json_schema"],
    ["a repetition of none", { grammar: 'root ::= "a"{5,2}' }, "grammar"],
    ["a grammar that no text fits", { grammar: 'root ::= "a" [b-a]' }, "grammar"],
    [
      "a grammar with too many ways to go on",
      { grammar: 'root ::= e root "z" | "x"\ne ::= f\nf ::= "" | "y"' },
      "grammar",
    ],
    [
      "a schema that no number fits",
      { jsonSchema: { type: "integer", minimum: 5, maximum: 3 } },
      "json_schema",
    ],
  ])("%s is refused by its field, and the engine lives", async (_, constraint, param) => {
    await expect(engine.write("", bad(constraint))).rejects.toMatchObject({
      code: "invalid_request",
      param,
    });
    expect(await engine.write("a")).toBe(await engine.write("a"));
  });

  test("hold from the first token on", async () => {
    const prompt = { type: "text" as const, parts: ["a"], grammar: 'root ::= "yes" | "no"' };
    expect(await engine.write("", { prompt })).toMatch(/^(yes|no)$/);
  });

  test("an empty schema means any object", async () => {
    const prompt = { type: "text" as const, parts: ["a"], jsonSchema: {} };
    expect(await engine.write("", { prompt, nPredict: 4 })).toStartWith("{");
  });
});

test.each([
  [{ logitBias: [{ token: 50256, bias: -100 }] }, "logit_bias"],
  [{ repeatPenalty: 0 }, "repeat_penalty"],
  [{ frequencyPenalty: 1e300 }, "frequency_penalty"],
  [{ presencePenalty: -1e300 }, "presence_penalty"],
])("samplers with %j are refused by their field", async (sampling, param) => {
  const refused = { code: "invalid_request", param };
  await expect(engine.write("a", { sampling })).rejects.toMatchObject(refused);
});

describe("what the server was started with holds for silent requests", () => {
  test("a grammar, unless they have their own", async () => {
    const strict = load({ constraint: { grammar: 'root ::= "zebra"' } });
    expect(await strict.write("a")).toBe("zebra");
    expect(await strict.write("", { prompt: chat(says("user", "hi")) })).toBe("zebra");
    const prompt = { type: "text" as const, parts: ["a"], grammar: 'root ::= "horse"' };
    expect(await strict.write("", { prompt })).toBe("horse");
  });

  test("limits, stop texts and sampling", async () => {
    const grammar = 'root ::= "one two three four five six seven"';
    const strict = load({ constraint: { grammar }, stop: ["four"], nPredict: 100 });
    expect(await strict.write("a", { nPredict: undefined })).toBe("one two three ");
    expect(await strict.write("a", { nPredict: undefined, stop: ["two"] })).toBe("one ");
    const short = load({ nPredict: 2, sampling: { temperature: 0, ignoreEos: true } });
    const events = await short.generate({ prompt: { type: "text", parts: ["a"] }, sampling: {} });
    expect(events.at(-1)).toMatchObject({ reason: "length", nPredicted: 2 });
    expect(short.info.defaults.sampling).toMatchObject({ temperature: 0, ignoreEos: true });
  });
});

describe("LoRA adapters", () => {
  test("change answers by their scale, for one request or for all", async () => {
    const plain = await engine.write("Hello");
    const adapted = load({ lora: [{ path: loraPath, scale: 1 }] });
    const changed = await adapted.write("Hello");
    expect(changed).not.toBe(plain);
    expect(await adapted.write("Hello", { lora: [{ id: 0, scale: 0 }] })).toBe(plain);
    await adapted.call("setLora", { scales: [] });
    expect(await adapted.write("Hello")).toBe(plain);
    const { adapters } = await adapted.call("loraAdapters", {});
    expect(adapters).toMatchObject([{ id: 0, path: loraPath, scale: 0 }]);
  });

  test("are loaded without effect where that was asked for", async () => {
    const idle = load({ lora: [{ path: loraPath, scale: 1 }], loraInitWithoutApply: true });
    expect(await idle.write("Hello")).toBe(await engine.write("Hello"));
  });

  test("a file that is none fails the load by its name", () => {
    expect(() => load({ lora: [{ path: modelPath, scale: 1 }] })).toThrow(modelPath);
  });
});
