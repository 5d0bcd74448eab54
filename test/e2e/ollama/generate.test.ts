import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import type { GenerateResponse } from "../../../src/http/ollama/generate-schema.ts";
import { lines } from "../../support/fake-engine.ts";
import { writeUnskilledModel } from "../../support/float-models.ts";
import { colours, pngOf } from "../../support/pictures.ts";
import { type RunningServer, startServer, temporaryDir, until } from "../../support/server.ts";

/** Ollama's own black-box cases for /api/generate, named as there; the facts: reference §6. */
let server: RunningServer;
const dir = temporaryDir();
beforeAll(async () => {
  writeUnskilledModel(join(dir.path, "unskilled.gguf"));
  server = await startServer({ args: ["-t", "1", "--models-dir", dir.path] });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  dir[Symbol.dispose]();
});

const path = "/api/generate";
const france = "What is the capital of France?";
const paris = "The capital of France is Paris.";
const greedy = { model: "tiny", options: { temperature: 0 } };

const stream = async (body: object) =>
  (await lines(await server.post(path, { ...greedy, ...body }))) as GenerateResponse[];
const answer = async (body: object) => {
  const response = await server.post(path, { ...greedy, stream: false, ...body });
  return (await response.json()) as GenerateResponse;
};
const failure = async (body: object) => {
  const response = await server.post(path, { ...greedy, ...body });
  return [response.status, ((await response.json()) as { error: string }).error];
};
const textOf = (all: GenerateResponse[]) => all.map(({ response }) => response).join("");

const finals = {
  done: true,
  done_reason: "stop",
  total_duration: expect.any(Number),
  load_duration: expect.any(Number),
  prompt_eval_count: expect.any(Number),
  prompt_eval_duration: expect.any(Number),
  eval_count: expect.any(Number),
  eval_duration: expect.any(Number),
  context: expect.arrayContaining([expect.any(Number)]),
};

describe("api-generate", () => {
  test("stream", async () => {
    const all = await stream({ prompt: france });
    expect(all.length).toBeGreaterThan(2);
    expect(textOf(all)).toBe(paris);
    expect(all.at(-1)).toMatchObject({ response: "", ...finals });
    for (const one of all.slice(0, -1)) {
      expect(one).toEqual({
        model: "tiny",
        created_at: expect.any(String),
        response: expect.any(String),
        done: false,
      });
    }
  });

  test("no_stream", async () => {
    expect(await answer({ prompt: france })).toMatchObject({ response: paris, ...finals });
  });

  test("the durations add up", async () => {
    const one = (await answer({ prompt: france })) as Required<GenerateResponse>;
    const parts = one.load_duration + one.prompt_eval_duration + one.eval_duration;
    expect(parts).toBeLessThanOrEqual(one.total_duration);
    expect(one.eval_duration).toBeGreaterThan(0);
  });
});

test("generate-history", async () => {
  const first = (await answer({ prompt: france })) as Required<GenerateResponse>;
  const second = await answer({ prompt: "What is the capital of Italy?", context: first.context });
  expect(second.response).toBe("The capital of Italy is Rome.");
  expect(second.context?.slice(0, first.context.length)).toEqual(first.context);
  expect(second.prompt_eval_count).toBeGreaterThan(first.context.length);
});

test("parallel-generate-history", async () => {
  const countries = { France: "Paris", Italy: "Rome", Japan: "Tokyo", Spain: "Madrid" };
  const converse = async ([country, capital]: [string, string]) => {
    const first = await answer({ prompt: `What is the capital of ${country}?` });
    expect(first.response).toContain(capital);
    const again = await answer({ prompt: france, context: first.context });
    expect(again.response).toBe(paris);
  };
  const all = Object.entries(countries);
  await Promise.all([...all, ...all].map(converse));
});

test("blue-sky", async () => {
  expect((await answer({ prompt: "What colour is the sky?" })).response).toMatch(/blue/i);
});

test("unicode-input and unicode-output: characters are never split", async () => {
  const words = "漢字 ñ é 🙂 ¿qué?";
  const options = { temperature: 0, grammar: `root ::= "${words}"` };
  const all = await stream({ prompt: `Say ${words}`, options });
  expect(textOf(all)).toBe(words);
  expect(all.length).toBeGreaterThan(5);
  for (const { response } of all) expect(response).not.toContain("\ufffd");
});

test("num-predict", async () => {
  const options = { temperature: 0, num_predict: 3 };
  const all = await stream({ prompt: france, options, logprobs: true });
  const entries = all.flatMap(({ logprobs = [] }) => logprobs);
  expect(entries).toHaveLength(3);
  expect(all.at(-1)).toMatchObject({ done_reason: "length", eval_count: 3 });
});

