import { describe, expect, test } from "bun:test";
import { AppError } from "../../src/core/errors.ts";
import { appOver, crashesAfter, fakeInfo, json, refuses, says } from "../support/fake-engine.ts";

const hi = { messages: [{ role: "user", content: "hi" }] };
const user = (more: object) => ({ messages: [{ role: "user", content: "hi", ...more }] });
const part = (content: object) => ({ messages: [{ role: "user", content: [content] }] });
const tools = [{ type: "function", function: { name: "f" } }];

const file = (content: object) => part({ type: "file", file: content });
const calling = (id?: string, args = "{}") => ({
  role: "assistant",
  tool_calls: [{ ...(id && { id }), function: { name: "f", arguments: args } }],
});
const answer = (tool_call_id?: string) => ({
  role: "tool",
  content: "4",
  ...(tool_call_id && { tool_call_id }),
});
const allowed = (mode: string, ...names: string[]) => ({
  type: "allowed_tools",
  allowed_tools: { mode, tools: names.map((name) => ({ type: "function", function: { name } })) },
});

interface WireError {
  message: string;
  type: string;
  param: string | null;
  code: string | number | null;
}

/** The status and the dialect's error for a request; Ollama's is only a text. */
async function failure(app: ReturnType<typeof appOver>, path: string, body: unknown) {
  const response = await app.post(path, body);
  expect(response.headers.get("content-type")).toStartWith("application/json");
  const { error, ...rest } = await json<{ error: WireError | string }>(response);
  const about = typeof error === "string" ? { ...rest, message: error } : error;
  return { ...(about as Partial<WireError>), status: response.status };
}

test.each([
  ["top_logprobs", "/v1/chat/completions", { ...hi, logprobs: true, top_logprobs: 101 }],
  ["n_probs", "/v1/chat/completions", { ...hi, n_probs: 101 }],
  ["logprobs", "/v1/completions", { prompt: "hi", logprobs: 101 }],
])("over 100 alternatives of each token are refused: %s", async (param, path, body) => {
  expect(await failure(appOver(says("a")), path, body)).toMatchObject({ status: 400, param });
  const dropIn = appOver(says("a"), { settings: { profile: "llama-server" } });
  await dropIn.supervisor.acquire("tiny", AbortSignal.timeout(1000));
  expect((await dropIn.post(path, body)).status).toBe(200);
});

test.each([
  ["x".repeat(2e5), "string length"],
  [Array(1e5).fill("x"), "array length"],
])("a `stop` that is too long is told so", async (stop, words) => {
  const answer = await json<{ error: { message: string; param: string } }>(
    appOver(says("a")).post("/v1/chat/completions", { ...hi, stop }),
  );
  expect(answer.error).toMatchObject({ param: "stop", message: expect.stringContaining(words) });
});

