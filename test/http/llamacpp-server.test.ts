import { describe, expect, test } from "bun:test";
import { type EngineMetrics, noMetrics } from "../../src/core/calls.ts";
import { appOver, done, fakeInfo, json, plays, says, tiny } from "../support/fake-engine.ts";

const on = { slots: true, props: true, metrics: true };

describe("GET /props", () => {
  test("has llama-server's fields", async () => {
    const info = { ...fakeInfo, chatTemplateToolUse: "{{ tools }}" };
    const { get } = appOver(says(), { info, settings: { endpoints: on, hasPage: true } });
    expect(await json(get("/props"))).toEqual({
      default_generation_settings: {
        params: expect.objectContaining({ temperature: Math.fround(0.8), seed: 4294967295 }),
        n_ctx: 1024,
      },
      total_slots: 4,
      model_alias: "tiny",
      model_path: "/models/tiny.gguf",
      model_ftype: "F16",
      modalities: { vision: true, video: false, audio: false },
      media_marker: "<__media__>",
      endpoint_slots: true,
      endpoint_props: true,
      endpoint_metrics: true,
      ui: true,
      ui_settings: {},
      chat_template: "{{ messages }}",
      chat_template_tool_use: "{{ tools }}",
      chat_template_caps: { supports_tools: true },
      bos_token: "<s>",
      eos_token: "</s>",
      build_info: expect.stringMatching(/^b\d+-[0-9a-f]{7}$/),
      is_sleeping: false,
      cors_proxy_enabled: false,
    });
  });

  test("can be changed in name only, and only if that is switched on", async () => {
    const changed = await appOver(says(), { settings: { endpoints: on } }).post("/props", {});
    expect([changed.status, await changed.json()]).toEqual([200, { success: true }]);
    const off = await appOver(says()).post("/props", {});
    expect([off.status, await off.text()]).toEqual([501, expect.stringContaining("--props")]);
  });
});

describe("GET /models", () => {
  const models = [
    { ...tiny, aliases: ["small"], tags: ["chat"], mmprojPath: "/models/mmproj.gguf" },
    { ...tiny, name: "blind" },
    { ...tiny, name: "secret", isHidden: true },
  ] as const;

  test.each(["/models", "/v1/models"])("%s has both forms; nothing is loaded", async (path) => {
    const { get, supervisor } = appOver(says(), { models });
    const list = await json<{ models: object[]; data: object[] }>(get(path));
    expect(list).toMatchObject({ object: "list" });
    expect(list.models).toMatchObject([
      {
        name: "tiny",
        model: "tiny",
        capabilities: ["completion", "multimodal"],
        details: { format: "gguf" },
      },
      { name: "blind", capabilities: ["completion"] },
    ]);
    expect(list.data).toEqual([
      {
        id: "tiny",
        aliases: ["tiny", "small"],
        tags: ["chat"],
        object: "model",
        created: 1767323045,
        owned_by: "hutch",
      },
      expect.objectContaining({ id: "blind", aliases: ["blind"], tags: [] }),
    ]);
    expect(supervisor.status(supervisor.catalog.default).state).toBe("unloaded");
  });

  test("meta is known once the model was loaded", async () => {
    const { get, post } = appOver(says("a"), { models });
    await post("/completion", { prompt: "a" });
    const { data } = await json<{ data: { meta?: object }[] }>(get("/models"));
    expect(data.map((card) => card.meta)).toEqual([
      {
        vocab_type: 1,
        n_vocab: 512,
        n_ctx: 1024,
        n_ctx_train: 2048,
        n_embd: 64,
        n_params: 3_000_000,
        size: 6_000_000,
        ftype: "F16",
      },
      undefined,
    ]);
  });

  test("in llama-server's profile there is one model", async () => {
    const { get, supervisor } = appOver(says(), { models, settings: { profile: "llama-server" } });
    supervisor.preload();
    await Bun.sleep(0);
    const { data } = await json<{ data: object[] }>(get("/models"));
    expect(data).toMatchObject([{ id: "tiny", owned_by: "llamacpp" }]);
  });
});