test("generate-logprobs", async () => {
  const one = await answer({ prompt: france, logprobs: true, top_logprobs: 3 });
  const { logprobs = [] } = one;
  expect(logprobs.map(({ token }) => token).join("")).toBe(paris);
  for (const { token, logprob, bytes, top_logprobs: top = [] } of logprobs) {
    expect(logprob).toBeLessThanOrEqual(0);
    expect(bytes).toEqual([...new TextEncoder().encode(token)]);
    expect(top.length).toBeLessThanOrEqual(3);
    const sorted = top.map((other) => other.logprob).sort((a, b) => b - a);
    expect(top.map((other) => other.logprob)).toEqual(sorted);
  }
  expect(await answer({ prompt: france })).not.toHaveProperty("logprobs");
});

describe("context-long-input", () => {
  const prompt = "Oh, my! ".repeat(300);

  test("is cut by default, and that is told", async () => {
    const options = { temperature: 0, num_ctx: 128, num_predict: 5 };
    const one = await answer({ prompt, options });
    expect(one).toMatchObject({ done: true, context_length: 128, prompt_eval_count: 64 });
    expect(one.prompt_tokens_dropped).toBeGreaterThan(1000);
  });

  test("is refused with truncate false", async () => {
    const body = { prompt, options: { num_ctx: 128 }, truncate: false };
    expect(await failure(body)).toEqual([400, expect.stringMatching(/^the prompt is longer than/)]);
  });
});

describe("context-exhaustion", () => {
  const options = { temperature: 0, num_ctx: 128, num_predict: 300, ignore_eos: true };

  test("the context is shifted, and that is told", async () => {
    const all = await stream({ prompt: france, options });
    expect(all.at(-1)).toMatchObject({ done_reason: "length", eval_count: 300, truncated: true });
    expect(all.at(-1)?.tokens_shifted).toBeGreaterThan(150);
  });

  test("shift false: the answer ends", async () => {
    const one = (await answer({
      prompt: france,
      options,
      shift: false,
    })) as Required<GenerateResponse>;
    expect(one).toMatchObject({ done_reason: "length", truncated: true });
    expect(one.prompt_eval_count + one.eval_count).toBe(128);
    expect(one).not.toHaveProperty("tokens_shifted");
  });

  test("num_predict -2 fills the context", async () => {
    const fills = { ...options, num_predict: -2 };
    const one = (await answer({ prompt: france, options: fills })) as Required<GenerateResponse>;
    expect(one.prompt_eval_count + one.eval_count).toBe(128);
  });
});

describe("TestGenerate", () => {
  test("missing body", async () => {
    const response = await server.post(path, "");
    expect([response.status, await response.json()]).toEqual([
      400,
      { error: "missing request body" },
    ]);
  });

  test("missing model", async () => {
    expect(await failure({ model: "nope" })).toEqual([404, "model 'nope' not found"]);
    expect(await failure({ model: "a/b/c/d:e" })).toEqual([404, "model 'a/b/c/d:e' not found"]);
  });

  test("missing capabilities: suffix, thinking", async () => {
    const unskilled = { model: "unskilled", prompt: "a" };
    const insert = "registry.ollama.ai/library/unskilled:latest does not support insert";
    expect(await failure({ ...unskilled, suffix: "b" })).toEqual([400, insert]);
    const thinking = '"unskilled" does not support thinking';
    expect(await failure({ ...unskilled, think: true })).toEqual([400, thinking]);
    await answer({ model: "unskilled", keep_alive: 0 });
    expect((await answer({ prompt: france, think: false })).response).toBe(paris);
  });

  test("load model", async () => {
    const loaded = { response: "", done: true, done_reason: "load" };
    expect(await answer({ prompt: "" })).toMatchObject(loaded);
    const streamed = await server.post(path, { model: "tiny" });
    expect(streamed.headers.get("content-type")).toStartWith("application/json");
    expect(await streamed.json()).toMatchObject(loaded);
  });

  test("a bad template is an error", async () => {
    const failed = await failure({ prompt: france, template: "{{ .Prompt" });
    expect(failed).toEqual([400, expect.stringContaining("template error")]);
  });

  test("raw", async () => {
    const prompt = `<|im_start|>user\n${france}<|im_end|>\n<|im_start|>assistant\n`;
    const one = await answer({ prompt, raw: true });
    expect(one.response).toBe(paris);
    expect(one).not.toHaveProperty("context");
    const refused = "raw mode does not support template, system, or context";
    expect(await failure({ prompt, raw: true, template: "{{ .Prompt }}" })).toEqual([400, refused]);
  });

  test("format json, and a schema", async () => {
    const options = { temperature: 0, num_predict: 200 };
    const schema = {
      type: "object",
      properties: { capital: { enum: ["Paris", "Rome"] } },
      required: ["capital"],
    };
    const one = await answer({ prompt: france, format: schema, options });
    expect(JSON.parse(one.response)).toEqual({ capital: expect.stringMatching(/Paris|Rome/) });
    const xml = 'invalid format: "xml"; expected "json" or a valid JSON Schema object';
    expect(await failure({ prompt: france, format: "xml" })).toEqual([400, xml]);
  });

  test("a grammar, beyond Ollama", async () => {
    const options = { temperature: 0, grammar: 'root ::= "Paris" | "Rome"' };
    expect((await answer({ prompt: france, options })).response).toMatch(/^(Paris|Rome)$/);
  });
});