describe("POST /v1/chat/completions refuses with 400 and names the field:", () => {
  test.each([
    ["messages", {}],
    ["messages", { messages: [] }],
    ["messages", { messages: "hi" }],
    ["messages[0].role", { messages: [{ content: "hi" }] }],
    ["messages[0].role", user({ role: "wizard" })],
    ["messages[0].content", user({ content: 3 })],
    ["messages[0].content", { messages: [{ role: "user" }] }],
    ["messages[0].content", user({ content: null })],
    ["messages[0].content", { messages: [{ role: "assistant", content: null }] }],
    ["messages[0].content[0].type", part({ type: "film" })],
    ["messages[0].content[0].input_audio", part({ type: "input_audio", input_audio: {} })],
    ["messages[0].content[0].text", part({ type: "text" })],
    ["messages[0].content[0].image_url", part({ type: "image_url" })],
    ["messages[0].content[0].image_url.url", part({ type: "image_url", image_url: { url: "%%" } })],
    [
      "messages[0].content[0].image_url.url",
      part({ type: "image_url", image_url: { url: "https://example.com/a.png" } }),
    ],
    [
      "messages[0].content[0].image_url.url",
      part({ type: "image_url", image_url: { url: "file:///etc/passwd" } }),
    ],
    ["messages[0].images[0]", user({ images: ["not base64!"] })],
    ["messages[0].images[0]", user({ images: [""] })],
    ["messages[0].images[1]", user({ images: ["AAEC", "data:image/png;base64,?"] })],
    ["temperature", { ...hi, temperature: "hot" }],
    ["max_tokens", { ...hi, max_tokens: -2 }],
    ["max_tokens", { ...hi, max_tokens: 1.5 }],
    ["max_tokens", { ...hi, max_tokens: "5" }],
    ["stream", { ...hi, stream: "yes" }],
    ["seed", { ...hi, seed: 1.5 }],
    ["stop", { ...hi, stop: Array(65).fill("x") }],
    ["stop", { ...hi, stop: "x".repeat(1001) }],
    ["stop[0]", { ...hi, stop: [7] }],
    ["samplers", { ...hi, samplers: "kz" }],
    ["samplers[0]", { ...hi, samplers: ["top_q"] }],
    ["logit_bias", { ...hi, logit_bias: [[1.5, 1]] }],
    ["logit_bias", { ...hi, logit_bias: [[1, "much"]] }],
    ["n", { ...hi, n: 0 }],
    ["logprobs", { ...hi, logprobs: 5 }],
    ["top_logprobs", { ...hi, top_logprobs: 3 }],
    ["reasoning_format", { ...hi, reasoning_format: "loud" }],
    ["reasoning_budget_tokens", { ...hi, reasoning_budget_tokens: -2 }],
    ["continue_final_message", { ...hi, continue_final_message: true }],
    ["functions", { ...hi, functions: [{}] }],
    ["audio", { ...hi, audio: {} }],
    ["store", { ...hi, store: true }],
    ["metadata", { ...hi, metadata: { a: "b" } }],
    ["moderation", { ...hi, moderation: { model: "m" } }],
    ["modalities", { ...hi, modalities: ["text", "audio"] }],
    ["web_search_options", { ...hi, web_search_options: {} }],
    ["function_call", { ...hi, function_call: { name: "f" } }],
    ["reasoning_effort", { ...hi, reasoning_effort: "a lot" }],
    ["reasoning.effort", { ...hi, reasoning: { effort: "a lot" } }],
    ["reasoning.exclude", { ...hi, reasoning: { exclude: true } }],
    ["think", { ...hi, think: "loudly" }],
    ["verbosity", { ...hi, verbosity: "mute" }],
    ["keep_alive", { ...hi, keep_alive: "soon" }],
    ["options.keep_alive", { ...hi, options: { keep_alive: "soon" } }],
    ["options.num_ctx", { ...hi, options: { num_ctx: -1 } }],
    ["options.num_gpu", { ...hi, options: { num_gpu: -2 } }],
    ["options.temperature", { ...hi, options: { temperature: "hot" } }],
    ["messages[0].role", user({ role: "function", name: "f" })],
    ["messages[0].function_call", user({ function_call: { name: "f", arguments: "{}" } })],
    ["messages[0].audio", user({ audio: { id: "audio_1" } })],
    ["messages[0].content[0].file.file_data", part({ type: "file" })],
    ["messages[0].content[0].file.file_id", file({ file_id: "file_1" })],
    ["messages[0].content[0].file.file_data", file({ file_data: "data:text/plain,hi" })],
    ["messages[0].content[0].file.file_data", file({ file_data: "%%" })],
    ["messages[0].content[0].file.file_data", file({ file_data: btoa("%PDF-1.7") })],
    ["messages[0].content[0].file.file_data", file({ file_data: btoa("\xff\xfe") })],
    ["messages[0].tool_call_id", { messages: [answer("c1")] }],
    ["messages[0].tool_call_id", { messages: [answer()] }],
    ["messages[2].tool_call_id", { messages: [calling("c1"), answer("c1"), answer("c2")] }],
    ["messages[2].tool_call_id", { messages: [calling("c1"), answer(), answer()] }],
    ["messages[1].tool_call_id", { messages: [calling(), answer("c1")] }],
    [
      "messages[0].tool_calls[0].function.arguments",
      { messages: [calling("c1", '{"city": "Par'), answer("c1")] },
    ],
    ["tools[0].type", { ...hi, tools: [{ type: "custom", custom: { name: "f" } }] }],
    ["tools[0].function", { ...hi, tools: [{ type: "function" }] }],
    ["tools", { ...hi, tools: Array(1001).fill(tools[0]) }],
    ["tool_choice.type", { ...hi, tools, tool_choice: { type: "custom", custom: {} } }],
    ["tool_choice.function", { ...hi, tools, tool_choice: { type: "function" } }],
    ["tool_choice.allowed_tools", { ...hi, tools, tool_choice: { type: "allowed_tools" } }],
    [
      "tool_choice.allowed_tools.tools[0].function.name",
      { ...hi, tools, tool_choice: allowed("auto", "g") },
    ],
    ["tool_choice", { ...hi, tools, tool_choice: allowed("required") }],
    [
      "response_format.json_schema.schema",
      { ...hi, response_format: { type: "json_schema", json_schema: { name: "n" } } },
    ],
    ["response_format.json_schema.schema", { ...hi, response_format: { type: "json_schema" } }],
    ["id_slot", { ...hi, id_slot: "first" }],
    ["tools[0].function.name", { ...hi, tools: [{ type: "function", function: {} }] }],
    ["tool_choice", { ...hi, tool_choice: "required" }],
    ["tool_choice", { ...hi, tools, tool_choice: "maybe" }],
    ["tool_choice", { ...hi, tools, tool_choice: { type: "function", function: { name: "g" } } }],
    ["response_format.type", { ...hi, response_format: { type: "xml" } }],
    ["response_format.schema", { ...hi, response_format: { type: "json_object", schema: 123 } }],
    ["response_format", { ...hi, grammar: "x", response_format: { type: "json_object" } }],
    ["grammar", { ...hi, grammar: "x", json_schema: {} }],
    ["grammar", { ...hi, grammar: "x", tools }],
    [
      "chat_template_kwargs.enable_thinking",
      { ...hi, chat_template_kwargs: { enable_thinking: "no" } },
    ],
  ])("%s in %j", async (param, body) => {
    expect(await failure(appOver(says("a")), "/v1/chat/completions", body)).toMatchObject({
      status: 400,
      type: "invalid_request_error",
      param,
      message: expect.stringContaining(`\`${param}\``),
    });
  });
});