describe("GET /metrics", () => {
  const counted: EngineMetrics = {
    ...noMetrics,
    nPromptTokens: 10,
    nPromptCached: 4,
    promptMs: 500,
    nPredicted: 6,
    nPredictSteps: 5,
    predictedMs: 250,
    nDecodes: 8,
    nTokensMax: 16,
    nBusySlots: 12,
    acceptedAt: [3, 1],
    nCellProofs: 5,
    nProcessing: 1,
  };

  /** `name{labels}` → value. */
  function values(text: string): Record<string, number> {
    const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    return Object.fromEntries(
      lines.map((line): [string, number] => {
        const space = line.lastIndexOf(" ");
        return [line.slice(0, space), Number(line.slice(space + 1))];
      }),
    );
  }

  const over = (answer: () => EngineMetrics) =>
    appOver(plays(done({ nPrompt: 7, nCached: 2, nPredicted: 3 })), {
      answers: { metrics: answer },
      settings: { endpoints: on },
    });

  test("has llama-server's names, types and help", async () => {
    const { get, post } = over(() => counted);
    await post("/completion", { prompt: "a" });
    const response = await get("/metrics");
    expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4");
    expect(response.headers.get("process-start-time-unix")).toMatch(/^\d+$/);
    const text = await response.text();
    expect(values(text)).toMatchObject({
      "llamacpp:prompt_tokens_total": 10,
      "llamacpp:prompt_tokens_cached_total": 4,
      "llamacpp:prompt_seconds_total": 0.5,
      "llamacpp:tokens_predicted_total": 6,
      "llamacpp:tokens_predicted_seconds_total": 0.25,
      "llamacpp:n_decode_total": 8,
      "llamacpp:n_tokens_max": 16,
      "llamacpp:spec_decode_num_draft_tokens_total": 0,
      "llamacpp:spec_decode_num_accepted_tokens_total": 0,
      "llamacpp:spec_decode_num_drafts_total": 0,
      'llamacpp:spec_decode_num_accepted_tokens_per_pos_total{position="0"}': 3,
      "llamacpp:prompt_tokens_seconds": 20,
      "llamacpp:predicted_tokens_seconds": 20,
      "llamacpp:requests_processing": 1,
      "llamacpp:requests_deferred": 0,
      "llamacpp:n_busy_slots_per_decode": 1.5,
    });
    expect(text).toContain("# HELP llamacpp:n_decode_total Total number of llama_decode() calls");
    expect(text).toContain("# TYPE llamacpp:n_tokens_max counter");
    expect(text).toContain("# TYPE llamacpp:requests_processing gauge");
  });

  test("rates are those since the last scrape", async () => {
    let now = counted;
    const { get, post } = over(() => now);
    await post("/completion", { prompt: "a" });
    await get("/metrics");
    now = { ...counted, nPromptTokens: 40, promptMs: 1500 };
    const second = values(await (await get("/metrics")).text());
    expect(second["llamacpp:prompt_tokens_seconds"]).toBe(30);
    expect(second["llamacpp:predicted_tokens_seconds"]).toBe(0);
    expect(second["llamacpp:prompt_tokens_total"]).toBe(40);
  });

  test("has requests and tokens by model, and what became of them", async () => {
    const { get, post } = over(() => counted);
    await post("/completion", { prompt: ["a", "b"] });
    const seen = values(await (await get("/metrics")).text());
    expect(seen).toMatchObject({
      'hutch_requests_total{model="tiny",outcome="done"}': 2,
      'hutch_prompt_tokens_total{model="tiny"}': 14,
      'hutch_cached_tokens_total{model="tiny"}': 4,
      'hutch_predicted_tokens_total{model="tiny"}': 6,
      'hutch_requests_running{model="tiny"}': 0,
      'hutch_request_duration_seconds_count{model="tiny"}': 2,
      'hutch_first_token_seconds_count{model="tiny"}': 2,
      'hutch_model_state{model="tiny",state="ready"}': 1,
      'hutch_slots_processing{model="tiny"}': 1,
      'hutch_cell_proofs{model="tiny"}': 5,
    });
  });

  test("loads no model", async () => {
    const { get, supervisor } = over(() => counted);
    const seen = values(await (await get("/metrics")).text());
    expect(seen["llamacpp:n_decode_total"]).toBe(0);
    expect(seen['hutch_model_state{model="tiny",state="unloaded"}']).toBe(1);
    expect(supervisor.status(supervisor.catalog.default).state).toBe("unloaded");
  });

  test("is a 501 when it is switched off", async () => {
    const response = await appOver(says()).get("/metrics");
    expect([response.status, await response.text()]).toEqual([
      501,
      expect.stringContaining("--metrics"),
    ]);
  });
});

describe("what only llama-server's web page needs", () => {
  test.each(["/tools", "/cors-proxy"])("%s is switched off", async (path) => {
    const response = await appOver(says()).get(path);
    expect(response.status).toBe(403);
    expect(await json(response)).toEqual({
      error: { message: "this feature is disabled", type: "feature_disabled" },
    });
  });
});