test("TestGenerateUnload", async () => {
  await answer({ prompt: "" });
  const gone = await server.post(path, { model: "tiny", keep_alive: 0 });
  expect(await gone.json()).toMatchObject({ response: "", done: true, done_reason: "unload" });
  await until("the engine has ended", () => server.engines().length === 0);
  const again = await server.post(path, { model: "tiny", prompt: "", keep_alive: "0s" });
  expect(await again.json()).toMatchObject({ done_reason: "unload" });
  expect(server.engines()).toEqual([]);
  expect((await answer({ prompt: france })).response).toBe(paris);
});

test("TestGenerateWithImages", async () => {
  const image = pngOf({ shape: "circle", colour: colours.red, background: colours.white });
  const prompt = "What colour is the circle?";
  expect((await answer({ prompt, images: [image] })).response).toMatch(/red/i);
  expect(await failure({ prompt, images: ["bm90IGEgcGljdHVyZQ=="] })).toEqual([
    400,
    expect.stringContaining("images[0]"),
  ]);
});

describe("GenerateDebugRenderOnly", () => {
  const shown = async (body: object) => {
    const response = await server.post(path, { ...greedy, ...body, _debug_render_only: true });
    const { _debug_info } = (await response.json()) as GenerateResponse;
    return _debug_info ?? { rendered_template: "", image_count: -1 };
  };

  test("system and prompt, as the template has them", async () => {
    const { rendered_template: text } = await shown({ system: "Be brief.", prompt: "Hi" });
    expect(text).toMatch(/system\nBe brief\.[\s\S]*user\nHi<\|im_end\|>\n<\|im_start\|>assistant/);
  });

  test("equals the chat's rendering", async () => {
    const { rendered_template: text } = await shown({ system: "S", prompt: "P" });
    const messages = [
      { role: "system", content: "S" },
      { role: "user", content: "P" },
    ];
    const chat = await server.post("/api/chat", {
      model: "tiny",
      messages,
      _debug_render_only: true,
    });
    const { _debug_info } = (await chat.json()) as GenerateResponse;
    expect(_debug_info?.rendered_template).toBe(text);
  });

  test("[img-N] markers, and an [img] that the user placed", async () => {
    const image = pngOf({ shape: "circle", colour: colours.red, background: colours.white });
    const before = await shown({ prompt: "See?", images: [image, image] });
    expect(before.image_count).toBe(2);
    expect(before.rendered_template).toContain("user\n[img-0][img-1]See?");
    const placed = await shown({ prompt: "See [img]?", images: [image] });
    expect(placed.rendered_template).toContain("user\nSee [img-0]?");
  });

  test("a context comes first", async () => {
    const { context } = await answer({ prompt: france });
    const { rendered_template: text } = await shown({ prompt: "More", context });
    expect(text).toMatch(/^<\|im_start\|>user\nWhat is the capital[\s\S]*Paris\.[\s\S]*user\nMore/);
  });

  test("a template of the request's own, with its system message", async () => {
    const template = "[{{ .System }}] {{ .Prompt }} =";
    const body = { template, system: "S", prompt: "P" };
    expect((await shown(body)).rendered_template).toBe("[S] P =");
  });

  test("a gap, as a template with .Suffix has it", async () => {
    const template = "<PRE> {{ .Prompt }} <SUF>{{ .Suffix }} <MID>";
    const body = { template, prompt: "def add(", suffix: "return c" };
    expect((await shown(body)).rendered_template).toBe("<PRE> def add( <SUF>return c <MID>");
  });

  test("system messages: the request's comes over the model's", async () => {
    const mario = { model: "mario", from: "tiny", system: "You are Mario.", stream: false };
    expect((await server.post("/api/create", mario)).status).toBe(200);
    const own = await shown({ model: "mario", prompt: "Hi" });
    expect(own.rendered_template).toContain("You are Mario.");
    const other = await shown({ model: "mario", prompt: "Hi", system: "You are Luigi." });
    expect(other.rendered_template).toContain("You are Luigi.");
    expect(other.rendered_template).not.toContain("Mario");
  });

  test("what does not fit is left out here, too", async () => {
    const options = { num_ctx: 64 };
    const { rendered_template: text } = await shown({ prompt: "word ".repeat(200), options });
    expect(text.length).toBeLessThan(400);
  });
});
