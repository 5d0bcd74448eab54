import { describe, expect, test } from "bun:test";
import { llamaCppBuild } from "../../src/core/version.ts";
import type { OpenAiError } from "../../src/http/error-schema.ts";
import type { ModelCard } from "../../src/http/model-card.ts";
import type { ChatCompletion } from "../../src/http/openai/chat-answer-schema.ts";
import {
  appOver,
  callsTool,
  done,
  json,
  plays,
  says,
  sseEvents,
  thinks,
  tiny,
} from "../support/fake-engine.ts";

const path = "/v1/chat/completions";
const hi = { messages: [{ role: "user", content: "hi" }] };
const usage = {
  prompt_tokens: 7,
  completion_tokens: 2,
  total_tokens: 9,
  prompt_tokens_details: { cached_tokens: 2 },
  completion_tokens_details: { reasoning_tokens: 0 },
};
const timings = {
  cache_n: 2,
  prompt_n: 5,
  prompt_ms: 10,
  prompt_per_token_ms: 2,
  prompt_per_second: 500,
  predicted_n: 2,
  predicted_ms: 20,
  predicted_per_token_ms: 20,
  predicted_per_second: 50,
};
const head = {
  id: expect.stringMatching(/^chatcmpl-[0-9a-f]{32}$/),
  created: expect.any(Number),
  model: "tiny",
  system_fingerprint: llamaCppBuild,
};
const chunk = (delta: object, finish_reason: string | null = null) => ({
  ...head,
  object: "chat.completion.chunk",
  choices: [{ index: 0, delta, logprobs: null, finish_reason }],
});
const opening = chunk({ role: "assistant", content: "" });

describe("POST /v1/chat/completions", () => {
  test("answers in one piece, with true figures", async () => {
    const response = await appOver(says("Par", "is")).post(path, hi);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toStartWith("application/json");
    expect(await response.json()).toEqual({
      ...head,
      object: "chat.completion",
      choices: [
        {
          index: 0,
          message: { role: "assistant", content: "Paris" },
          logprobs: null,
          finish_reason: "stop",
        },
      ],
      usage,
      timings,
    });
  });

  test("streams chunks, with timings on the last, and [DONE]", async () => {
    const response = await appOver(says("Par", "is")).post(path, { ...hi, stream: true });
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    expect(await sseEvents(response)).toEqual([
      opening,
      chunk({ content: "Par" }),
      chunk({ content: "is" }),
      { ...chunk({}, "stop"), timings },
      "[DONE]",
    ]);
  });

  test("streams usage in a chunk of its own when that is asked for", async () => {
    const body = { ...hi, stream: true, stream_options: { include_usage: true } };
    const events = await sseEvents(await appOver(says("Par", "is")).post(path, body));
    expect(events.slice(-3)).toEqual([
      { ...chunk({}, "stop"), usage: null },
      { ...chunk({}), choices: [], usage, timings },
      "[DONE]",
    ]);
  });

  test("every chunk of an answer has the same id, and every answer its own", async () => {
    const { post } = appOver(says("a", "b"));
    const ids = async () => {
      const events = await sseEvents(await post(path, { ...hi, stream: true }));
      return new Set(
        events.filter((e) => typeof e === "object").map((e) => (e as { id: string }).id),
      );
    };
    const [first, second] = [await ids(), await ids()];
    expect([first.size, second.size, new Set([...first, ...second]).size]).toEqual([1, 1, 2]);
  });

  test("a tool call has no content and says so in finish_reason", async () => {
    const response = await appOver(callsTool("get_weather", '{"city":"Paris"}')).post(path, hi);
    const { choices } = await json<ChatCompletion>(response);
    expect(choices[0]).toEqual({
      index: 0,
      message: {
        role: "assistant",
        content: null,
        tool_calls: [
          {
            id: "call_1",
            type: "function",
            function: { name: "get_weather", arguments: '{"city":"Paris"}' },
          },
        ],
      },
      logprobs: null,
      finish_reason: "tool_calls",
    });
  });

  test("a streamed tool call opens with id and name, and its arguments follow", async () => {
    const behaviour = callsTool("f", '{"a":1}');
    const events = await sseEvents(await appOver(behaviour).post(path, { ...hi, stream: true }));
    expect(events.slice(1, 4)).toEqual([
      chunk({
        tool_calls: [
          { index: 0, id: "call_1", type: "function", function: { name: "f", arguments: '{"a"' } },
        ],
      }),
      chunk({ tool_calls: [{ index: 0, function: { arguments: ":1}" } }] }),
      { ...chunk({}, "tool_calls"), timings: expect.any(Object) },
    ]);
  });

  test("thinking comes apart from the answer, and its tokens are counted", async () => {
    const { post } = appOver(thinks("hmm", "yes"));
    const whole = await json<ChatCompletion>(post(path, hi));
    expect(whole.choices[0]?.message).toEqual({
      role: "assistant",
      content: "yes",
      reasoning_content: "hmm",
    });
    expect(whole.usage.completion_tokens_details).toEqual({ reasoning_tokens: 1 });
    const events = await sseEvents(await post(path, { ...hi, stream: true }));
    expect(events.slice(1, 3)).toEqual([
      chunk({ reasoning_content: "hmm" }),
      chunk({ content: "yes" }),
    ]);
  });

  test.each([
    ["eos", "stop"],
    ["stop", "stop"],
    ["length", "length"],
    ["tool_calls", "tool_calls"],
  ] as const)("the engine's %s is finish_reason %s", async (reason, expected) => {
    const response = await appOver(plays(done({ reason }))).post(path, hi);
    expect((await json<ChatCompletion>(response)).choices[0]?.finish_reason).toBe(expected);
  });

  test("an answer of no tokens has finite timings", async () => {
    const nothing = done({ nPredicted: 0, nPrompt: 2, nCached: 2, prefillMs: 0, decodeMs: 0 });
    const { timings } = await json<ChatCompletion>(appOver(plays(nothing)).post(path, hi));
    expect(Object.values(timings).every((n) => typeof n === "number")).toBe(true);
  });

  test("an answer that breaks its own schema is our fault: a 500", async () => {
    const response = await appOver(plays(done({ nPrompt: 1.5 }))).post(path, hi);
    expect(response.status).toBe(500);
    const { error } = await json<OpenAiError>(response);
    expect(error.message).toBe(
      "the answer breaks its own schema: `usage.prompt_tokens` is wrong: expected integer",
    );
  });

  test("llama-server's alias answers too", async () => {
    const response = await appOver(says("Paris")).post("/chat/completions", hi);
    expect((await json<ChatCompletion>(response)).choices[0]?.message.content).toBe("Paris");
  });

  test("a body is JSON whatever its content type says", async () => {
    const { app } = appOver(says("Paris"));
    const response = await app.handle(
      new Request(`http://localhost${path}`, {
        method: "POST",
        headers: { "content-type": "application/x-www-form-urlencoded" },
        body: JSON.stringify(hi),
      }),
    );
    expect(response.status).toBe(200);
  });
});

