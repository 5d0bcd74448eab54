import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startLlamaServer, tinyMmproj, tinyModel } from "../support/llamacpp.ts";
import { colours, pngOf } from "../support/pictures.ts";
import { run } from "../support/run.ts";
import { type RunningServer, startServer, temporaryDir, until } from "../support/server.ts";

const dir = temporaryDir();
const at = (name: string) => join(dir.path, name);
const routes = "/inferences/llamacpp";

let server: RunningServer;
let nitroUrl: string;
beforeAll(async () => {
  for (const name of ["allowed", "allowed/gguf", "allowed/mmproj", "outside"]) mkdirSync(at(name));
  copyFileSync(tinyModel, at("allowed/gguf/llava-v1.5.gguf"));
  copyFileSync(tinyMmproj, at("allowed/mmproj/mmproj-model-f16.gguf"));
  copyFileSync(tinyModel, at("outside/secret.gguf"));
  symlinkSync(at("outside"), at("allowed/link"));
  writeFileSync(at("allowed/torn.gguf"), readFileSync(tinyModel).subarray(0, 200_000));
  server = await startServer({
    args: ["-t", "1", "--nitro-port", "0", "--client-models", at("allowed")],
  });
  const second = () => /listening on (\S+) for clients of Nitro/.exec(server.output())?.[1];
  await until("it says where Nitro's clients are served", () => second() !== undefined);
  nitroUrl = second() ?? "";
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  dir[Symbol.dispose]();
});

interface Reply {
  status: number;
  message: string;
  param?: string;
  prompt: string;
  model: string;
  model_loaded: boolean;
  choices: { message: { content: string } }[];
  usage: { prompt_tokens: number };
}

async function nitro(path: string, body?: object): Promise<Reply> {
  const response = await fetch(nitroUrl + path, {
    ...(body && { method: "POST", body: JSON.stringify(body) }),
    headers: { "content-type": "application/json" },
  });
  return { ...((await response.json()) as Reply), status: response.status };
}
const load = (body: object) => nitro(`${routes}/loadmodel`, body);
const unload = () => nitro(`${routes}/unloadmodel`);

/** The guide's, with folders that there are. */
const guide = {
  llama_model_path: `${at("allowed/gguf")}/`,
  mmproj: `${at("allowed/mmproj")}/`,
  ctx_len: 2048,
  ngl: 100,
  cont_batching: false,
  embedding: false,
  system_prompt: "",
  user_prompt: "\n### Instruction:\n",
  ai_prompt: "\n### Response:\n",
};
const question = (text: string, base64: string) => ({
  model: "gpt-4-vision-preview",
  messages: [
    {
      role: "user",
      content: [
        { type: "text", text },
        { type: "image_url", image_url: { url: base64 } },
      ],
    },
  ],
  max_tokens: 300,
});
const red = pngOf({ shape: "square", colour: colours.red, background: colours.white });

describe("Nitro's guide", () => {
  test("its two requests, as they stand", async () => {
    expect(await load(guide)).toMatchObject({ status: 200, message: "Model loaded successfully" });
    expect(await nitro(`${routes}/modelstatus`)).toMatchObject({ model_loaded: true });
    const answer = await nitro("/v1/chat/completions", question("What’s in this image?", red));
    expect(answer).toMatchObject({
      status: 200,
      model: "llava-v1.5",
      object: "chat.completion",
      choices: [{ message: { role: "assistant" } }],
    } as object);
    const blind = await nitro("/v1/chat/completions", {
      ...question("What’s in this image?", red),
      messages: [{ role: "user", content: "What’s in this image?" }],
    });
    expect(answer.usage.prompt_tokens).toBeGreaterThan(blind.usage.prompt_tokens);
  });

  test("its prompts are those that the model sees", async () => {
    const messages = [
      { role: "system", content: "S" },
      { role: "user", content: "Q" },
      { role: "assistant", content: "A" },
      { role: "user", content: "Q {{ x }}" },
    ];
    const { prompt } = await nitro("/apply-template", { model: "any", messages });
    expect(prompt).toBe(
      "S\n### Instruction:\nQ\n### Response:\nA\n### Instruction:\nQ {{ x }}\n### Response:\n",
    );
  });

  test("there is one model at a time, and unloading ends its process", async () => {
    expect(await load({ llama_model_path: "tiny" })).toMatchObject({
      status: 409,
      message: "Model already loaded",
    });
    const before = server.engines();
    expect(await unload()).toMatchObject({ status: 200, message: "Model unloaded successfully" });
    expect(server.engines()).toHaveLength(before.length - 1);
    expect(await nitro(`${routes}/modelstatus`)).toMatchObject({ model_loaded: false });
    expect(await nitro(`${routes}/chat_completion`, question("?", red))).toMatchObject({
      status: 409,
      message: "Model has not been loaded, please load model into nitro",
    });
  });
});

