import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import {
  tinyEncoderShape,
  writeTinyControlVector,
  writeTinyEncoder,
  writeTinyLora,
} from "../../../scripts/tiny-models.ts";
import {
  complete,
  failure,
  get,
  post,
  ready,
  startLlamaServer,
  tinyModel,
} from "../../support/llamacpp.ts";
import { type RunningServer, startServer, temporaryDir, until } from "../../support/server.ts";

const folder = temporaryDir();
const file = (name: string) => join(folder.path, name);
const adapters = [file("first.gguf"), file("second.gguf")] as const;

beforeAll(() => {
  writeTinyEncoder(file("encoder.gguf"), { pooling: "cls" });
  writeTinyEncoder(file("reranker.gguf"), { pooling: "rank" });
  writeTinyLora(adapters[0], { modelPath: tinyModel, seed: 1, taskName: "first" });
  writeTinyLora(adapters[1], { modelPath: tinyModel, seed: 2 });
  writeTinyControlVector(file("control.gguf"), { nEmbd: 192, nLayer: 6 });
});
afterAll(() => folder[Symbol.dispose]());

const norm = (vector: number[]) => Math.hypot(...vector);
const distance = (a: number[], b: number[]) => norm(a.map((x, i) => x - (b[i] ?? 0)));

interface OpenAiEmbeddings {
  data: { index: number; embedding: number[] }[];
  usage: { prompt_tokens: number; total_tokens: number };
}
type NativeEmbeddings = { index: number; embedding: number[][] }[];

describe("embeddings", () => {
  const start = (...args: string[]) =>
    startLlamaServer({ args: ["-m", file("encoder.gguf"), "--embedding", ...args] });

  test("of many inputs in one request are those of each alone, in order", async () => {
    await using server = await start("--parallel", "3");
    const inputs = Array.from({ length: 17 }, (_, i) => `text number ${"x".repeat(i % 5)} ${i}`);
    const { data, usage } = await post<OpenAiEmbeddings>(server, "/v1/embeddings", {
      input: inputs,
    });
    expect(data.map(({ index }) => index)).toEqual(inputs.map((_, i) => i));
    expect(usage.prompt_tokens).toBeGreaterThan(inputs.length * 2);
    for (const i of [0, 7, 16]) {
      const alone = await post<OpenAiEmbeddings>(server, "/v1/embeddings", { input: inputs[i] });
      expect(distance(alone.data[0]?.embedding ?? [], data[i]?.embedding ?? [])).toBeLessThan(1e-3);
    }
    expect(data[0]?.embedding).toHaveLength(tinyEncoderShape.nEmbd);
    expect(norm(data[0]?.embedding ?? [])).toBeCloseTo(1, 4);
    expect(distance(data[0]?.embedding ?? [], data[1]?.embedding ?? [])).toBeGreaterThan(1e-3);
  });

  test.each(["mean", "cls", "last"])("pooling %s gives one vector", async (pooling) => {
    await using server = await start("--pooling", pooling);
    const [only] = await post<NativeEmbeddings>(server, "/embedding", { content: "some words" });
    expect(only?.embedding).toHaveLength(1);
    expect(norm(only?.embedding[0] ?? [])).toBeCloseTo(1, 4);
  });

  test("pooling none gives one per token, not normalised; OpenAI's route refuses it", async () => {
    await using server = await start("--pooling", "none");
    const content = "some words";
    const { tokens } = await post<{ tokens: number[] }>(server, "/tokenize", {
      content,
      add_special: true,
    });
    const [only] = await post<NativeEmbeddings>(server, "/embedding", { content });
    expect(only?.embedding).toHaveLength(tokens.length);
    expect(await failure(server, "/v1/embeddings", { input: content })).toMatchObject({
      status: 400,
    });
  });

  test("normalisation and base64", async () => {
    await using server = await start();
    const embed = async (more: object) =>
      (await post<NativeEmbeddings>(server, "/embedding", { content: "words", ...more }))[0]
        ?.embedding[0] ?? [];
    const raw = await embed({ embd_normalize: -1 });
    expect(norm(raw)).not.toBeCloseTo(1, 3);
    const largest = Math.max(...(await embed({ embd_normalize: 0 })).map(Math.abs));
    expect(largest).toBeCloseTo(32_760, 0);
    const taxicab = await embed({ embd_normalize: 1 });
    expect(taxicab.reduce((sum, x) => sum + Math.abs(x), 0)).toBeCloseTo(1, 4);
    const { data } = await post<{ data: { embedding: string }[] }>(server, "/v1/embeddings", {
      input: "words",
      encoding_format: "base64",
    });
    const bytes = Uint8Array.fromBase64(data[0]?.embedding ?? "");
    const floats = [...new Float32Array(bytes.buffer)];
    expect(distance(floats, await embed({}))).toBeLessThan(1e-6);
  });

  test.each([
    ["no input", {}],
    ["an empty list", { input: [] }],
    ["a number", { input: 7 }],
    ["an unknown format", { input: "x", encoding_format: "hex" }],
    ["a token beyond the vocabulary", { input: [[1, 999_999]] }],
  ])("%s is a 400", async (_, body) => {
    await using server = await start();
    expect(await failure(server, "/v1/embeddings", body)).toMatchObject({ status: 400 });
    expect((await server.post("/v1/embeddings", { input: "fine" })).status).toBe(200);
  });

  test("an encoder does not generate", async () => {
    await using server = await start();
    expect(await failure(server, "/completion", { prompt: "x" })).toMatchObject({
      status: 501,
      type: "not_supported_error",
    });
  });

  test("a model that chats embeds as well under `hutch serve`", async () => {
    await using server = await startServer();
    const { data } = await post<OpenAiEmbeddings>(server, "/v1/embeddings", {
      model: "tiny",
      input: ["a cat", "a dog", "a cat"],
    });
    const [cat = [], dog = [], again = []] = data.map(({ embedding }) => embedding);
    expect([cat.length, norm(cat).toFixed(3)]).toEqual([192, "1.000"]);
    expect(distance(cat, again)).toBeLessThan(1e-4);
    expect(distance(cat, dog)).toBeGreaterThan(0.05);
  });
});