describe("the Rust server's requests", () => {
  const conversation = [
    { role: "user", content: "write me simple rust program" },
    { content: "Sure!\n```\nfn main() {}\n```", role: "assistant" },
    { role: "user", content: "rewrite it to output to stderr" },
  ];

  test("a conversation without a model works, streamed and not", async () => {
    const { post, engine } = appOver(says("To", " print"));
    const body = { _model: "llava", stream: false, messages: conversation };
    const answer = await json<ChatCompletion>(post(path, body));
    expect(answer.choices[0]?.message.content).toBe("To print");
    const events = await sseEvents(await post(path, { ...body, stream: true }));
    expect(events).toHaveLength(5);
    const prompt = engine.requests[0]?.prompt;
    expect(prompt?.type === "chat" && prompt.messages.map((m) => m.role)).toEqual([
      "user",
      "assistant",
      "user",
    ]);
  });

  test("a picture in `images` stands before the text", async () => {
    const { post, engine } = appOver(says("A fox."));
    const message = {
      role: "user",
      content: "what is in this image?",
      images: ["/9j/4AAQSkZJRg=="],
    };
    const body = { _model: "llava", stream: false, messages: [message] };
    expect((await post(path, body)).status).toBe(200);
    const prompt = engine.requests[0]?.prompt;
    expect(prompt?.type === "chat" && prompt.messages[0]?.parts).toEqual([
      {
        type: "media",
        bytes: new Uint8Array(Buffer.from("/9j/4AAQSkZJRg==", "base64")),
        param: "messages[0].images[0]",
      },
      { type: "text", text: "what is in this image?" },
    ]);
  });
});

describe("GET /v1/models/{model}", () => {
  const card = {
    id: "tiny",
    aliases: ["tiny"],
    tags: [],
    object: "model",
    created: 1767323045,
    owned_by: "hutch",
  };

  test("finds one, with slashes in its name as well, escaped or not", async () => {
    const models = [tiny, { ...tiny, name: "org/mo del" }] as const;
    const { get } = appOver(says(), { models });
    expect(await (await get("/v1/models/tiny")).json()).toEqual(card);
    expect((await json<ModelCard>(get("/v1/models/org/mo%20del"))).id).toBe("org/mo del");
    expect((await json<ModelCard>(get("/v1/models/org%2Fmo%20del"))).id).toBe("org/mo del");
  });

  test.each(["/v1/models/nope", "/v1/models/no/pe", "/v1/models/100%25", "/v1/models/a/100%"])(
    "%s is a 404 that names what there is",
    async (path) => {
      const response = await appOver(says()).get(path);
      expect(response.status).toBe(404);
      const { error } = await json<OpenAiError>(response);
      expect(error).toMatchObject({ code: "model_not_found", type: "not_found_error" });
      expect(error.message).toContain('"tiny"');
    },
  );
});
