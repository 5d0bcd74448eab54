import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TinyMemory, writeTinyMemory } from "../../scripts/tiny-memories.ts";
import type { GenerateRequest } from "../../src/core/generate.ts";
import type { LoadOptions } from "../../src/core/load.ts";
import { EngineInProcess } from "../support/engine-in-process.ts";
import { colours, pngOf } from "../support/pictures.ts";
import { assets, tinyPath } from "../support/tiny-native.ts";

const folder = mkdtempSync(join(tmpdir(), "hutch-prefixes-"));
afterAll(() => rmSync(folder, { recursive: true }));

const load = (modelPath: string, options: LoadOptions & { mmprojPath?: string } = {}) =>
  new EngineInProcess({
    modelPath,
    nCtx: 1024,
    nUbatch: 64,
    nParallel: 2,
    kvUnified: true,
    ...options,
  });

/** The greedy answer, with how likely its tokens were, and how much of the prompt was there. */
async function ask(engine: EngineInProcess, text: string, more: Partial<GenerateRequest> = {}) {
  const events = await engine.generate({
    prompt: { type: "text", parts: [text] },
    sampling: { temperature: 0 },
    nPredict: 16,
    report: { nProbs: 1 },
    ...more,
  });
  const done = events.find((event) => event.type === "done");
  const probs = events.flatMap((event) => ("probs" in event ? (event.probs ?? []) : []));
  return {
    text: events.map((event) => (event.type === "text" ? event.text : "")).join(""),
    likely: probs.map(({ prob }) => prob),
    nCached: done?.nCached ?? -1,
    nPrompt: done?.nPrompt ?? -1,
  };
}

const system =
  "<|im_start|>system\nYou are a helpful assistant who answers at length about the capitals of " +
  "many countries and the colours of the sky.<|im_end|>\n";
const user = (text: string) => `<|im_start|>user\n${text}<|im_end|>\n<|im_start|>assistant\n`;
const questions = ["What is the capital of France?", "What colour is the sky?", "Who are you?"];

/** Asks with what is cached, and anew, and expects the same. @returns tokens that were there */
async function askTwice(engine: EngineInProcess, text: string) {
  const reused = await ask(engine, text);
  const anew = await ask(engine, text, { cachePrompt: false });
  expect(reused.text).toBe(anew.text);
  expect(reused.likely.length).toBe(anew.likely.length);
  for (const [i, prob] of reused.likely.entries())
    expect(prob).toBeCloseTo(anew.likely[i] ?? -1, 2);
  return reused;
}

const kinds: TinyMemory["kind"][] = ["recurrent", "hybrid", "windowed"];

describe.each(kinds)("a %s model", (kind) => {
  const path = join(folder, `${kind}.gguf`);
  let engine: EngineInProcess;
  beforeAll(() => {
    writeTinyMemory(path, { kind, vocabularyOf: tinyPath, seed: 5 });
    engine = load(path);
  });

  test("goes on in a chat, turn by turn", async () => {
    let chat = system;
    let nBefore = 0;
    for (const question of questions) {
      chat += user(question);
      const { text, nCached, nPrompt } = await askTwice(engine, chat);
      if (nBefore > 0) expect(nCached).toBeGreaterThanOrEqual(nBefore - 4);
      nBefore = nPrompt;
      chat += `${text}<|im_end|>\n`;
    }
  });

  test("goes on where a thought is left out of what was said", async () => {
    const chat = `${system}${user("Hello")}`;
    const { nPrompt } = await ask(engine, chat);
    const { nCached } = await askTwice(engine, `${chat}Hello!<|im_end|>\n${user("Who are you?")}`);
    expect(nCached).toBeGreaterThanOrEqual(nPrompt - 4);
  });

  test("shares a system prompt", async () => {
    const other = system.replace("countries", "planets");
    for (const question of questions) await askTwice(engine, other + user(question));
    const { nCached } = await askTwice(engine, other + user("Hello"));
    expect(nCached).toBeGreaterThan(30);
  });

  test("computes once what requests share that come together", async () => {
    const long = system.replace("many", "several").repeat(4);
    const answers = await Promise.all(questions.map((text) => ask(engine, long + user(text))));
    expect(answers.map(({ nCached }) => nCached > 100)).toEqual([false, true, true]);
    for (const [i, { text }] of answers.entries()) {
      const anew = await ask(engine, long + user(questions[i] ?? ""), { cachePrompt: false });
      expect(text).toBe(anew.text);
    }
  });

  test("has its conversations back from the host's memory", async () => {
    const crowded = load(path, { nCtx: 512, nParallel: 1 });
    const talk = (word: string) => `${system.replace("many", word).repeat(4)}${user("Hello")}`;
    const first = await ask(crowded, talk("few"));
    for (const word of ["some", "old", "new", "rich"]) await ask(crowded, talk(word));
    const next = `${talk("few")}${first.text}<|im_end|>\n${user("Who are you?")}`;
    const { nCached } = await askTwice(crowded, next);
    expect(nCached).toBeGreaterThanOrEqual(first.nPrompt - 4);
  });
});

describe("a model with a sliding window", () => {
  const path = join(folder, "window.gguf");
  beforeAll(() => writeTinyMemory(path, { kind: "windowed", vocabularyOf: tinyPath, seed: 5 }));
  const memoryOf = (engine: EngineInProcess) => engine.info.memory.context;

  test("keeps its windows only, unless all of its context is asked for", async () => {
    const windowed = load(path);
    const full = load(path, { context: { swa_full: true } });
    expect(memoryOf(windowed)).toBeLessThan(memoryOf(full));
    const chat = system + user("Hello");
    expect((await ask(windowed, chat)).text).toBe((await ask(full, chat)).text);
    expect((await ask(full, `${system}Well`)).nCached).toBeGreaterThan(30);
  });

  test("keeps all where the windows would take as much", () => {
    const sizes = { nCtx: 256, nParallel: 4 };
    const full = load(path, { ...sizes, context: { swa_full: true } });
    expect(memoryOf(load(path, sizes))).toBe(memoryOf(full));
  });
});

test("a conversation about a picture comes back from the host's memory", async () => {
  const mmprojPath = join(assets, "tiny-mmproj.gguf");
  const engine = load(tinyPath, { nCtx: 256, nParallel: 1, mmprojPath });
  const picture = (colour: keyof typeof colours) =>
    pngOf({ shape: "circle", colour: colours[colour], background: colours.white });
  const look = (colour: keyof typeof colours, more: Partial<GenerateRequest> = {}) => {
    const parts = [system.repeat(2), Uint8Array.fromBase64(picture(colour)), user("What is it?")];
    return ask(engine, "", { prompt: { type: "text", parts }, ...more });
  };
  const first = await look("red");
  await ask(engine, system.replace("many", "old").repeat(4));
  await ask(engine, system.replace("many", "new").repeat(4));
  const again = await look("red");
  expect(again.nCached).toBe(first.nPrompt - 1);
  expect(again.text).toBe(first.text);
  const other = await look("blue");
  expect(other.nCached).toBeLessThan(first.nPrompt - 10);
  expect(other.text).toBe((await look("blue", { cachePrompt: false })).text);
});