describe("reranking", () => {
  let server: RunningServer;
  beforeAll(async () => {
    server = await startLlamaServer({ args: ["-m", file("reranker.gguf"), "--reranking"] });
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const query = "what is a panda";
  const documents = ["it is a bear", "hi", "the giant panda is a bear of china", "none"];
  interface Ranked {
    results: { index: number; relevance_score: number }[];
    usage: { prompt_tokens: number };
  }

  test("sorts documents by score, the best first", async () => {
    const { results, usage } = await post<Ranked>(server, "/v1/rerank", { query, documents });
    expect(results.map(({ index }) => index).sort()).toEqual([0, 1, 2, 3]);
    const scores = results.map(({ relevance_score: score }) => score);
    expect(scores).toEqual([...scores].sort((a, b) => b - a));
    expect(new Set(scores).size).toBe(4);
    expect(usage.prompt_tokens).toBeGreaterThan(20);
    const top = await post<Ranked>(server, "/rerank", { query, documents, top_n: 2 });
    expect(top.results).toEqual(results.slice(0, 2));
    const [alone] = (
      await post<Ranked>(server, "/v1/reranking", { query, documents: [documents[2]] })
    ).results;
    const together = results.find(({ index }) => index === 2);
    expect(alone?.relevance_score).toBeCloseTo(together?.relevance_score ?? 0, 3);
  });

  test("TEI's form", async () => {
    const ranked = await post<{ index: number; score: number; text: string }[]>(
      server,
      "/reranking",
      { query, texts: documents, return_text: true },
    );
    expect(ranked.map(({ index, text }) => documents[index] === text)).toEqual(
      Array.from({ length: 4 }, () => true),
    );
  });

  test.each([
    ["no query", { documents }],
    ["no documents", { query }],
    ["an empty list", { query, documents: [] }],
    ["documents that are no texts", { query, documents: [1, 2] }],
  ])("%s is a 400", async (_, body) => {
    expect(await failure(server, "/rerank", body)).toMatchObject({ status: 400 });
  });
});

describe("LoRA adapters", () => {
  let server: RunningServer;
  beforeAll(async () => {
    server = await startLlamaServer({
      args: ["--lora", adapters.join(","), "--lora-init-without-apply", "-np", "4"],
    });
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const ask = async (lora?: { id: number; scale: number }[]) => {
    // Few tokens: after more, random weights come to a tie, which goes by where the cells lie.
    const more = { cache_prompt: false, n_predict: 5, ...(lora && { lora }) };
    return (await complete(server, "Once upon a time", more)).content;
  };

  test("are listed, and set for all requests", async () => {
    type Listed = { id: number; path: string; scale: number; task_name: string }[];
    const listed = await get<Listed>(server, "/lora-adapters");
    expect(listed.map(({ id, path, scale }) => [id, path, scale])).toEqual([
      [0, adapters[0], 0],
      [1, adapters[1], 0],
    ]);
    expect(listed[0]?.task_name).toBe("first");
    const plain = await ask();
    await post<object>(server, "/lora-adapters", [{ id: 1, scale: 1 }]);
    const second = await ask();
    expect(second).toBe(await ask([{ id: 1, scale: 1 }]));
    expect(second).not.toBe(plain);
    await post<object>(server, "/lora-adapters", []);
    expect(await ask()).toBe(plain);
  });

  test("of requests that run together are not mixed", async () => {
    const sets = [
      [],
      [{ id: 0, scale: 1 }],
      [{ id: 1, scale: 1 }],
      [
        { id: 0, scale: 0.5 },
        { id: 1, scale: 1 },
      ],
    ];
    const alone: string[] = [];
    for (const set of sets) alone.push(await ask(set));
    expect(new Set(alone).size).toBe(4);
    const order = [0, 1, 2, 3, 2, 1, 0, 3];
    const together = await Promise.all(order.map((i) => ask(sets[i])));
    expect(together).toEqual(order.map((i) => alone[i] ?? ""));
  });

  test("a cached prefix is not shared between different adapters", async () => {
    const prompt = "The little hedgehog walked through the forest and met";
    const plain = await complete(server, prompt);
    const adapted = await complete(server, prompt, { lora: [{ id: 0, scale: 1 }] });
    expect(adapted.timings.cache_n).toBe(0);
    expect(adapted.content).not.toBe(plain.content);
  });

  test("an adapter that is not there, or for another model, is an error", async () => {
    expect(await failure(server, "/lora-adapters", [{ id: 9, scale: 1 }])).toMatchObject({
      status: 400,
    });
    writeTinyLora(file("other.gguf"), { modelPath: tinyModel, architecture: "qwen2" });
    await using other = await startServer({
      asLlamaServer: true,
      args: ["-m", tinyModel, "--lora", file("other.gguf")],
    });
    await until("it says why", () => other.output().includes("other.gguf"));
  });
});

test("a control vector changes what is said, within its layers", async () => {
  const say = async (...args: string[]) => {
    await using server = await startLlamaServer({ args });
    return (await complete(server, "Once upon a time")).content;
  };
  const plain = await say();
  const controlled = await say("--control-vector-scaled", `${file("control.gguf")}:20`);
  expect(controlled).not.toBe(plain);
  expect(await say("--control-vector-scaled", `${file("control.gguf")}:0`)).toBe(plain);
});

describe("several models", () => {
  interface Listed {
    data: { id: string; status: { value: string } }[];
  }

  test("of a folder are loaded, used and unloaded by name", async () => {
    const models = file("models");
    mkdirSync(models);
    copyFileSync(tinyModel, join(models, "one.gguf"));
    copyFileSync(tinyModel, join(models, "two.gguf"));
    await using server = await startServer({
      asLlamaServer: true,
      args: ["--models-dir", models, "--models-max", "1"],
    });
    await ready(server);
    const status = async (id: string) =>
      (await get<Listed>(server, "/models")).data.find((model) => model.id === id)?.status.value;
    expect(await status("one")).toBe("unloaded");
    expect(await post<object>(server, "/models/load", { model: "one" })).toEqual({ success: true });
    await until("it is loaded", async () => (await status("one")) === "loaded");
    expect((await complete(server, "Once", { model: "two" })).model).toBe("two");
    expect(await status("one")).toBe("unloaded"); // there is room for one
    expect(await post<object>(server, "/models/unload", { model: "two" })).toEqual({
      success: true,
    });
    await until("it is unloaded", async () => (await status("two")) === "unloaded");
    expect(await failure(server, "/completion", { prompt: "x" })).toMatchObject({ status: 400 });
    expect(await failure(server, "/completion", { prompt: "x", model: "three" })).toMatchObject({
      status: 400,
    });
    expect(await failure(server, "/models/load", { model: "three" })).toMatchObject({
      status: 404,
    });
  });
});
