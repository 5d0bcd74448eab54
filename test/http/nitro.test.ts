import { describe, expect, test } from "bun:test";
import { AppError } from "../../src/core/errors.ts";
import type { LoadOptions } from "../../src/core/load.ts";
import type { Model } from "../../src/models/catalog.ts";
import {
  type AppOverOptions,
  appOver,
  FakeEngine,
  json,
  says,
  sseEvents,
  tiny,
  waitsForAbort,
} from "../support/fake-engine.ts";

const base = "/inferences/llamacpp";
const named = { llama_model_path: "tiny" };
const hi = { messages: [{ role: "user", content: "Hi" }] };

interface Reply {
  message: string;
  code: string;
  param?: string;
}

/** An app that remembers which models were started, and whose engines stop. */
function nitroOver({
  behaviour = says("Hello"),
  ...options
}: Partial<AppOverOptions> & { behaviour?: ReturnType<typeof says> } = {}) {
  const started: Model[] = [];
  const engines: FakeEngine[] = [];
  const app = appOver(behaviour, {
    start: async (model) => {
      started.push(model);
      const engine = new FakeEngine(behaviour, options.info, options.answers);
      engines.push(engine);
      return engine;
    },
    ...options,
  });
  const reply = async (path: string, body: unknown) => {
    const response = await app.post(path, body);
    return { status: response.status, ...(await json<Reply>(response)) };
  };
  const load = (body: object = named) => reply(`${base}/loadmodel`, body);
  return { ...app, started, engines, reply, load };
}

describe("the life of a model", () => {
  test("loadmodel, modelstatus, chat_completion, unloadmodel", async () => {
    const { get, load, post, reply, started } = nitroOver();
    expect(await json<object>(get(`${base}/modelstatus`))).toEqual({ model_loaded: false });
    expect(await load()).toEqual({
      status: 200,
      message: "Model loaded successfully",
      code: "ModelloadedSuccessfully",
    });
    const status = await json<{ model_loaded: boolean; model_data: string }>(
      post(`${base}/modelstatus`, {}),
    );
    expect(status.model_loaded).toBe(true);
    expect(JSON.parse(status.model_data)).toEqual({
      model: "tiny-nitro",
      path: "/models/tiny.gguf",
      multimodal: true,
      total_slots: 4,
      default_generation_settings: { n_ctx: 1024 },
    });
    expect(await json<object>(post(`${base}/chat_completion`, hi))).toMatchObject({
      model: "tiny-nitro",
      choices: [{ message: { content: "Hello" } }],
    });
    expect(await reply(`${base}/unloadmodel`, {})).toEqual({
      status: 200,
      message: "Model unloaded successfully",
    } as never);
    expect(await json<object>(get(`${base}/unloadmodel`))).toEqual({ message: "No model loaded" });
    expect(started.map(({ name }) => name)).toEqual(["tiny-nitro"]);
  });

  test("unloadmodel ends the engine and forgets the model", async () => {
    const { get, load, engines, supervisor } = nitroOver();
    await load();
    const names = () => supervisor.catalog.models.map(({ name }) => name);
    expect(names()).toEqual(["tiny", "tiny-nitro"]);
    const ended = engines[0]?.exited;
    await get(`${base}/unloadmodel`);
    await ended;
    expect(names()).toEqual(["tiny"]);
  });

  test("there is one at a time", async () => {
    const { load } = nitroOver();
    const [first, second] = await Promise.all([load(), load()]);
    expect([first.status, second.status]).toEqual([200, 409]);
    expect(second.message).toBe("Model already loaded");
  });

  test.each(["chat_completion", "embedding"])("%s wants one", async (route) => {
    const { reply } = nitroOver();
    const body = route === "embedding" ? { input: "Hi" } : hi;
    expect(await reply(`${base}/${route}`, body)).toMatchObject({
      status: 409,
      message: "Model has not been loaded, please load model into nitro",
    });
  });

  test("a model that cannot be loaded is not kept, and the next one can be", async () => {
    let n = 0;
    const { load, get, supervisor } = nitroOver({
      start: async () => {
        if (n++ === 0) throw new AppError("model_load_failed", "/models/tiny.gguf: bad magic");
        return new FakeEngine(says());
      },
    });
    expect(await load()).toEqual({
      status: 500,
      message: "Failed to load model: /models/tiny.gguf: bad magic",
      code: "model_load_failed",
    });
    expect(await json<object>(get(`${base}/modelstatus`))).toEqual({ model_loaded: false });
    expect(supervisor.catalog.lookUp("tiny-nitro")).toBeUndefined();
    expect((await load()).status).toBe(200);
  });

  test("a client that hangs up while it loads leaves nothing behind", async () => {
    const { post, supervisor } = nitroOver({
      start: (_model, _onProgress, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => reject(signal.reason), { once: true });
        }),
    });
    const client = new AbortController();
    const answer = post(`${base}/loadmodel`, named, client.signal);
    while (!supervisor.catalog.lookUp("tiny-nitro")) await Bun.sleep(0);
    client.abort();
    expect((await answer).status).toBe(499);
    expect(supervisor.catalog.lookUp("tiny-nitro")).toBeUndefined();
  });

  test("unloading while it loads ends the wait", async () => {
    const { load, get, supervisor } = nitroOver({
      start: (_model, _onProgress, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => reject(signal.reason), { once: true });
        }),
    });
    const answer = load();
    while (!supervisor.catalog.lookUp("tiny-nitro")) await Bun.sleep(0);
    await get(`${base}/unloadmodel`);
    expect(await answer).toMatchObject({
      status: 409,
      message: "Failed to load model: it was unloaded meanwhile",
    });
  });

  test("an engine that crashed comes back with the next request", async () => {
    const { load, engines, reply, started } = nitroOver();
    await load();
    await engines[0]?.stop();
    await Bun.sleep(0);
    expect((await reply(`${base}/chat_completion`, hi)).status).toBe(200);
    expect(started).toHaveLength(2);
  });

  test("GET /healthz says that it is alive, in HTML", async () => {
    const response = await nitroOver().get("/healthz");
    expect(response.headers.get("content-type")).toStartWith("text/html");
    expect(await response.text()).toBe("Nitro is alive!!!");
  });

  test("its successor's addresses are the same", async () => {
    const { reply, get, post } = nitroOver();
    const later = "/inferences/server";
    expect(await json<object>(get(`${later}/models`))).toEqual({ object: "list", data: [] });
    await reply(`${later}/loadmodel`, named);
    expect(await json<object>(get(`${later}/models`))).toMatchObject({
      data: [{ id: "tiny-nitro", object: "model" }],
    });
    expect((await post(`${later}/chat_completion`, hi)).status).toBe(200);
    expect(await json<object>(get(`${later}/modelstatus`))).toMatchObject({ model_loaded: true });
    expect((await post(`${later}/unloadmodel`, {})).status).toBe(200);
  });
});

