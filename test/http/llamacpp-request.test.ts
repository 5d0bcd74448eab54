import { describe, expect, test } from "bun:test";
import type { GenerateRequest } from "../../src/core/generate.ts";
import { appOver, fakeInfo, json, says } from "../support/fake-engine.ts";

/** What the engine is asked for a body. */
async function asked(body: object): Promise<GenerateRequest> {
  const { post, engine } = appOver(says("a"));
  const response = await post("/completion", { prompt: "a", ...body });
  expect([response.status, await response.text()]).toEqual([200, expect.any(String)]);
  const [request] = engine.requests;
  if (!request) throw new Error("the engine was asked nothing");
  return request;
}

async function refusal(body: object) {
  const response = await appOver(says("a")).post("/completion", { prompt: "a", ...body });
  const { error } = await json<{ error: { code: number; message: string; param: string } }>(
    response,
  );
  return [response.status, error.param, error.message];
}

const partsOf = ({ prompt }: GenerateRequest) => (prompt.type === "text" ? prompt.parts : null);

const picture = new Uint8Array([1, 2, 3]);
const base64 = picture.toBase64();

describe("a prompt", () => {
  test.each<[unknown, unknown[][]]>([
    ["text", [["text"]]],
    ["", [[""]]],
    [[1, 2], [[1, 2]]],
    [["x", 1, "y"], [["x", 1, "y"]]],
    [
      ["x", "y"],
      [["x"], ["y"]],
    ],
    [
      [[1, 2], "x", ["y", 3]],
      [[1, 2], ["x"], ["y", 3]],
    ],
    [{ prompt_string: "x" }, [["x"]]],
    [{ prompt_string: ["x", 1] }, [["x", 1]]],
    [{ prompt_string: "a<__media__>b", multimodal_data: [base64] }, [["a", picture, "b"]]],
    [
      { prompt_string: "<__media__><__media__>", multimodal_data: [base64, base64] },
      [[picture, picture]],
    ],
    [{ prompt_string: "a<__media__>" }, [["a<__media__>"]]],
    [
      ["x", { prompt_string: "<__media__>", multimodal_data: [base64] }],
      [["x"], [picture]],
    ],
    ["[img-12]", [["[img-12]"]]],
  ])("%j is one of ours", async (prompt, parts) => {
    const { post, engine } = appOver(says("a"));
    expect((await post("/completion", { prompt })).status).toBe(200);
    const prompts: unknown[] = engine.requests.map(partsOf);
    expect(prompts).toEqual(parts);
  });

  test("may name the pictures of image_data, in every prompt", async () => {
    const { post, engine } = appOver(says("a"));
    const image_data = [
      { data: base64, id: 12 },
      { data: `data:image/png;base64,${base64}`, id: 3 },
    ];
    await post("/completion", { prompt: ["see [img-12]!", "[img-3][img-12]"], image_data });
    const prompts: unknown[] = engine.requests.map(partsOf);
    expect(prompts).toEqual([
      ["see ", picture, "!"],
      [picture, picture],
    ]);
  });

  test.each([
    ["prompt", { prompt: 3 }],
    ["prompt", { prompt: [] }],
    ["prompt[1]", { prompt: ["a", []] }],
    ["prompt[1]", { prompt: [1, -1] }],
    ["prompt.prompt_string", { prompt: { multimodal_data: [] } }],
    ["prompt", { prompt: { prompt_string: "a", multimodal_data: [base64] } }],
    ["prompt", { prompt: { prompt_string: "a<__media__>", multimodal_data: [] } }],
    [
      "prompt.multimodal_data[0]",
      { prompt: { prompt_string: "<__media__>", multimodal_data: ["?"] } },
    ],
    [
      "prompt.multimodal_data[0]",
      { prompt: { prompt_string: "<__media__>", multimodal_data: ["data:text/html;base64,YQ=="] } },
    ],
    ["image_data", { prompt: "[img-1]", image_data: [{ data: base64, id: 2 }] }],
    ["image_data", { prompt: "a", image_data: [{ data: base64, id: 2 }] }],
    ["image_data[0].data", { prompt: "[img-2]", image_data: [{ data: "?", id: 2 }] }],
  ])("is refused for its %s: %j", async (param, body) => {
    expect(await refusal(body)).toEqual([400, param, expect.stringContaining(`\`${param}`)]);
  });

  test("with a picture is a 400 for a model that cannot see", async () => {
    const info = { ...fakeInfo, vision: false };
    const prompt = { prompt_string: "<__media__>", multimodal_data: [base64] };
    const response = await appOver(says("a"), { info }).post("/completion", { prompt });
    expect(response.status).toBe(400);
    expect(await response.text()).toContain("image input is not supported");
  });
});

