import { afterAll, beforeAll, expect, test } from "bun:test";
import { statSync } from "node:fs";
import { join, resolve } from "node:path";
import { readGguf } from "../../scripts/gguf/read.ts";
import { writeTinyDraft } from "../../scripts/tiny-draft.ts";
import { tinyMoeShape, writeTinyMoe } from "../../scripts/tiny-moe.ts";
import { run } from "../support/run.ts";
import { type RunningServer, startServer, temporaryDir } from "../support/server.ts";

const dir = temporaryDir();
const tinyPath = resolve(import.meta.dir, "../../assets/tiny-text.gguf");
const moePath = join(dir.path, "moe.gguf");
let server: RunningServer;
beforeAll(async () => {
  writeTinyMoe(moePath, { vocabularyOf: tinyPath });
  server = await startServer({ args: ["-t", "1", "--models-dir", dir.path] });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  dir[Symbol.dispose]();
});

async function post<Answer>(path: string, body: object, to = server): Promise<Answer> {
  const answer = await to.post(path, body);
  expect(answer.status).toBe(200);
  return (await answer.json()) as Answer;
}

interface Shown {
  model_info: Record<string, unknown>;
  details: { family: string };
}

interface Completion {
  content: string;
  generation_settings: Record<string, unknown>;
}

const complete = (model: string, prompt: string, more: object = {}, to = server) =>
  post<Completion>("/completion", { model, prompt, temperature: 0, n_predict: 12, ...more }, to);
/** Random weights end where they like. */
const ofMoe = (prompt: string, to = server) => complete("moe", prompt, { ignore_eos: true }, to);
const ofTiny = (prompt: string, to = server) => complete("tiny", prompt, {}, to);
const texts = (completions: Completion[]) => completions.map(({ content }) => content);
const question = (text: string) => `<|im_start|>user\n${text}<|im_end|>\n<|im_start|>assistant\n`;
const questions = ["What is the capital of France?", "Who are you?", "What is 2 + 3?"].map(
  question,
);

test("a mixture of experts is shown with its experts", async () => {
  const { model_info, details } = await post<Shown>("/api/show", { model: "moe" });
  const { nExpert, nExpertUsed } = tinyMoeShape;
  const sizes = readGguf(moePath).tensors.map(({ shape }) => shape.reduce((a, b) => a * b));
  expect(model_info).toMatchObject({
    "general.architecture": "qwen2moe",
    "general.parameter_count": sizes.reduce((a, b) => a + b),
    "qwen2moe.expert_count": nExpert,
    "qwen2moe.expert_used_count": nExpertUsed,
  });
  expect(details).toMatchObject({ family: "qwen2moe" });
  const { stdout } = await run(["show", "moe", "-v"], { env: { HUTCH_HOST: server.url } });
  expect(stdout).toMatch(new RegExp(`qwen2moe\\.expert_count +${nExpert}\n`));
});

test("a mixture of experts answers several at once as it does each alone", async () => {
  const alone: string[] = [];
  for (const prompt of questions) alone.push((await ofMoe(prompt)).content);
  expect(new Set(alone).size).toBe(questions.length);
  const together = await Promise.all(questions.map((prompt) => ofMoe(prompt)));
  expect(texts(together)).toEqual(alone);
});

test("its experts may stay in the CPU's memory", async () => {
  await using other = await startServer({ args: ["-t", "1", "-m", moePath, "--cpu-moe"] });
  const [prompt = ""] = questions;
  const { content } = await ofMoe(prompt, other);
  expect(content).toBe((await ofMoe(prompt)).content);
});

test("with --model-draft the text is the same", async () => {
  const plain = await Promise.all(questions.map((prompt) => ofTiny(prompt)));
  const known = `${questions[0]}${plain[0]?.content}`;
  const { tokens } = await post<{ tokens: number[] }>("/tokenize", {
    model: "tiny",
    content: known,
  });
  const draftPath = join(dir.path, "draft.gguf");
  writeTinyDraft(draftPath, { vocabularyOf: tinyPath, text: tokens });
  expect(statSync(draftPath).size).toBeLessThan(500_000);
  const drafting = ["--model-draft", draftPath, "--draft-max", "4", "--draft-p-min", "0"];
  await using other = await startServer({ args: ["-t", "1", "-m", tinyPath, ...drafting] });
  const drafted = await Promise.all(questions.map((prompt) => ofTiny(prompt, other)));
  expect(texts(drafted)).toEqual(texts(plain));
  expect(drafted[0]?.generation_settings["speculative.types"]).toBe("draft-simple");
});