describe("what requests mean by a name", () => {
  const answeredBy = async ({ post }: ReturnType<typeof nitroOver>, model?: string) =>
    (await json<{ model: string }>(post("/v1/chat/completions", { ...hi, model }))).model;

  test("names of no model, and none at all, mean the loaded one as long as there is one", async () => {
    const app = nitroOver();
    expect((await app.reply("/v1/chat/completions", { ...hi, model: "gpt-4" })).status).toBe(404);
    expect(await answeredBy(app)).toBe("tiny");
    await app.load();
    for (const name of ["gpt-4-vision-preview", undefined, ""]) {
      expect(await answeredBy(app, name)).toBe("tiny-nitro");
    }
    expect(await answeredBy(app, "tiny")).toBe("tiny");
    await app.get(`${base}/unloadmodel`);
    expect((await app.reply("/v1/chat/completions", { ...hi, model: "gpt-4" })).status).toBe(404);
  });

  test("a drop-in for llama-server keeps its one model, but for Nitro's own routes", async () => {
    const app = nitroOver({ settings: { profile: "llama-server" } });
    await app.supervisor.acquire("tiny", new AbortController().signal);
    await app.load();
    expect(await answeredBy(app, "gpt-4")).toBe("tiny");
    expect(await json<object>(app.post(`${base}/chat_completion`, hi))).toMatchObject({
      model: "tiny-nitro",
    });
  });
});

describe("inference", () => {
  test("errors have Nitro's form", async () => {
    const { load, reply } = nitroOver();
    await load();
    expect(await reply(`${base}/chat_completion`, { messages: [] })).toMatchObject({
      status: 400,
      param: "messages",
      message: expect.stringContaining("messages"),
    });
    expect(await reply(`${base}/chat_completion`, { ...hi, n: 10_000 })).toMatchObject({
      status: 400,
      message: expect.stringContaining("n"),
    });
    expect(await reply(`${base}/loadmodel`, {})).toMatchObject({
      status: 400,
      message: "`llama_model_path` is required",
    });
  });

  test("streams as OpenAI's does, and ends with the client", async () => {
    const { load, post } = nitroOver();
    await load();
    const events = await sseEvents(await post(`${base}/chat_completion`, { ...hi, stream: true }));
    expect(events.at(-1)).toBe("[DONE]");
    const endless = nitroOver({ behaviour: waitsForAbort(1) });
    await endless.load();
    const client = new AbortController();
    const stream = await endless.post(
      `${base}/chat_completion`,
      { ...hi, stream: true },
      client.signal,
    );
    expect(endless.engines[0]?.nRunning).toBe(1);
    client.abort();
    await stream.body?.cancel().catch(() => {});
    while (endless.engines[0]?.nRunning) await Bun.sleep(0);
  });

  test("embedding: false switches that route off", async () => {
    const answers = {
      embed: () => ({ embeddings: [[new Float32Array([1])]], nTokens: [1] }),
    };
    const { load, reply, get, post } = nitroOver({ answers });
    await load({ ...named, embedding: false });
    expect(await reply(`${base}/embedding`, { input: "Hi" })).toMatchObject({
      status: 400,
      code: "unsupported",
    });
    await get(`${base}/unloadmodel`);
    await load();
    expect(await json<object>(post(`${base}/embedding`, { input: "Hi" }))).toMatchObject({
      object: "list",
      data: [{ embedding: [1] }],
    });
  });
});

