import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { json, lines } from "../../support/fake-engine.ts";
import { colours, pngOf } from "../../support/pictures.ts";
import { type RunningServer, startServer } from "../../support/server.ts";

/**
 * Every request of the seed document on Ollama's API (December 2023), as it stands there, sent as
 * `curl -d` does: without a JSON content type. Its picture is cut off in the document, so another
 * one is sent; so are `llama2` and the others, which are `tiny` here under their names.
 */
let server: RunningServer;

const curl = (path: string, body: unknown, method = "POST") =>
  fetch(server.url + path, {
    method,
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: JSON.stringify(body),
  });

/** What answers have that a test looks into; the rest is judged whole. */
interface Answer {
  response: string;
  done_reason: string;
  message: { content: string };
  models: { name: string }[];
  modelfile: string;
  template: string;
  system: string;
  details: object;
  embedding: number[];
}
const answerOf = (response: Response) => json<Answer>(response);
const picture = pngOf({ shape: "circle", colour: colours.red, background: colours.white });
const durations = {
  total_duration: expect.any(Number),
  load_duration: expect.any(Number),
  prompt_eval_count: expect.any(Number),
  prompt_eval_duration: expect.any(Number),
  eval_count: expect.any(Number),
  eval_duration: expect.any(Number),
};
const context = expect.arrayContaining([expect.any(Number)]);

beforeAll(async () => {
  server = await startServer({ args: ["-t", "1"] });
  for (const name of ["llama2", "llama2:13b", "llava", "mistral", "mattw/pygmalion"]) {
    const made = await curl("/api/create", { name, modelfile: "FROM tiny", stream: false });
    expect(await made.json()).toEqual({ status: "success" });
  }
});
afterAll(() => server[Symbol.asyncDispose]());

describe("Generate a completion", () => {
  const sky = { model: "llama2", prompt: "Why is the sky blue?" };

  test("streams objects, the last one with figures and the context", async () => {
    const objects = await lines(await curl("/api/generate", sky));
    expect(objects.length).toBeGreaterThan(1);
    expect(objects[0]).toMatchObject({ model: "llama2", done: false });
    expect(objects.at(-1)).toMatchObject({ response: "", done: true, context, ...durations });
  });

  test("no streaming", async () => {
    const answer = await answerOf(await curl("/api/generate", { ...sky, stream: false }));
    expect(answer).toMatchObject({ model: "llama2", done: true, context, ...durations });
    expect(answer.response).toBeString();
  });

  test("with images", async () => {
    const asked = { model: "llava", prompt: "What is in this picture?", stream: false };
    const answer = await curl("/api/generate", { ...asked, images: [picture] });
    expect(await answer.json()).toMatchObject({ model: "llava", done: true, context });
  });

  test("raw mode", async () => {
    const prompt = "[INST] why is the sky blue? [/INST]";
    const asked = { model: "mistral", prompt, raw: true, stream: false };
    const answer = await answerOf(await curl("/api/generate", asked));
    expect(answer).toMatchObject({ model: "mistral", done: true, ...durations });
  });

  test("JSON mode", async () => {
    const prompt = "What color is the sky at different times of the day? Respond using JSON";
    const options = { temperature: 0, num_predict: 400 };
    const asked = { model: "llama2", prompt, format: "json", stream: false, options };
    const { response, done_reason } = await answerOf(await curl("/api/generate", asked));
    expect(response).toStartWith("{");
    if (done_reason === "stop") expect(JSON.parse(response)).toBeObject();
  });

  test("with every option that there is", async () => {
    const options = {
      num_keep: 5,
      seed: 42,
      num_predict: 100,
      top_k: 20,
      top_p: 0.9,
      tfs_z: 0.5,
      typical_p: 0.7,
      repeat_last_n: 33,
      temperature: 0.8,
      repeat_penalty: 1.2,
      presence_penalty: 1.5,
      frequency_penalty: 1.0,
      mirostat: 1,
      mirostat_tau: 0.8,
      mirostat_eta: 0.6,
      penalize_newline: true,
      stop: ["\n", "user:"],
      numa: false,
      num_ctx: 1024,
      num_batch: 2,
      num_gqa: 1,
      num_gpu: 1,
      main_gpu: 0,
      low_vram: false,
      f16_kv: true,
      logits_all: false,
      vocab_only: false,
      use_mmap: true,
      use_mlock: false,
      embedding_only: false,
      rope_frequency_base: 1.1,
      rope_frequency_scale: 0.8,
      num_thread: 8,
    };
    const answer = await curl("/api/generate", { ...sky, stream: false, options });
    expect(await answer.json()).toMatchObject({ model: "llama2", done: true, ...durations });
    expect(server.output()).toContain("tfs_z");
  });
});

