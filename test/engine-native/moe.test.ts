import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeTinyLora } from "../../scripts/tiny-models.ts";
import { tinyMoeShape, writeTinyMoe } from "../../scripts/tiny-moe.ts";
import { expertTensors } from "../../src/core/flags/compute.ts";
import type { LoadOptions, SpeculationOptions } from "../../src/core/load.ts";
import { EngineInProcess } from "../support/engine-in-process.ts";
import { StillEngine } from "../support/still-engine.ts";
import { ask, tinyPath } from "../support/tiny-native.ts";

const folder = mkdtempSync(join(tmpdir(), "hutch-moe-"));
afterAll(() => rmSync(folder, { recursive: true }));
const modelPath = join(folder, "moe.gguf");
beforeAll(() => writeTinyMoe(modelPath, { vocabularyOf: tinyPath }));

const load = (options: LoadOptions = {}) =>
  new EngineInProcess({ modelPath, nCtx: 1024, nParallel: 4, kvUnified: true, ...options });
const sampling = { temperature: 0, ignoreEos: true };
const questions = ["What is the capital of France?", "Who are you?", "What is 2 + 3?"].map(ask);
/** Few tokens: random weights make near-equal logits in the long run. */
const nPredict = 12;
const write = (engine: EngineInProcess, text: string) => engine.write(text, { sampling, nPredict });

test("the same arguments give the same small file", () => {
  const again = join(folder, "again.gguf");
  writeTinyMoe(again, { vocabularyOf: tinyPath });
  const bytes = readFileSync(again);
  expect(bytes.equals(readFileSync(modelPath))).toBe(true);
  expect(bytes.length).toBeLessThan(1_000_000);
});

describe("a mixture of experts", () => {
  let engine: EngineInProcess;
  beforeAll(() => {
    engine = load();
  });

  test("generates, and to each question something else", async () => {
    const texts: string[] = [];
    for (const question of questions) texts.push(await write(engine, question));
    expect(texts.every((text) => text !== "")).toBe(true);
    expect(new Set(texts).size).toBe(questions.length);
  });

  test("answers several at once as it does each alone", async () => {
    const alone: string[] = [];
    for (const question of questions) alone.push(await write(engine, question));
    const fresh = load();
    const together = await Promise.all(questions.map((question) => write(fresh, question)));
    expect(together).toEqual(alone);
  });

  test("goes on where a prompt was before", async () => {
    const ask = async (cachePrompt: boolean, text: string) => {
      const prompt = { type: "text" as const, parts: [text] };
      const events = await engine.generate({ prompt, sampling, nPredict, cachePrompt });
      const said = events.map((event) => (event.type === "text" ? event.text : "")).join("");
      const done = events.find((event) => event.type === "done");
      return { said, nCached: done?.nCached ?? -1, nPrompt: done?.nPrompt ?? -1 };
    };
    const first = await ask(true, questions[0] ?? "");
    const next = `${questions[0]}${first.said}<|im_end|>\n${questions[1]}`;
    const reused = await ask(true, next);
    expect(reused.nCached).toBeGreaterThanOrEqual(first.nPrompt - 4);
    expect((await ask(false, next)).said).toBe(reused.said);
  });

  test("says what a LoRA adapter for its attention makes it say", async () => {
    const loraPath = join(folder, "lora.gguf");
    writeTinyLora(loraPath, { modelPath });
    const adapted = load({ lora: [{ path: loraPath, scale: 1 }] });
    expect(await write(adapted, questions[0] ?? "")).not.toBe(
      await write(engine, questions[0] ?? ""),
    );
  });
});

describe("its experts", () => {
  test.each([1, tinyMoeShape.nExpert])("count: with %d in use it says other things", async (n) => {
    const other = load({ model: { override_kv: [`qwen2moe.expert_used_count=int:${n}`] } });
    const [question = ""] = questions;
    expect(await write(other, question)).not.toBe(await write(load(), question));
  });

  test("can be placed by themselves", async () => {
    const placed = load({ model: { override_tensor: [`${expertTensors}=CPU`] } });
    const [question = ""] = questions;
    expect(await write(placed, question)).toBe(await write(load(), question));
  });

  test("are as many in a small micro batch as in a large one", async () => {
    const long = `${questions.join("\n")}\n`.repeat(4);
    expect(await write(load({ nUbatch: 8 }), long)).toBe(await write(load(), long));
  });
});

test("speculation leaves its text as it is", () => {
  const still = (speculation: SpeculationOptions) =>
    new StillEngine({ modelPath, nCtx: 1024, nParallel: 4, nCtxSeq: 256, speculation });
  using plain = still({ types: ["none"] });
  using looking = still({ types: ["prompt-lookup"] });
  // Long enough to come upon words again that it has said already.
  const request = { sampling, nPredict: 80 };
  const nAccepted = questions.map((text) => {
    const [expected, written] = [plain, looking].flatMap((e) => e.write([{ text, request }]));
    expect(written?.text).toBe(expected?.text);
    return written?.nAccepted ?? 0;
  });
  expect(Math.max(...nAccepted)).toBeGreaterThan(0);
});