describe("the fields of loadmodel", () => {
  const loadedWith = async (body: object, models?: readonly [Model, ...Model[]]) => {
    const { load, started } = nitroOver(models ? { models } : {});
    expect(await load({ ...named, ...body })).toMatchObject({ status: 200 });
    return started[0]?.load ?? {};
  };

  test.each<[object, LoadOptions]>([
    [{ ctx_len: 2048 }, { nCtxSeq: 2048 }],
    [{ ngl: 100 }, { model: { n_gpu_layers: 100 } }],
    [{ n_batch: 64 }, { nBatch: 64 }],
    [{ cpu_threads: 3 }, { threads: { n_threads: 3 } }],
    [{ cont_batching: false }, { nParallel: 1 }],
    [{ cont_batching: false, n_parallel: 3 }, { nParallel: 3 }],
    [{ caching_enabled: false }, { cachePrompt: false }],
    [{ repeat_last_n: 32 }, { sampling: { repeatLastN: 32 } }],
    [{ mlock: true }, { model: { load_mode: "mmap+mlock" } }],
    [{ model_type: "embedding" }, { purpose: "embed" }],
    [{ stop: ["END"] }, { stop: ["END"] }],
  ])("%j", async (body, options) => expect(await loadedWith(body)).toMatchObject(options));

  test.each([
    ["n_parallel", 241],
    ["cpu_threads", 513],
  ])("%s is at most one less than %i", async (param, value) => {
    expect(await nitroOver().load({ ...named, [param]: value })).toMatchObject({
      status: 400,
      param,
    });
  });

  test("silence changes nothing, nor do values that ask for nothing", async () => {
    const values = {
      ngl: -1,
      cont_batching: true,
      mlock: false,
      embedding: true,
      model_type: "llm",
    };
    const none = { grp_attn_n: 1, clean_cache_threshold: 5, llama_log_folder: "" };
    const load = await loadedWith({ ...values, ...none });
    expect(JSON.parse(JSON.stringify(load))).toEqual({ model: {} });
  });

  test.each([
    ["grp_attn_n", 4],
    ["grp_attn_w", 1024],
    ["clean_cache_threshold", 1],
    ["llama_log_folder", "/tmp"],
  ])("%s is refused with a reason", async (param, value) => {
    const { load, started } = nitroOver();
    expect(await load({ ...named, [param]: value })).toMatchObject({ status: 400, param });
    expect(started).toEqual([]);
  });

  test("they come over the model's own options", async () => {
    const own = { ...tiny, load: { nCtx: 99, nBatch: 7, sampling: { topK: 5 } } };
    const load = await loadedWith({ ctx_len: 512, repeat_last_n: 1 }, [own]);
    expect(load).toMatchObject({ nCtxSeq: 512, nBatch: 7, sampling: { topK: 5, repeatLastN: 1 } });
    expect(load.nCtx).toBeUndefined();
  });

  test("prompts become a template, in which none of their text needs escaping", async () => {
    const prompts = {
      system_prompt: "{{ x }}",
      user_prompt: "\n### Instruction:\n",
      ai_prompt: "{%",
    };
    const load = await loadedWith({ ...prompts, stop: "END" });
    expect(load.chat).toEqual({
      jinja: true,
      template: expect.stringContaining("{{ user_prompt }}{{ message.content }}"),
      templateVariables: { ...prompts, pre_prompt: "" },
      stop: ["<|im_end|>", "\n### Instruction:"],
    });
    expect(load.stop).toEqual(["END"]);
  });

  test("prompts that are not given are Nitro's, if any is", async () => {
    const load = await loadedWith({ pre_prompt: "P" });
    expect(load.chat?.templateVariables).toEqual({
      system_prompt: "ASSISTANT's RULE: ",
      pre_prompt: "P",
      user_prompt: "USER: ",
      ai_prompt: "ASSISTANT: ",
    });
    expect(load.chat?.stop).toEqual(["<|im_end|>", "USER:"]);
  });

  test("a model that is still to be fetched keeps where it comes from", async () => {
    const from = { hfRepo: "o/r", mmprojAuto: true, aliases: [], tags: [] };
    const { load, started } = nitroOver({ models: [{ ...tiny, path: "", from }] });
    await load();
    expect(started[0]).toMatchObject({ name: "tiny-nitro", from });
  });
});