describe("Generate a chat completion", () => {
  const asked = { role: "user", content: "why is the sky blue?" };
  const more = [
    { role: "assistant", content: "due to rayleigh scattering." },
    { role: "user", content: "how is that different than mie scattering?" },
  ];
  const seen = [{ role: "user", content: "what is in this image?", images: [picture] }];

  test.each([
    ["a message", [asked]],
    ["with history", [asked, ...more]],
    ["with images", seen],
  ])("%s", async (_, messages) => {
    const objects = await lines(await curl("/api/chat", { model: "llama2", messages }));
    expect(objects[0]).toMatchObject({ message: { role: "assistant" } });
    expect(objects.at(-1)).toMatchObject({ model: "llama2", done: true, ...durations });
  });
});

describe("Models", () => {
  const names = async (): Promise<string[]> => {
    const { models } = await answerOf(await fetch(`${server.url}/api/tags`));
    return models.map(({ name }) => name);
  };

  test("create", async () => {
    const modelfile = "FROM llama2\nSYSTEM You are mario from Super Mario Bros.";
    const objects = await lines(await curl("/api/create", { name: "mario", modelfile }));
    expect(objects[0]).toEqual({ status: "parsing modelfile" });
    expect(objects.at(-1)).toEqual({ status: "success" });
    const shown = await answerOf(await curl("/api/show", { name: "mario" }));
    expect(shown.system).toBe("You are mario from Super Mario Bros.");
    expect(await names()).toContain("mario:latest");
  });

  test("create remotely: a blob first, then a Modelfile that names it", async () => {
    const file = await Bun.file(join(import.meta.dir, "../../../assets/tiny-text.gguf")).bytes();
    const digest = `sha256:${createHash("sha256").update(file).digest("hex")}`;
    const blob = `${server.url}/api/blobs/${digest}`;
    const sent = await fetch(blob, { method: "POST", body: file });
    expect(sent.status).toBeOneOf([200, 201]);
    expect((await fetch(blob, { method: "HEAD" })).status).toBe(200);
    const modelfile = `FROM @${digest}\nPARAMETER temperature 0`;
    const made = await curl("/api/create", { name: "remote", modelfile, stream: false });
    expect(await made.json()).toEqual({ status: "success" });
    const messages = [{ role: "user", content: "What is the capital of France?" }];
    const said = await curl("/api/chat", { model: "remote", messages, stream: false });
    expect((await answerOf(said)).message.content).toContain("Paris");
  });

  test("a blob that is not there", async () => {
    const digest = "sha256:29fdb92e57cf0827ded04ae6461b5931d01fa595843f55d36f5b275a52087dd2";
    const response = await fetch(`${server.url}/api/blobs/${digest}`, { method: "HEAD" });
    expect(response.status).toBe(404);
  });

  test("list", async () => {
    const { models } = await answerOf(await fetch(`${server.url}/api/tags`));
    expect(models).toContainEqual(
      expect.objectContaining({
        name: "llama2:13b",
        modified_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
        size: expect.any(Number),
      }),
    );
  });

  test("show", async () => {
    const shown = await answerOf(await curl("/api/show", { name: "llama2" }));
    expect(shown.modelfile).toContain("FROM ");
    expect(shown.template).toBeString();
    expect(shown.details).toMatchObject({
      format: "gguf",
      families: expect.arrayContaining(["clip"]),
      parameter_size: expect.any(String),
      quantization_level: expect.any(String),
    });
  });

  test("copy", async () => {
    const both = { source: "llama2", destination: "llama2-backup" };
    const response = await curl("/api/copy", both);
    expect([response.status, await response.text()]).toEqual([200, ""]);
    expect(await names()).toContain("llama2-backup:latest");
  });

  test("delete", async () => {
    const response = await curl("/api/delete", { name: "llama2:13b" }, "DELETE");
    expect([response.status, await response.text()]).toEqual([200, ""]);
    expect(await names()).not.toContain("llama2:13b");
    expect(await names()).toContain("llama2:latest");
  });
});

test("Generate embeddings", async () => {
  const prompt = "Here is an article about llamas...";
  const { embedding } = await answerOf(await curl("/api/embeddings", { model: "llama2", prompt }));
  expect(embedding.length).toBeGreaterThan(1);
  expect(embedding.every(Number.isFinite)).toBe(true);
});
