import { describe, expect, test } from "bun:test";
import { AppError } from "../../src/core/errors.ts";
import { createApp } from "../../src/http/app.ts";
import type { Wish } from "../../src/supervisor/supervisor.ts";
import {
  type AppOverOptions,
  appOver,
  fakeInfo,
  httpSettings,
  says,
} from "../support/fake-engine.ts";

const hi = { messages: [{ role: "user", content: "hi" }], stream: false };

/** What the engine is asked, and what of it is wished, for these options. */
async function asked(options: object, more: object = {}, over: AppOverOptions = {}) {
  const { post, engine, supervisor } = appOver(says("a"), over);
  const wishes: Wish[] = [];
  const acquire = supervisor.acquire.bind(supervisor);
  supervisor.acquire = (name, signal, wish = {}) => {
    wishes.push(wish);
    return acquire(name, signal, wish);
  };
  const response = await post("/api/chat", { ...hi, ...more, options });
  expect([response.status, await response.text()]).toEqual([200, expect.any(String)]);
  return { request: engine.requests[0], wish: wishes[0] };
}

describe("options", () => {
  test("reach the sampler, those of the seed and those beyond Ollama", async () => {
    const { request } = await asked({
      seed: 42,
      top_k: 20,
      top_p: 0.8,
      min_p: 0.1,
      typical_p: 0.7,
      repeat_last_n: 33,
      temperature: 0.5,
      repeat_penalty: 1.2,
      presence_penalty: 1.5,
      frequency_penalty: 1,
      mirostat: 1,
      mirostat_tau: 0.8,
      mirostat_eta: 0.6,
      dry_multiplier: 0.8,
      xtc_probability: 0.5,
      top_n_sigma: 1,
    });
    expect(request?.sampling).toMatchObject({
      seed: 42,
      topK: 20,
      topP: 0.8,
      minP: 0.1,
      typicalP: 0.7,
      repeatLastN: 33,
      temperature: 0.5,
      repeatPenalty: 1.2,
      presencePenalty: 1.5,
      frequencyPenalty: 1,
      mirostat: 1,
      mirostatTau: 0.8,
      mirostatEta: 0.6,
      dryMultiplier: 0.8,
      xtcProbability: 0.5,
      topNSigma: 1,
    });
  });

  test.each([
    ["floats for whole numbers are cut", { top_k: 3.9, num_predict: 5.0 }, { topK: 3 }],
    ["whole numbers are floats", { temperature: 1 }, { temperature: 1 }],
    ["null is as good as absent", { top_k: null, temperature: null }, { topK: undefined }],
    ["keys are known in any case", { Top_K: 3, TEMPERATURE: 0.5 }, { topK: 3, temperature: 0.5 }],
  ])("%s", async (_, options, sampling) => {
    expect((await asked(options)).request?.sampling).toMatchObject(sampling);
  });

  test("the defaults are Ollama's where nobody says otherwise", async () => {
    const { request } = await asked({});
    expect(request).toMatchObject({ nKeep: 4, sampling: { topP: 0.9, minP: 0 } });
  });

  test("a Modelfile or a command line comes over the defaults, a request over both", async () => {
    const told = { topP: 0.5, minP: 0.2 };
    const defaults = { ...fakeInfo.defaults, told, nKeep: 7 };
    const info = { ...fakeInfo, defaults };
    const silent = await asked({}, {}, { info });
    expect(silent.request).toMatchObject({ nKeep: 7, sampling: told });
    const { request } = await asked({ min_p: 0.3, num_keep: 2 }, {}, { info });
    expect(request).toMatchObject({ nKeep: 2, sampling: { topP: 0.5, minP: 0.3 } });
  });

  test("seed -1 is a random one, even if the model has its own", async () => {
    const defaults = { ...fakeInfo.defaults, told: { seed: 7 } };
    const info = { ...fakeInfo, defaults };
    const { request } = await asked({ seed: -1 }, {}, { info });
    expect(request?.sampling.seed).toBeNumber();
    expect((await asked({}, {}, { info })).request?.sampling.seed).toBeUndefined();
    expect((await asked({ seed: -1 })).request?.sampling.seed).toBeUndefined();
  });

  test("an empty list of stop texts unsets the model's, an absent one does not", async () => {
    expect((await asked({ stop: [] })).request?.stop).toEqual([]);
    expect((await asked({})).request?.stop).toBeUndefined();
    expect((await asked({ stop: "x" })).request?.stop).toEqual(["x"]);
  });

  test("a model's own limit of the answer counts for silent requests", async () => {
    const info = { ...fakeInfo, defaults: { ...fakeInfo.defaults, nPredict: 9 } };
    expect((await asked({}, {}, { info })).request?.nPredict).toBe(9);
    expect((await asked({ num_predict: -1 }, {}, { info })).request?.nPredict).toBe(10_240);
  });

  test("num_ctx is the request's, at least 4; an answer without a limit has ten of it", async () => {
    const { request, wish } = await asked({ num_ctx: 2 });
    expect(request).toMatchObject({ nCtx: 4, nPredict: 40 });
    expect(wish?.nCtx).toBe(4);
  });

  test("what is decided at loading is wished of the engine", async () => {
    const { wish } = await asked({ num_gpu: 0, num_batch: 128, num_thread: 3, use_mmap: false });
    expect(wish?.load).toEqual({
      model: { n_gpu_layers: 0, load_mode: "none" },
      nBatch: 128,
      threads: { n_threads: 3 },
    });
    expect((await asked({ num_gpu: -1, num_thread: 0 })).wish).not.toHaveProperty("load");
  });

  test("truncate and shift are on unless the request says otherwise", async () => {
    const on = { truncate: true, contextShift: true };
    expect((await asked({})).request).toMatchObject(on);
    const off = await asked({}, { truncate: false, shift: false });
    expect(off.request).toMatchObject({ truncate: false, contextShift: false });
  });

  test("what is obsolete or unheard of is told to the operator, once, and refused by nobody", async () => {
    const { supervisor } = appOver(says("a"));
    const warnings: string[] = [];
    const warn = (text: string) => void warnings.push(text);
    const app = createApp(supervisor, { version: "1", settings: httpSettings, store: null, warn });
    const options = { tfs_z: 1, num_gqa: 8, low_vram: true, temprature: 1, top_k: 1, f16_kv: null };
    for (let i = 0; i < 2; i++) {
      const body = JSON.stringify({ ...hi, options });
      const request = new Request("http://localhost/api/chat", { method: "POST", body });
      expect((await app.handle(request)).status).toBe(200);
    }
    const obsolete = (name: string) => `option "${name}" has no effect: llama.cpp no longer has it`;
    expect(warnings).toEqual([
      ...["tfs_z", "num_gqa", "low_vram"].map(obsolete),
      'invalid option provided: "temprature"',
    ]);
  });
});