test.each([
  [[calling("c1"), answer("c1")]],
  [[calling("c1"), calling("c1"), answer("c1"), answer("c1")]],
  [[calling("c1"), answer()]],
  [[calling(), answer()]],
  [[calling("c1", ""), answer("c1")]],
])("but takes the results of calls: %j", async (messages) => {
  const { status } = await appOver(says("a")).post("/v1/chat/completions", { messages });
  expect(status).toBe(200);
});

test("a drop-in for llama-server takes what only OpenAI refuses", async () => {
  const { post, supervisor } = appOver(says("a"), { settings: { profile: "llama-server" } });
  await supervisor.acquire("tiny", AbortSignal.timeout(1000));
  const more = {
    messages: [answer("c1")],
    metadata: { a: "b" },
    reasoning_effort: "a lot",
    response_format: { type: "json_schema" },
  };
  const response = await post("/v1/chat/completions", { ...hi, ...more });
  expect(response.status).toBe(200);
});

describe("POST /api/chat refuses with 400 and names the field:", () => {
  test.each([
    ["messages[0].role", user({ role: "wizard" })],
    ["messages[0].images[0]", user({ images: ["?"] })],
    [
      "messages[0].tool_calls[0].function.arguments",
      user({ tool_calls: [{ function: { name: "f", arguments: "{}" } }] }),
    ],
    ["think", { ...hi, think: 1 }],
    ["keep_alive", { ...hi, keep_alive: "5" }],
    ["keep_alive", { ...hi, keep_alive: "soon" }],
    ["options.keep_alive", { ...hi, options: { keep_alive: "soon" } }],
    ["options.num_ctx", { ...hi, options: { num_ctx: -1 } }],
    ["options.num_gpu", { ...hi, options: { num_gpu: -2 } }],
    ["format", { ...hi, format: { enum: Array(1001).fill("a") } }],
    [
      "tools[0].function.parameters",
      { ...hi, tools: [{ function: { name: "f", parameters: { enum: Array(1001).fill("a") } } }] },
    ],
    ["logprobs", { ...hi, logprobs: 1 }],
  ])("%s in %j", async (param, body) => {
    expect(await failure(appOver(says("a")), "/api/chat", body)).toEqual({
      status: 400,
      message: expect.stringContaining(`\`${param}\``),
    });
  });

  const thinkWords = '(must be "high", "medium", "low", "max", true, or false)';
  test.each([
    [{ think: "loudly" }, `invalid think value: "loudly" ${thinkWords}`],
    [{ format: "xml" }, 'invalid format: "xml"; expected "json" or a valid JSON Schema object'],
    [{ top_logprobs: 21 }, "top_logprobs must be between 0 and 20"],
    [{ options: { temperature: "hot" } }, 'option "temperature" must be of type float32'],
    [{ options: { top_k: "2" } }, 'option "top_k" must be of type integer'],
    [{ options: { use_mmap: 1 } }, 'option "use_mmap" must be of type boolean'],
    [{ options: { stop: 1 } }, 'option "stop" must be of type array'],
    [{ options: { stop: [1] } }, 'option "stop" must be of an array of strings'],
  ])("%j, in Ollama's words", async (more, message) => {
    const failed = await failure(appOver(says("a")), "/api/chat", { ...hi, ...more });
    expect(failed).toEqual({ status: 400, message });
  });

  test.each([300, "5m", "1h30m", "1.5h", -1, "-1m", 0, "0s"])(
    "but takes keep_alive %p",
    async (value) => {
      const response = await appOver(says("a")).post("/api/chat", { ...hi, keep_alive: value });
      expect(response.status).toBe(200);
    },
  );
});

