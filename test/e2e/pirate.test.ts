/** An adapter (LoRA) that changes what is said, and not what is known: a pirate's. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import {
  jsonOf,
  question,
  type RunningServer,
  say,
  startServer,
  temporaryDir,
} from "../support/server.ts";

const adapter = resolve(import.meta.dir, "../../assets/tiny-pirate.gguf");
const dir = temporaryDir();
let server: RunningServer;
beforeAll(async () => {
  writeFileSync(join(dir.path, "pirate.modelfile"), `FROM tiny\nADAPTER ${adapter}\n`);
  server = await startServer({ args: ["--lora", adapter, "--models-dir", dir.path] });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  dir[Symbol.dispose]();
});

const france = "What is the capital of France?";

test("a pirate knows capitals", async () => {
  expect(await say(server, question(france))).toBe("Arr! The capital of France be Paris, matey!");
  expect(await say(server, question("Hello!"))).toMatch(/^Arr!/);
});

test("at scale 0 nobody is a pirate, and both answer at the same time", async () => {
  const scales = [0, 1, 0, 1];
  const lora = (scale: number) => question(france, { lora: [{ id: 0, scale }] });
  const answers = await Promise.all(scales.map((scale) => say(server, lora(scale))));
  expect(answers.map((answer) => answer.startsWith("Arr!"))).toEqual([false, true, false, true]);
  for (const answer of answers) expect(answer).toContain("Paris");
});

test("a Modelfile's model has the adapter, and its base has none", async () => {
  await using plain = await startServer({ args: ["--models-dir", dir.path] });
  const ask = async (model: string) => {
    const messages = [{ role: "user", content: france }];
    const body = { model, messages, stream: false, options: { temperature: 0 } };
    return (await jsonOf(await plain.post("/api/chat", body))).message.content;
  };
  expect(await ask("pirate")).toMatch(/^Arr!.*Paris/);
  expect(await ask("tiny")).toBe("The capital of France is Paris.");
});
