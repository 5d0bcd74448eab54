import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeUnskilledModel } from "../../support/float-models.ts";
import {
  type Completion,
  complete,
  failure,
  get,
  post,
  ready,
  startLlamaServer,
  tinyModel,
} from "../../support/llamacpp.ts";
import { run } from "../../support/run.ts";
import { type RunningServer, startServer, temporaryDir } from "../../support/server.ts";

const chatml = (text: string) => `<|im_start|>user\n${text}<|im_end|>\n<|im_start|>assistant\n`;

describe("a server as llama-server is started", () => {
  let server: RunningServer;
  const folder = temporaryDir();
  const slotDir = join(folder.path, "slots");
  beforeAll(async () => {
    mkdirSync(slotDir);
    server = await startLlamaServer({
      args: [
        ...["--ctx-size", "1024", "--parallel", "2", "--slot-save-path", slotDir],
        ...["--alias", "pet", "--metrics", "--props", "--temp", "0", "--keep", "4"],
      ],
    });
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  test("serves its one model under its alias, whatever name is asked for", async () => {
    const { data, models } = await get<{
      data: { id: string; meta: { n_ctx_train: number; n_params: number } }[];
      models: { name: string; capabilities: string[] }[];
    }>(server, "/v1/models");
    expect(data.map(({ id }) => id)).toEqual(["pet"]);
    expect(data[0]?.meta).toMatchObject({ n_ctx_train: 1024, n_params: 3_049_920 });
    expect(models[0]).toMatchObject({ name: "pet", capabilities: ["completion"] });
    const answer = await post<{ model: string }>(server, "/v1/chat/completions", {
      model: "gpt-4",
      messages: [{ role: "user", content: "Hello" }],
    });
    expect(answer.model).toBe("pet");
  });

  test("/props tells its settings", async () => {
    const props = await get<{
      total_slots: number;
      model_path: string;
      chat_template: string;
      default_generation_settings: { n_ctx: number; params: Record<string, unknown> };
    }>(server, "/props");
    expect(props).toMatchObject({ total_slots: 2, model_alias: "pet", is_sleeping: false });
    expect(props.model_path).toBe(tinyModel);
    expect(props.chat_template).toContain("im_start");
    expect(props.default_generation_settings).toMatchObject({
      n_ctx: 512,
      params: { temperature: 0, n_keep: 4 },
    });
    expect(await post<object>(server, "/props", {})).toEqual({ success: true });
  });

  test("/tokenize and /detokenize are each other's inverse, pieces included", async () => {
    const content = "Grüße 🦔 tab\t";
    const { tokens } = await post<{ tokens: number[] }>(server, "/tokenize", { content });
    expect(await post<object>(server, "/detokenize", { tokens })).toEqual({ content });
    const { tokens: pieces } = await post<{ tokens: { id: number; piece: string | number[] }[] }>(
      server,
      "/tokenize",
      { content, with_pieces: true },
    );
    expect(pieces.map(({ id }) => id)).toEqual(tokens);
    const bytes = pieces.flatMap(({ piece }) =>
      typeof piece === "string" ? [...Buffer.from(piece)] : piece,
    );
    expect(Buffer.from(bytes).toString()).toBe(content);
    const special = "<|im_start|>";
    const count = async (more: object) =>
      (await post<{ tokens: number[] }>(server, "/tokenize", { content: special, ...more })).tokens
        .length;
    expect(await count({})).toBe(1);
    expect(await count({ parse_special: false })).toBeGreaterThan(1);
  });

  test("/apply-template renders and does not generate", async () => {
    const { prompt } = await post<{ prompt: string }>(server, "/apply-template", {
      messages: [{ role: "user", content: "Hi" }],
    });
    expect(prompt).toContain("Hi<|im_end|>");
    expect(prompt.endsWith("<|im_start|>assistant\n")).toBe(true);
  });

  test("a pinned slot keeps its own cache; save, restore and erase move it", async () => {
    const ask = (text: string, id_slot: number) => complete(server, chatml(text), { id_slot });
    await post<object>(server, "/slots/1?action=erase", {}); // from other tests
    const first = await ask("Where does the hedgehog sleep?", 1);
    expect([first.id_slot, first.timings.cache_n]).toEqual([1, 0]);
    const again = await ask("Where does the hedgehog sleep?", 1);
    expect(again.timings.prompt_n).toBe(1);

    const action = (id: number, name: string, body: object = {}) =>
      post<Record<string, number>>(server, `/slots/${id}?action=${name}`, body);
    const saved = await action(1, "save", { filename: "hedgehog.bin" });
    expect(saved.n_saved).toBe(again.tokens_cached);
    expect(readdirSync(slotDir)).toEqual(["hedgehog.bin"]);
    await action(1, "erase");
    expect((await ask("Where does the hedgehog sleep?", 1)).timings.cache_n).toBe(0);
    await action(1, "erase");
    const restored = await action(1, "restore", { filename: "hedgehog.bin" });
    expect([restored.n_restored, restored.n_read]).toEqual([
      saved.n_saved ?? -1,
      saved.n_written ?? -1,
    ]);
    const warm = await ask("Where does the hedgehog sleep?", 1);
    expect([warm.timings.prompt_n, warm.content]).toEqual([1, first.content]);
  });

  test.each([
    ["a path out of the folder", "/slots/0?action=save", { filename: "../evil.bin" }],
    ["an absolute path", "/slots/0?action=save", { filename: "/tmp/evil.bin" }],
    ["a file that is not there", "/slots/0?action=restore", { filename: "none.bin" }],
    ["a file that is no slot", "/slots/0?action=restore", { filename: "noise.bin" }],
    ["an unknown slot", "/slots/7?action=erase", {}],
    ["a slot that is no number", "/slots/x?action=erase", {}],
    ["an unknown action", "/slots/0?action=dance", {}],
  ])("%s is a 400", async (_, path, body) => {
    writeFileSync(join(slotDir, "noise.bin"), "not a slot at all");
    expect(await failure(server, path, body)).toMatchObject({
      status: 400,
      code: 400,
      type: "invalid_request_error",
    });
  });

  test("/slots shows what runs, and 503 when none is idle and that was asked for", async () => {
    type Slot = { id: number; is_processing: boolean; n_ctx: number };
    const idle = await get<Slot[]>(server, "/slots?fail_on_no_slot=1");
    expect(idle.map(({ id, n_ctx }) => [id, n_ctx])).toEqual([
      [0, 512],
      [1, 512],
    ]);
    const hangUp = new AbortController();
    const busy = [0, 1].map((id_slot) =>
      server
        .post("/completion", { prompt: "x", id_slot, ignore_eos: true }, hangUp.signal)
        .catch(() => null),
    );
    let response = await fetch(`${server.url}/slots?fail_on_no_slot=1`);
    while (response.status === 200) response = await fetch(`${server.url}/slots?fail_on_no_slot=1`);
    expect(response.status).toBe(503);
    hangUp.abort();
    await Promise.all(busy);
    let slots = await get<Slot[]>(server, "/slots");
    while (slots.some((slot) => slot.is_processing)) slots = await get<Slot[]>(server, "/slots");
  });

  test("/metrics counts what was done, in llama-server's names and by model", async () => {
    const read = async () => {
      const response = await fetch(`${server.url}/metrics`);
      expect(response.headers.get("content-type")).toStartWith("text/plain; version=0.0.4");
      const text = await response.text();
      const value = (name: string) => Number(new RegExp(`^${name} (.*)$`, "m").exec(text)?.[1]);
      return { text, value };
    };
    const before = await read();
    const answer = await complete(server, "Count me", { cache_prompt: false });
    const after = await read();
    const grew = (name: string) => after.value(name) - before.value(name);
    expect(grew("llamacpp:tokens_predicted_total")).toBe(answer.tokens_predicted);
    expect(grew("llamacpp:prompt_tokens_total")).toBe(answer.tokens_evaluated);
    expect(after.value("llamacpp:requests_processing")).toBe(0);
    expect(after.text).toMatch(/^hutch_\w+\{.*model="pet"/m);
  });

  test("CORS: a page of any origin may call it, its preflight needs no key", async () => {
    const origin = "http://page.example";
    const preflight = await fetch(`${server.url}/completion`, {
      method: "OPTIONS",
      headers: { origin, "access-control-request-method": "POST" },
    });
    expect(preflight.status).toBe(200);
    expect(preflight.headers.get("access-control-allow-origin")).toBe(origin);
    const answer = await fetch(`${server.url}/completion`, {
      method: "POST",
      headers: { origin, "content-type": "application/json" },
      body: JSON.stringify({ prompt: "x", n_predict: 2, stream: true }),
    });
    expect(answer.headers.get("access-control-allow-origin")).toBe(origin);
    expect(await answer.text()).toContain('"stop":true');
  });

  test.each([
    ["/embeddings", { content: "x" }],
    ["/rerank", { query: "x", documents: ["y"] }],
  ])("%s is switched off: 501", async (path, body) => {
    expect(await failure(server, path, body)).toMatchObject({
      status: 501,
      type: "not_supported_error",
    });
  });

  test("/infill fills a gap, where the model knows of gaps: else 501", async () => {
    const gap = { input_prefix: "def add(a, b):\n    return ", input_suffix: "\n", n_predict: 4 };
    expect((await post<Completion>(server, "/infill", gap)).content).not.toBe("");
    const path = join(folder.path, "unskilled.gguf");
    writeUnskilledModel(path);
    await using other = await startLlamaServer({ args: ["-m", path] });
    expect(await failure(other, "/infill", gap)).toMatchObject({
      status: 501,
      type: "not_supported_error",
    });
  });

  test("what does not exist is a 404 in llama-server's form", async () => {
    expect(await failure(server, "/nothing", {})).toMatchObject({
      status: 404,
      type: "not_found_error",
    });
  });
});

describe("switches", () => {
  test("routes, keys and files by flags and variables", async () => {
    using folder = temporaryDir();
    writeFileSync(join(folder.path, "index.html"), "<h1>mine</h1>");
    writeFileSync(join(folder.path, "completion.js"), "export const x = 1;\n");
    symlinkSync("/etc/passwd", join(folder.path, "escape.txt"));
    await using server = await startLlamaServer({
      args: ["--path", folder.path, "--no-slots", "--api-prefix", "/llm"].slice(0, 3),
      env: { LLAMA_API_KEY: "first,second", LLAMA_ARG_CTX_SIZE: "256" },
    });
    const call = async (path: string, key?: string, init: RequestInit = {}) => {
      const headers: Record<string, string> = key ? { authorization: `Bearer ${key}` } : {};
      const response = await fetch(server.url + path, { ...init, headers });
      return { status: response.status, text: await response.text(), response };
    };
    expect((await call("/props")).status).toBe(401);
    expect(JSON.parse((await call("/props", "third")).text)).toMatchObject({
      error: { code: 401, type: "authentication_error" },
    });
    expect((await call("/health")).status).toBe(200);
    const props = await call("/props", "second");
    expect(JSON.parse(props.text)).toMatchObject({ default_generation_settings: { n_ctx: 256 } });
    expect((await call("/slots", "first")).status).toBe(501);
    expect((await call("/metrics", "first")).status).toBe(501);

    expect((await call("/")).text).toBe("<h1>mine</h1>");
    const script = await call("/completion.js");
    expect(script.response.headers.get("content-type")).toContain("javascript");
    expect((await call("/escape.txt")).text).not.toContain("root:");
    expect((await call("/%2e%2e/%2e%2e/etc/passwd")).text).not.toContain("root:");
  });

  test("a prefix begins every path", async () => {
    await using server = await startServer({
      asLlamaServer: true,
      args: ["-m", tinyModel, "--api-prefix", "/llm"],
    });
    await ready({ ...server, url: `${server.url}/llm`, output: server.output });
    expect((await fetch(`${server.url}/llm/health`)).status).toBe(200);
    expect((await fetch(`${server.url}/health`)).status).toBe(404);
  });

  test("503 while it loads", async () => {
    await using server = await startServer({ asLlamaServer: true, args: ["-m", tinyModel] });
    const response = await server.post("/completion", { prompt: "x", n_predict: 1 });
    const body = (await response.json()) as Completion;
    // Loading takes some 50 ms: the answer is either of the two, never anything else.
    if (response.status === 200) return;
    expect(response.status).toBe(503);
    expect(body.error).toMatchObject({
      code: 503,
      message: "Loading model",
      type: "unavailable_error",
    });
  });

  test("context shift goes on where the context ends", async () => {
    await using server = await startLlamaServer({
      args: ["-c", "256", "-np", "1", "--context-shift"],
    });
    const more = { n_predict: 400, ignore_eos: true };
    const shifted = await complete(server, "Once upon a time", { ...more, n_keep: 2 });
    expect([shifted.tokens_predicted, shifted.truncated]).toEqual([400, true]);
    const again = await complete(server, "Once upon a time", { ...more, n_keep: 2 });
    expect(again.content).toBe(shifted.content);
  });

  test("without it the answer is cut and says so", async () => {
    await using server = await startLlamaServer({ args: ["-c", "256", "-np", "1"] });
    const cut = await complete(server, "Once upon a time", { n_predict: -1, ignore_eos: true });
    expect([cut.truncated, cut.stop_type]).toEqual([true, "limit"]);
    expect(cut.tokens_evaluated + cut.tokens_predicted).toBe(256);
  });
});

describe("a command line that cannot be honoured", () => {
  test.each([
    ["an unknown flag", ["--ctx-sise", "100"], /--ctx-sise.*--ctx-size/],
    ["a model that is not there", ["-m", "/nowhere/model.gguf"], /\/nowhere\/model\.gguf/],
    ["a number that is none", ["-m", tinyModel, "--port", "many"], /--port/],
    ["a key file that is not there", ["-m", tinyModel, "--ssl-key-file", "/no/key"], /ssl/],
    ["an unknown cache type", ["-m", tinyModel, "-ctk", "q9_9"], /q9_9/],
    ["a half-given pair", ["-m", tinyModel, "--ssl-cert-file", "/no/cert"], /ssl/],
  ])("%s ends it with a reason", async (_, args, reason) => {
    const { code, stderr } = await run(args);
    expect(code).not.toBe(0);
    expect(stderr).toMatch(reason);
  });

  test("--help lists flags with their variables, --version says both", async () => {
    const help = await run(["--help"]);
    expect(help.code).toBe(0);
    for (const word of ["--ctx-size", "LLAMA_ARG_CTX_SIZE", "--slot-save-path", "--lora"]) {
      expect(help.stdout).toContain(word);
    }
    expect((await run(["--version"])).stdout).toMatch(/llama\.cpp v?\d/);
  });
});