describe("fields of /completion", () => {
  test.each<[object, Partial<GenerateRequest>]>([
    [{}, { nPredict: undefined, stop: undefined, slot: undefined, lora: undefined }],
    [{ n_predict: 0 }, { nPredict: 0 }],
    [{ n_predict: 5, max_tokens: 6 }, { nPredict: 5 }],
    [{ max_tokens: 6 }, { nPredict: 6 }],
    [{ max_completion_tokens: 7, max_tokens: 6 }, { nPredict: 7 }],
    [{ n_predict: -1 }, { nPredict: undefined }],
    [{ stop: "x" }, { stop: ["x"] }],
    [{ stop: ["x", ""] }, { stop: ["x"] }],
    [{ stop: [] }, { stop: undefined }],
    [
      { n_keep: -1, n_discard: 3 },
      { nKeep: -1, nDiscard: 3 },
    ],
    [{ n_indent: 2 }, { nIndent: 2 }],
    [{ n_indent: 0 }, { nIndent: undefined }],
    [{ t_max_predict_ms: 100 }, { maxDecodeMs: 100 }],
    [{ t_max_predict_ms: -1 }, { maxDecodeMs: undefined }],
    [{ id_slot: 1 }, { slot: 1 }],
    [{ id_slot: -1 }, { slot: undefined }],
    [{ cache_prompt: false }, { cachePrompt: false }],
    [
      { lora: [{ id: 1, scale: 0.5 }, { id: 0 }] },
      {
        lora: [
          { id: 1, scale: 0.5 },
          { id: 0, scale: 0 },
        ],
      },
    ],
    [{ lora: [] }, { lora: undefined }],
    [{ temperature: null, stop: null, seed: null }, { stop: undefined }],
    [{ logprobs: 3 }, { report: expect.objectContaining({ nProbs: 3 }) }],
    [{ n_probs: 2, logprobs: 3 }, { report: expect.objectContaining({ nProbs: 2 }) }],
    [{ n_probs: 0 }, { report: expect.objectContaining({ nProbs: undefined, prompt: true }) }],
  ])("%j asks for what it says", async (body, expected) => {
    expect(await asked(body)).toMatchObject(expected);
  });

  test("a lazy grammar comes with its triggers and tokens", async () => {
    const body = {
      grammar: "root ::= x",
      grammar_lazy: true,
      grammar_triggers: [
        { type: 1, value: "go" },
        { type: 0, value: "<x>", token: 5 },
      ],
      preserved_tokens: ["<x>"],
    };
    expect((await asked(body)).prompt).toEqual({
      type: "text",
      parts: ["a"],
      grammar: "root ::= x",
      grammarLazy: true,
      grammarTriggers: body.grammar_triggers,
      preservedTokens: ["<x>"],
    });
  });

  test.each([
    ["prompt", { prompt: undefined }],
    ["n_predict", { n_predict: -2 }],
    ["n_predict", { n_predict: 1.5 }],
    ["n_keep", { n_keep: -2 }],
    ["n_indent", { n_indent: -1 }],
    ["id_slot", { id_slot: -2 }],
    ["id_slot", { id_slot: "1" }],
    ["n_cmpl", { n_cmpl: 5 }],
    ["n", { n: 5 }],
    ["n", { n: 0 }],
    ["lora", { lora: {} }],
    ["lora[0].id", { lora: [{ id: -1 }] }],
    ["t_max_predict_ms", { t_max_predict_ms: -2 }],
    ["response_fields", { response_fields: "content" }],
    ["sse_ping_interval", { sse_ping_interval: -2 }],
    ["grammar", { grammar: "root ::= x", json_schema: {} }],
    ["grammar_triggers", { grammar: "root ::= x", grammar_lazy: true }],
    ["dry_sequence_breakers", { dry_sequence_breakers: [] }],
    ["dry_allowed_length", { dry_allowed_length: -1 }],
    ["adaptive_decay", { adaptive_decay: 1 }],
    ["min_keep", { min_keep: -1 }],
    ["samplers[0]", { samplers: ["top_q"] }],
    ["samplers", { samplers: "kz" }],
    ["logit_bias", { logit_bias: [[-1, 1]] }],
    ["logit_bias", { logit_bias: [[1, "much"]] }],
    ["temperature", { temperature: "hot" }],
    ["stream", { stream: "yes" }],
  ])("a wrong %s is a 400 that names it: %j", async (param, body) => {
    expect(await refusal(body)).toEqual([400, param, expect.stringContaining(param)]);
  });
});