describe("a model that is asked in its own words", () => {
  beforeEach(unload);

  const chatMl = {
    ...guide,
    embedding: true,
    user_prompt: "<|im_start|>user\n",
    ai_prompt: "<|im_end|>\n<|im_start|>assistant\n",
  };

  test.each([
    ["by prompts", chatMl],
    ["by its own template", { llama_model_path: guide.llama_model_path, mmproj: guide.mmproj }],
    ["by name", { llama_model_path: "tiny" }],
  ])("given %s, sees and speaks", async (_, body) => {
    expect((await load(body)).status).toBe(200);
    const asked = { ...question("What colour is this picture?", red), temperature: 0 };
    const answer = await nitro(`${routes}/chat_completion`, asked);
    expect(answer.choices[0]?.message.content).toContain("red");
    const { data } = (await nitro(`${routes}/embedding`, { input: "Paris" })) as unknown as {
      data: { embedding: number[] }[];
    };
    expect(data[0]?.embedding.length).toBeGreaterThan(10);
  });
});

describe("what clients may have loaded", () => {
  beforeEach(unload);

  test.each([
    "outside/secret.gguf",
    "outside/missing.gguf",
    "allowed/../outside/secret.gguf",
    "allowed/link/secret.gguf",
    "allowed/link/missing.gguf",
  ])("%s is forbidden", async (name) => {
    expect(await load({ llama_model_path: at(name) })).toEqual({
      status: 403,
      code: "forbidden",
      param: "llama_model_path",
      message: expect.stringContaining("--client-models"),
    } as object as Reply);
  });

  test("a file that cannot be loaded is named, and the server goes on", async () => {
    const torn = at("allowed/torn.gguf");
    const { status, message } = await load({ llama_model_path: torn });
    expect([status, message]).toEqual([500, expect.stringContaining(torn)]);
    expect(message).toStartWith("Failed to load model");
    expect((await load({ llama_model_path: "tiny" })).status).toBe(200);
  });
});

test("a drop-in for llama-server has them as well, with what they ask for over its flags", async () => {
  await using dropIn = await startLlamaServer({
    args: ["-t", "1", "-c", "512", "-np", "2", "--nitro-port", "0"],
  });
  const post = async (path: string, body: object) =>
    (await (await dropIn.post(path, body)).json()) as Reply & { model_data: string };
  await post(`${routes}/loadmodel`, { llama_model_path: tinyModel, ctx_len: 768 });
  const { model_data } = await post(`${routes}/modelstatus`, {});
  expect(JSON.parse(model_data)).toMatchObject({
    total_slots: 2,
    default_generation_settings: { n_ctx: 768 },
  });
});

test("a port for Nitro's clients that is taken is named by its flag", async () => {
  const { port } = new URL(nitroUrl);
  const args = ["serve", "--host", "127.0.0.1", "--port", "0", "--nitro-port", port];
  const { code, stdout, stderr } = await run(args);
  expect(code).toBe(1);
  expect(stdout + stderr).toContain(`port ${port} of 127.0.0.1 is already in use`);
  expect(stdout + stderr).toContain("--nitro-port");
});