test.each([
  ["num_thread", 513],
  ["rope_frequency_base", 1e30], // its angles are no numbers, nor is anything computed with them
  ["rope_frequency_base", 1e-30],
  ["rope_frequency_scale", 1e30],
  ["draft_num_predict", 65_535],
])("%s %p is refused before a model is loaded anew for it", async (name, value) => {
  const { engine, post } = appOver(says("a"));
  const response = await post("/api/chat", { ...hi, options: { [name]: value } });
  const error = expect.stringMatching(
    new RegExp(`^.options.${name}. (is out of range|must be 0 or)`),
  );
  expect([response.status, await response.json()]).toEqual([400, { error }]);
  expect(engine.requests).toEqual([]);
});

describe("bodies", () => {
  const sent = (body: string, headers: Record<string, string> = {}) => {
    const { app, engine } = appOver(says("a"));
    const request = new Request("http://localhost/api/chat", { method: "POST", body, headers });
    return Promise.resolve(app.handle(request)).then((response) => ({ response, engine }));
  };

  test("are JSON whatever they are called, as curl -d calls them a form", async () => {
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const { response } = await sent(JSON.stringify(hi), headers);
    expect(response.status).toBe(200);
  });

  test("have keys in any case, at any depth, and an exact one wins", async () => {
    const messages = [{ Role: "USER", CONTENT: "hi", content: "ho" }];
    const body = { Messages: messages, STREAM: false, Think: false };
    const { response, engine } = await sent(JSON.stringify(body));
    expect(response.headers.get("content-type")).toStartWith("application/json");
    expect(engine.requests[0]?.prompt).toMatchObject({
      enableThinking: false,
      messages: [{ role: "user", parts: [{ type: "text", text: "ho" }] }],
    });
  });

  test("keys of free JSON stay as they are", async () => {
    const parameters = { type: "object", properties: { Role: { type: "string" } } };
    const tools = [{ type: "function", function: { name: "f", parameters } }];
    const { engine } = await sent(JSON.stringify({ ...hi, tools }));
    expect(engine.requests[0]?.prompt).toMatchObject({ tools: [{ parameters }] });
  });

  test("that do not arrive whole fail as they do elsewhere", async () => {
    const { app } = appOver(says("a"));
    const tooLarge = new AppError("body_too_large", "the body is larger than 1 MB");
    const body = new ReadableStream({ pull: (controller) => controller.error(tooLarge) });
    const request = new Request("http://localhost/api/chat", { method: "POST", body });
    const response = await app.handle(request);
    expect([response.status, await response.json()]).toEqual([413, { error: tooLarge.message }]);
  });

  test.each(["", "  \n"])("%p is none", async (body) => {
    const { response } = await sent(body);
    expect([response.status, await response.json()]).toEqual([
      400,
      { error: "missing request body" },
    ]);
  });
});

describe("beyond Ollama", () => {
  test.each([
    ["none", "none"],
    ["required", "required"],
    [{ type: "function", function: { name: "f" } }, { name: "f" }],
    [undefined, "auto"],
  ])("tool_choice %j", async (tool_choice, toolChoice) => {
    const tools = [{ function: { name: "f" } }];
    const { request } = await asked({}, { tools, tool_choice, parallel_tool_calls: false });
    expect(request?.prompt).toMatchObject({ toolChoice, parallelToolCalls: false });
  });
});
