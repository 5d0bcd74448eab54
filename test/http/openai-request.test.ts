import { describe, expect, test } from "bun:test";
import type { LoadMedia } from "../../src/http/chat-media.ts";
import { base64Media } from "../../src/http/media.ts";
import { toChatPrompt, toGenerateOptions } from "../../src/http/openai/chat-request.ts";
import type { ChatCompletionRequest } from "../../src/http/openai/chat-schema.ts";

const hi: ChatCompletionRequest = { messages: [{ role: "user", content: "hi" }] };
const load: LoadMedia = async (_kind, source, param) => base64Media(source, param);
const toPrompt = (more: Partial<ChatCompletionRequest>) => toChatPrompt({ ...hi, ...more }, load);
const toOptions = (more: Partial<ChatCompletionRequest>) =>
  toGenerateOptions({ ...hi, ...more }, "chatcmpl-1");
const schema = { type: "object", properties: { city: { type: "string" } } };
const tools: ChatCompletionRequest["tools"] = [
  { type: "function", function: { name: "f", description: "d", parameters: schema } },
  { type: "function", function: { name: "g" } },
];

describe("OpenAI's request for core", () => {
  test("a silent request leaves the engine's defaults alone", () => {
    const { sampling, report, ...request } = toOptions({});
    for (const part of [sampling, report ?? {}, request]) {
      expect(Object.values(part).filter((value) => value !== undefined)).toEqual([]);
    }
  });

  test.each([
    [{ max_tokens: 5 }, 5],
    [{ max_completion_tokens: 6, max_tokens: 5 }, 6],
    [{ n_predict: 7, max_completion_tokens: 6 }, 7],
    [{ max_tokens: 0 }, 0],
    [{ max_tokens: -1 }, undefined],
  ])("%p predicts %p tokens at most", (more, expected) => {
    expect(toOptions(more).nPredict).toBe(expected);
  });

  test("all samplers arrive under core's names", () => {
    const { sampling } = toOptions({
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
      repeat_last_n: 2,
      repeat_penalty: 1.1,
      presence_penalty: 1.2,
      frequency_penalty: 1.3,
      dry_multiplier: 1.4,
      dry_base: 1.75,
      dry_allowed_length: 3,
      dry_penalty_last_n: 4,
      dry_sequence_breakers: ["\n"],
      mirostat: 2,
      mirostat_tau: 5,
      mirostat_eta: 0.15,
      adaptive_target: 0.25,
      adaptive_decay: 0.35,
      min_keep: 5,
      samplers: ["top_k", "temperature"],
      ignore_eos: true,
      logit_bias: { "15": -100, "7": false },
    });
    expect(sampling).toEqual({
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
      repeatLastN: 2,
      repeatPenalty: 1.1,
      presencePenalty: 1.2,
      frequencyPenalty: 1.3,
      dryMultiplier: 1.4,
      dryBase: 1.75,
      dryAllowedLength: 3,
      dryPenaltyLastN: 4,
      drySequenceBreakers: ["\n"],
      mirostat: 2,
      mirostatTau: 5,
      mirostatEta: 0.15,
      adaptiveTarget: 0.25,
      adaptiveDecay: 0.35,
      minKeep: 5,
      samplers: ["top_k", "temperature"],
      ignoreEos: true,
      logitBias: [
        { token: 7, bias: Number.NEGATIVE_INFINITY },
        { token: 15, bias: -100 },
      ],
    });
  });

  test("samplers can be one text of letters, and biases pairs", () => {
    const { sampling } = toOptions({ samplers: "kt", logit_bias: [[3, 1.5]] });
    expect(sampling.samplers).toEqual(["top_k", "temperature"]);
    expect(sampling.logitBias).toEqual([{ token: 3, bias: 1.5 }]);
  });

  test.each([
    [-1, undefined],
    [4294967295, undefined],
    [0, 0],
    [-2, 4294967294],
    [2 ** 40 + 5, 5],
  ])("seed %p is %p in llama.cpp's 32 bits", (seed, expected) => {
    expect(toOptions({ seed }).sampling.seed).toBe(expected);
  });

  test("stop is one text or several, and empty ones ask for nothing", () => {
    expect(toOptions({ stop: "x" }).stop).toEqual(["x"]);
    expect(toOptions({ stop: ["x", "", "y"] }).stop).toEqual(["x", "y"]);
  });

  test("tools without parameters take none", async () => {
    expect((await toPrompt({ tools })).tools).toEqual([
      { name: "f", description: "d", parameters: schema },
      { name: "g", description: "", parameters: { type: "object", properties: {} } },
    ]);
  });

  test.each([
    [undefined, "auto"],
    ["none", "none"],
    ["required", "required"],
    [{ type: "function", function: { name: "g" } }, { name: "g" }],
  ] as const)("tool_choice %p is %p", async (tool_choice, expected) => {
    const prompt = await toPrompt({ tools, ...(tool_choice && { tool_choice }) });
    expect(prompt.toolChoice).toEqual(expected);
  });

  test.each([
    ["auto", "auto"],
    ["required", "required"],
  ] as const)("allowed tools with mode %p are all there are", async (mode, expected) => {
    const tool_choice: ChatCompletionRequest["tool_choice"] = {
      type: "allowed_tools",
      allowed_tools: { mode, tools: [{ function: { name: "g" } }] },
    };
    const prompt = await toPrompt({ tools, tool_choice });
    expect(prompt.toolChoice).toBe(expected);
    expect(prompt.tools.map(({ name }) => name)).toEqual(["g"]);
  });

  test.each([
    [{ response_format: { type: "text" } }, undefined],
    [{ response_format: { type: "json_object" } }, {}],
    [{ response_format: { type: "json_object", schema } }, schema],
    [{ response_format: { type: "json_schema", json_schema: { name: "n", schema } } }, schema],
    [{ response_format: { type: "json_schema", json_schema: {} } }, {}],
    [{ response_format: { type: "json_schema" } }, {}],
    [{ response_format: {} }, undefined],
    [{ json_schema: schema }, schema],
  ] as const)("%p asks for the schema %p", async (more, expected) => {
    expect((await toPrompt(more)).jsonSchema).toEqual(expected);
  });

  test("a grammar goes along as it is, and with tools that are not to be called", async () => {
    const grammar = 'root ::= "a"';
    expect((await toPrompt({ grammar })).grammar).toBe(grammar);
    expect((await toPrompt({ grammar, tools, tool_choice: "none" })).grammar).toBe(grammar);
  });

  test.each([
    [{ reasoning_effort: "none", chat_template_kwargs: { reasoning_effort: "low" } }, false, {}],
    [{ reasoning_effort: "high" }, undefined, { reasoning_effort: "high" }],
    [{ chat_template_kwargs: { enable_thinking: true, x: [1] } }, true, { x: [1] }],
    [{ reasoning: { effort: "high" } }, undefined, { reasoning_effort: "high" }],
    [{ reasoning: { enabled: false } }, false, {}],
    [{ think: true }, true, {}],
    [{ think: false }, false, {}],
    [{ think: "max" }, true, { reasoning_effort: "max" }],
    [{ reasoning_effort: "low", think: "max" }, true, { reasoning_effort: "low" }],
    [{ verbosity: "low" }, undefined, { verbosity: "low" }],
    [{}, undefined, {}],
  ] as const)("%p: thinking %p, variables %p", async (more, enableThinking, templateVariables) => {
    const prompt = await toPrompt(more);
    expect(prompt.enableThinking).toBe(enableThinking);
    expect(prompt.templateVariables).toEqual(templateVariables);
  });

  test("roles, parts, thinking and tool traffic arrive as core has them", async () => {
    const url = "data:image/png;base64,AAEC";
    const { messages } = await toPrompt({
      messages: [
        { role: "developer", content: "Be brief." },
        {
          role: "user",
          content: [
            { type: "text", text: "Look:" },
            { type: "image_url", image_url: { url } },
            { type: "image_url", image_url: "AAEC" },
            { type: "input_audio", input_audio: { data: "AAEC", format: "wav" } },
          ],
        },
        {
          role: "assistant",
          reasoning_content: "hmm",
          tool_calls: [
            { id: "c1", type: "function", function: { name: "f", arguments: "{}" } },
            { function: { name: "g", arguments: { a: [1] } } },
          ],
        },
        { role: "tool", tool_call_id: "c1", content: "4" },
        { role: "assistant", content: [{ type: "refusal", refusal: "No." }] },
      ],
    });
    const media = (at: string) => ({
      type: "media" as const,
      bytes: new Uint8Array([0, 1, 2]),
      param: `messages[1].content${at}`,
    });
    expect(messages).toEqual([
      { role: "system", parts: [{ type: "text", text: "Be brief." }] },
      {
        role: "user",
        parts: [
          { type: "text", text: "Look:" },
          media("[1].image_url.url"),
          media("[2].image_url"),
          media("[3].input_audio.data"),
        ],
      },
      {
        role: "assistant",
        parts: [],
        reasoning: "hmm",
        toolCalls: [
          { id: "c1", name: "f", arguments: "{}" },
          { id: "", name: "g", arguments: '{"a":[1]}' },
        ],
      },
      { role: "tool", parts: [{ type: "text", text: "4" }], toolCallId: "c1", toolName: "f" },
      { role: "assistant", parts: [{ type: "text", text: "No." }] },
    ]);
  });

  test("what decides how the answer is read arrives under core's names", async () => {
    const prompt = await toPrompt({
      parallel_tool_calls: true,
      parse_tool_calls: false,
      reasoning_format: "deepseek-legacy",
      thinking_budget_tokens: 7,
      reasoning_budget_message: "Enough.",
      add_generation_prompt: false,
      continue_final_message: "content",
    });
    expect(prompt).toMatchObject({
      parallelToolCalls: true,
      parseToolCalls: false,
      reasoningFormat: "deepseek-legacy",
      reasoningBudget: 7,
      reasoningBudgetMessage: "Enough.",
      addGenerationPrompt: false,
      continueFinalMessage: "content",
    });
  });

  test.each([
    [{ reasoning_budget_tokens: 5, thinking_budget_tokens: 7 }, 5],
    [{ reasoning_budget_tokens: -1 }, undefined],
    [{ reasoning: { max_tokens: 9 } }, 9],
    [{}, undefined],
  ])("%p: a budget of %p tokens for thinking", async (more, expected) => {
    expect((await toPrompt(more)).reasoningBudget).toBe(expected);
  });

  test.each([
    [{ logprobs: true }, 20],
    [{ logprobs: true, top_logprobs: 3 }, 3],
    [{ logprobs: true, top_logprobs: 0 }, 1],
    [{ logprobs: false, n_probs: 4 }, 4],
    [{}, undefined],
  ])("%p asks for %p alternatives of every token", (more, expected) => {
    expect(toOptions(more).report?.nProbs).toBe(expected);
  });

  test("a request can be found by its id when its thinking is to be ended, and only then", () => {
    expect(toOptions({ reasoning_control: true }).tag).toBe("chatcmpl-1");
    expect(toOptions({}).tag).toBeUndefined();
  });

  test("text files are text under their names, and pictures pictures", async () => {
    const data = (type: string, text: string) => `data:${type};base64,${btoa(text)}`;
    const files = [
      { file_data: data("text/csv", "a,b"), filename: "t.csv" },
      { file_data: btoa("bare") },
      { file_data: data("image/png", "png"), filename: "p.png" },
    ];
    const content = files.map((file) => ({ type: "file" as const, file }));
    const { messages } = await toPrompt({ messages: [{ role: "user", content }] });
    expect(messages[0]?.parts).toMatchObject([
      { type: "text", text: "t.csv:\n\na,b" },
      { type: "text", text: "bare" },
      { type: "media" },
    ]);
  });

  test("a speaker's name is there for templates to tell", async () => {
    const { messages } = await toPrompt({
      messages: [{ role: "user", content: "hi", name: "Bo" }],
    });
    expect(messages[0]).toMatchObject({ role: "user", toolName: "Bo" });
  });

  test("two media that fail at once are one error", async () => {
    const images = ["?", "!"];
    const failing = toPrompt({ messages: [{ role: "user", content: [{ type: "text" }], images }] });
    await expect(failing).rejects.toThrow("messages[0].images[0]");
  });
});
