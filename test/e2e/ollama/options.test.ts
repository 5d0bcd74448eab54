import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { GenerateResponse } from "../../../src/http/ollama/generate-schema.ts";
import { type RunningServer, startServer, until } from "../../support/server.ts";

/** Ollama's options, as its own tests have them; the facts: reference §2.11 and §6.2. */
let server: RunningServer;
beforeAll(async () => {
  server = await startServer({ args: ["-t", "1"] });
  const parameters = { num_ctx: 200, temperature: 0, num_predict: 3, stop: ["of"] };
  const made = await server.post("/api/create", { model: "set", from: "tiny", parameters });
  expect(await made.text()).toContain('"success"');
});
afterAll(() => server[Symbol.asyncDispose]());

const prompt = "What is the capital of France?";
const generate = async (body: object) => {
  const response = await server.post("/api/generate", {
    model: "tiny",
    prompt,
    ...body,
    stream: false,
  });
  return (await response.json()) as GenerateResponse;
};

describe("NumCtxPriority: a request's num_ctx comes over its model's, and this over the server's", () => {
  test("the server's", async () => {
    expect(await generate({ options: { num_predict: 1 } })).toMatchObject({ context_length: 1024 });
  });

  test("the model's", async () => {
    expect(await generate({ model: "set" })).toMatchObject({ context_length: 200 });
  });

  test("the request's", async () => {
    const options = { num_ctx: 100 };
    expect(await generate({ model: "set", options })).toMatchObject({ context_length: 100 });
  });
});

describe("precedence: built-in < Modelfile < request", () => {
  test("the model's own count", async () => {
    const answer = await generate({ model: "set" });
    expect(answer).toMatchObject({ response: "The capital ", done_reason: "stop" });
  });

  test("the request's come over them", async () => {
    const options = { stop: ["is"], num_predict: 20 };
    const answer = await generate({ model: "set", options });
    expect(answer.response).toBe("The capital of France ");
    const one = await generate({ model: "set", options: { num_predict: 1 } });
    expect(one).toMatchObject({ response: "The", done_reason: "length", eval_count: 1 });
  });
});

test("deprecated and unknown options have no effect but a line in the log", async () => {
  const options = {
    temperature: 0,
    low_vram: true,
    num_gqa: 8,
    penalize_newline: false,
    unheard: 1,
  };
  expect((await generate({ options })).response).toBe("The capital of France is Paris.");
  await until("the log says so", () => server.output().includes('"unheard"'));
  for (const name of ["low_vram", "num_gqa", "penalize_newline"]) {
    expect(server.output()).toContain(`option "${name}" has no effect`);
  }
});

test("the same seed has the same answer", async () => {
  const options = { seed: 42, temperature: 1.5, top_k: 0, top_p: 1, num_predict: 12 };
  const [one, same] = [await generate({ options }), await generate({ options })];
  expect(same.response).toBe(one.response);
});

test("what is decided at loading brings another engine, which answers", async () => {
  await generate({ options: { temperature: 0 } });
  const before = server.engines();
  const options = { temperature: 0, num_batch: 64 };
  expect((await generate({ options })).response).toBe("The capital of France is Paris.");
  const after = server.engines();
  expect(after.filter((pid) => !before.includes(pid))).not.toBeEmpty();
  expect((await generate({ options })).response).toBe("The capital of France is Paris.");
  expect(server.engines()).toEqual(after);
});