describe("samplers", () => {
  test("all arrive under core's names", async () => {
    const body = {
      seed: 42,
      temperature: 0.1,
      top_k: 1,
      top_p: 0.2,
      min_p: 0.3,
      top_n_sigma: 1.5,
      typical_p: 0.4,
      xtc_probability: 0.5,
      xtc_threshold: 0.6,
      dynatemp_range: 0.7,
      dynatemp_exponent: 0.8,
      repeat_last_n: -1,
      repeat_penalty: 1.1,
      presence_penalty: 0.11,
      frequency_penalty: 0.12,
      dry_multiplier: 0.13,
      dry_base: 1.14,
      dry_allowed_length: 3,
      dry_penalty_last_n: -1,
      dry_sequence_breakers: ["x"],
      mirostat: 2,
      mirostat_tau: 4,
      mirostat_eta: 0.2,
      adaptive_target: 0.3,
      adaptive_decay: 0.4,
      min_keep: 5,
      samplers: ["top-k", "nucleus", "temp"],
      ignore_eos: true,
      logit_bias: [
        [7, 1.5],
        ["no", false],
      ],
    };
    expect((await asked(body)).sampling).toEqual({
      seed: 42,
      temperature: 0.1,
      topK: 1,
      topP: 0.2,
      minP: 0.3,
      topNSigma: 1.5,
      typicalP: 0.4,
      xtcProbability: 0.5,
      xtcThreshold: 0.6,
      dynatempRange: 0.7,
      dynatempExponent: 0.8,
      repeatLastN: -1,
      repeatPenalty: 1.1,
      presencePenalty: 0.11,
      frequencyPenalty: 0.12,
      dryMultiplier: 0.13,
      dryBase: 1.14,
      dryAllowedLength: 3,
      dryPenaltyLastN: -1,
      drySequenceBreakers: ["x"],
      mirostat: 2,
      mirostatTau: 4,
      mirostatEta: 0.2,
      adaptiveTarget: 0.3,
      adaptiveDecay: 0.4,
      minKeep: 5,
      samplers: ["top_k", "top_p", "temperature"],
      ignoreEos: true,
      logitBias: [
        { token: 7, bias: 1.5 },
        { token: "no", bias: Number.NEGATIVE_INFINITY },
      ],
    });
  });

  test.each([
    [{ temperature: -1 }, { temperature: 0 }],
    [{ top_k: -1 }, { topK: 0 }],
    [{ top_p: 2 }, { topP: 1 }],
    [{ min_p: -0.5 }, { minP: 0 }],
    [{ mirostat: 7 }, { mirostat: 2 as const }],
    [{ adaptive_target: 3 }, { adaptiveTarget: 1 }],
    [{ dry_base: 0.5 }, { dryBase: undefined }],
    [{ seed: -1 }, { seed: undefined }],
    [{ seed: -2 }, { seed: 4294967294 }],
    [{ samplers: "edskypmxtia" }, { samplers: expect.arrayContaining(["dry", "infill"]) }],
    [
      { logit_bias: { "15": -100, no: 1 } },
      {
        logitBias: [
          { token: 15, bias: -100 },
          { token: "no", bias: 1 },
        ],
      },
    ],
  ])("%j is brought into range", async (body, expected) => {
    expect((await asked(body)).sampling).toMatchObject(expected);
  });
});