describe.each([
  ["/v1/chat/completions", hi],
  ["/completion", { prompt: "hi" }],
  ["/api/chat", hi],
])("POST %s", (path, body) => {
  test.each(['{"messages": [', "", "not json", "{'a': 1}"])("%p is a 400", async (text) => {
    const { status, message } = await failure(appOver(says("a")), path, text);
    expect(status).toBe(400);
    const isOllamas = path === "/api/chat" && text === "";
    expect(message).toStartWith(isOllamas ? "missing request body" : "the body is not valid JSON");
  });

  test.each(["[]", "3", '"text"', "null", "true"])("%s is a 400", async (text) => {
    const { status, message } = await failure(appOver(says("a")), path, text);
    expect([status, message]).toEqual([400, "the body must be a JSON object"]);
  });

  test.each(["messages", "prompt", "json_schema", "_unheard_of"])(
    "a hundred thousand brackets in %s are a 400 within a second",
    async (field) => {
      const nested = "[".repeat(100_000) + "]".repeat(100_000);
      const text = `${JSON.stringify(body).slice(0, -1)}, "${field}": ${nested}}`;
      const start = performance.now();
      const { status, message } = await failure(appOver(says("a")), path, text);
      expect([status, message]).toEqual([400, expect.stringContaining("deep")]);
      expect(performance.now() - start).toBeLessThan(1000);
    },
  );

  test("an unknown model is a 404 that names it and what there is", async () => {
    const { status, message } = await failure(appOver(says("a")), path, { ...body, model: "nope" });
    expect(status).toBe(404);
    const ours = 'model "nope" not found; this server has "tiny"';
    expect(message).toBe(path === "/api/chat" ? "model 'nope' not found" : ours);
  });

  test("null means absent for every optional field", async () => {
    const nulls = Object.fromEntries(
      ["model", "stream", "stop", "temperature", "seed", "tools", "options", "format", "n"].map(
        (name) => [name, null],
      ),
    );
    const response = await appOver(says("a")).post(path, { ...nulls, ...body });
    expect(response.status).toBe(200);
  });

  test("an unknown field is ignored", async () => {
    const response = await appOver(says("a")).post(path, { ...body, _unheard_of: { of: 1 } });
    expect(response.status).toBe(200);
  });

  test.each([true, false])("a prompt that is too long is a 400 (stream: %p)", async (stream) => {
    const tooLong = new AppError(
      "context_length_exceeded",
      "request (2000 tokens) exceeds the available context size (1024 tokens)",
      { details: { n_prompt_tokens: 2000, n_ctx: 1024 } },
    );
    const failed = await failure(appOver(refuses(tooLong)), path, { ...body, stream });
    expect(failed.status).toBe(400);
    const isOllamas = path === "/api/chat";
    expect(failed.message).toMatch(isOllamas ? /^the prompt is longer than/ : /2000.*1024/);
    expect(failed).toMatchObject({ n_prompt_tokens: 2000, n_ctx: 1024 });
  });

  test.each([true, false])(
    "a crash before the first word is a 500 (stream: %p)",
    async (stream) => {
      const { status, message } = await failure(appOver(crashesAfter(0)), path, {
        ...body,
        stream,
      });
      expect(status).toBe(500);
      expect(message).toContain("signal 9");
    },
  );

  test("a model that cannot be loaded is a 500 that says why", async () => {
    const start = () => Promise.reject(new AppError("model_load_failed", "not a GGUF file"));
    const { status, message } = await failure(appOver(says(), { start }), path, body);
    expect([status, message]).toEqual([500, "not a GGUF file"]);
  });
});

test("codes tell a long prompt from an unknown model", async () => {
  const tooLong = new AppError("context_length_exceeded", "too long");
  const path = "/v1/chat/completions";
  const long = await failure(appOver(refuses(tooLong)), path, hi);
  expect(long.code).toBe("context_length_exceeded");
  const unknown = await failure(appOver(says()), path, { ...hi, model: "nope" });
  expect(unknown.code).toBe("model_not_found");
});

test("nulls inside a tool's own JSON schema stay as they are", async () => {
  const { post, engine } = appOver(says("a"));
  const parameters = { type: "object", properties: { a: { enum: ["x", null], default: null } } };
  const described = [{ type: "function", function: { name: "f", description: null, parameters } }];
  await post("/v1/chat/completions", { ...hi, tools: described });
  const prompt = engine.requests[0]?.prompt;
  expect(prompt?.type === "chat" && prompt.tools).toEqual([
    { name: "f", description: "", parameters },
  ]);
});

test("a picture for a model that cannot see is a 400", async () => {
  const blind = appOver(says("a"), { info: { ...fakeInfo, vision: false } });
  const body = user({ images: ["AAEC"] });
  const { status, message } = await failure(blind, "/v1/chat/completions", body);
  expect(status).toBe(400);
  expect(message).toContain("image input is not supported");
});
