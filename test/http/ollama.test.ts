import { describe, expect, test } from "bun:test";
import { AppError } from "../../src/core/errors.ts";
import type { ChatResponse } from "../../src/http/ollama/schema.ts";
import {
  appOver,
  callsTool,
  crashesAfter,
  done,
  fakeInfo,
  json,
  lines,
  plays,
  refuses,
  says,
  thinks,
} from "../support/fake-engine.ts";

const hi = { model: "tiny:latest", messages: [{ role: "user", content: "hi" }] };
const line = (message: object, more: object = {}) => ({
  model: "tiny:latest",
  created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
  message: { role: "assistant", content: "", ...message },
  done: false,
  ...more,
});
const ending = {
  done: true,
  done_reason: "stop",
  total_duration: expect.any(Number),
  load_duration: expect.any(Number),
  prompt_eval_count: 7,
  prompt_eval_duration: 10_000_000,
  eval_count: 2,
  eval_duration: 20_000_000,
  context_length: 1024,
  prompt_cached_count: 2,
};

describe("POST /api/chat", () => {
  test("streams lines by default, with figures in the last", async () => {
    const response = await appOver(says("Par", "is")).post("/api/chat", hi);
    expect(response.headers.get("content-type")).toBe("application/x-ndjson");
    expect(await lines(response)).toEqual([
      line({ content: "Par" }),
      line({ content: "is" }),
      line({}, ending),
    ]);
  });

  test("answers in one piece when told not to stream", async () => {
    const response = await appOver(says("Par", "is")).post("/api/chat", { ...hi, stream: false });
    expect(response.headers.get("content-type")).toStartWith("application/json");
    expect(await response.json()).toEqual(line({ content: "Paris" }, ending));
  });

  test("durations are whole nanoseconds and add up", async () => {
    const response = await appOver(says("a")).post("/api/chat", { ...hi, stream: false });
    const answer = await json<Required<ChatResponse>>(response);
    const { total_duration: total, load_duration: load } = answer;
    expect([total, load].every(Number.isInteger)).toBe(true);
    const parts = load + answer.prompt_eval_duration + answer.eval_duration;
    expect(parts).toBeLessThanOrEqual(total);
  });

  test("a tool call comes whole, its arguments as an object, before the last line", async () => {
    const { post } = appOver(callsTool("get_weather", '{"city":"Paris"}'));
    const call = {
      id: "call_1",
      function: { index: 0, name: "get_weather", arguments: { city: "Paris" } },
    };
    const streamed = await lines(await post("/api/chat", hi));
    expect(streamed).toEqual([
      line({ tool_calls: [call] }),
      line({}, { ...ending, eval_count: 3 }),
    ]);
    const whole = await json<ChatResponse>(post("/api/chat", { ...hi, stream: false }));
    expect(whole.message.tool_calls).toEqual([call]);
  });

  test("a tool call that the token limit cut short is left out", async () => {
    const cut = plays(
      {
        type: "tool_call",
        index: 0,
        id: "c",
        name: "f",
        arguments: '{"city":"Pa',
        nPredicted: 1,
        decodeMs: 1,
      },
      done({ reason: "length" }),
    );
    const answer = await json<ChatResponse>(
      appOver(cut).post("/api/chat", { ...hi, stream: false }),
    );
    expect(answer).toMatchObject({ message: { content: "" }, done_reason: "length" });
    expect(answer.message.tool_calls).toBeUndefined();
  });

  test("thinking has its own field", async () => {
    const streamed = await lines(await appOver(thinks("hmm", "yes")).post("/api/chat", hi));
    expect(streamed.slice(0, 2)).toEqual([line({ thinking: "hmm" }), line({ content: "yes" })]);
  });

  test("without messages the model is only loaded", async () => {
    const { post, engine } = appOver(says("a"));
    const loaded = line({}, { done: true, done_reason: "load" });
    expect(await (await post("/api/chat", { model: "tiny:latest" })).json()).toEqual(loaded);
    const empty = await post("/api/chat", { model: "tiny:latest", messages: [] });
    expect(await empty.json()).toEqual(loaded);
    expect(engine.requests).toEqual([]);
  });

  test("options, format, tools, thinking and pictures reach the engine", async () => {
    const { post, engine } = appOver(says("a"), { info: { ...fakeInfo, thinks: true } });
    const schema = { type: "object" };
    const response = await post("/api/chat", {
      messages: [
        { role: "user", content: "look", images: ["AAEC"] },
        {
          role: "assistant",
          content: "",
          thinking: "hm",
          tool_calls: [{ function: { name: "f", arguments: { a: 1 } } }],
        },
        { role: "tool", tool_name: "f", content: "4" },
      ],
      options: { temperature: 0, top_k: 3, seed: 1, num_predict: 9, stop: ["x"], tfs_z: 1 },
      format: schema,
      tools: [{ type: "function", function: { name: "f", description: "d", parameters: schema } }],
      think: "high",
      keep_alive: "5m",
    });
    expect(response.status).toBe(200);
    const request = engine.requests[0];
    expect(request).toMatchObject({
      nPredict: 9,
      stop: ["x"],
      sampling: { temperature: 0, topK: 3, seed: 1 },
      prompt: {
        jsonSchema: schema,
        tools: [{ name: "f", description: "d", parameters: schema }],
        enableThinking: true,
        thinkLevel: "high",
      },
    });
    expect(request?.prompt.type === "chat" && request.prompt.messages).toEqual([
      {
        role: "user",
        parts: [
          { type: "media", bytes: new Uint8Array([0, 1, 2]), param: "messages[0].images[0]" },
          { type: "text", text: "look" },
        ],
      },
      {
        role: "assistant",
        parts: [],
        reasoning: "hm",
        toolCalls: [{ id: "call_1_0", name: "f", arguments: '{"a":1}' }],
      },
      { role: "tool", parts: [{ type: "text", text: "4" }], toolName: "f" },
    ]);
  });

  test("what Go's clients leave empty is as good as absent", async () => {
    const { post, engine } = appOver(says("a"));
    const called = {
      role: "assistant",
      tool_calls: [{ function: { name: "f", arguments: null } }],
    };
    const parameters = { type: "object", properties: null, required: null, default: null };
    const tools = [{ type: "function", function: { name: "f", parameters } }];
    await post("/api/chat", { ...hi, messages: [...hi.messages, called], tools, stream: false });
    expect(engine.requests[0]?.prompt).toMatchObject({
      messages: [{ role: "user" }, { toolCalls: [{ name: "f", arguments: "{}" }] }],
      tools: [{ name: "f", parameters: { type: "object", default: null } }],
    });
    expect(JSON.stringify(engine.requests[0]?.prompt)).not.toContain("required");
  });

  test("roles that the template names are its own affair", async () => {
    const info = { ...fakeInfo, chatTemplate: "{% if role == 'control' %}" };
    const { post, engine } = appOver(says("a"), { info });
    const asked = (role: string, more: object = {}) => {
      const messages = [...hi.messages, { role, content: "thinking" }];
      return post("/api/chat", { ...hi, messages, stream: false, ...more });
    };
    await asked("Control");
    expect(engine.requests[0]?.prompt).toMatchObject({ messages: [{}, { role: "control" }] });
    expect(await json(asked("contro"))).toEqual({
      error:
        '`messages[1].role` must be one of: "system", "user", "assistant", "tool"; ' +
        "the model's template names no other",
    });
    const template = '{{ if eq .Role "contro" }}{{ end }}';
    expect((await asked("contro", { template })).status).toBe(200);
    expect((await asked("control", { template })).status).toBe(400);
  });

  test("half an emoji is read as Go reads it", async () => {
    const { post, engine } = appOver(says("a"));
    const body = '{"messages":[{"role":"user","content":"\\ud83d \\ud83d\\ude00"}],"stream":false}';
    await post("/api/chat", body);
    const parts = [{ type: "text", text: "\ufffd \u{1f600}" }];
    expect(engine.requests[0]?.prompt).toMatchObject({ messages: [{ parts }] });
  });

  test.each([
    [{ format: { type: "soup" } }, "`format`: JSON schema error at #: no soup"],
    [{ tools: [{ function: { name: "f" } }] }, "`tools`: JSON schema error at #: no soup"],
  ])("a schema that has no grammar is named: %j", async (body, error) => {
    const message = "the chat template refused: JSON schema error at #: no soup";
    const refused = new AppError("invalid_request", message, { param: "messages" });
    const response = await appOver(refuses(refused)).post("/api/chat", { ...hi, ...body });
    expect([response.status, await response.json()]).toEqual([400, { error }]);
  });

  test.each([
    ["json", {}],
    ["", undefined],
    [null, undefined],
  ])("format %p asks for the schema %p", async (format, expected) => {
    const { post, engine } = appOver(says("a"));
    await post("/api/chat", { ...hi, format, stream: false });
    const prompt = engine.requests[0]?.prompt;
    expect(prompt?.jsonSchema).toEqual(expected);
  });

  test.each([
    [-1, 10_240, true],
    [undefined, 10_240, true],
    [-2, 1024, false],
    [0, 0, true],
    [5, 5, true],
  ])("num_predict %p predicts %p tokens at most", async (num_predict, nPredict, contextShift) => {
    const { post, engine } = appOver(says("a"));
    await post("/api/chat", { ...hi, options: { num_predict }, stream: false });
    expect(engine.requests[0]).toMatchObject({ nPredict, contextShift });
  });

  test("a crash in mid-answer ends with an error line and no `done`", async () => {
    const streamed = await lines(await appOver(crashesAfter(1)).post("/api/chat", hi));
    expect(streamed).toEqual([
      line({ content: "word " }),
      { error: "the engine was killed by signal 9" },
    ]);
  });
});

test("GET /api/version has Hutch's version", async () => {
  expect(await (await appOver(says()).get("/api/version")).json()).toEqual({ version: "1.2.3" });
});

test("an unknown path of this dialect has its envelope", async () => {
  const response = await appOver(says()).get("/api/nope");
  expect([response.status, await response.json()]).toEqual([404, { error: "File Not Found" }]);
});
