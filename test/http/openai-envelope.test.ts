import { describe, expect, test } from "bun:test";
import { AppError, type ErrorCode } from "../../src/core/errors.ts";
import type { Profile } from "../../src/core/server.ts";
import type { OpenAiError } from "../../src/http/error-schema.ts";
import { appOver, crashesAfter, json, refuses, says, sseEvents } from "../support/fake-engine.ts";

const chat = { messages: [{ role: "user", content: "hi" }] };
const text = { prompt: "hi" };
const input = { input: "hi" };
const routes = [
  ["/v1/chat/completions", chat],
  ["/chat/completions", chat],
  ["/v1/chat/completions/input_tokens", chat],
  ["/v1/chat/completions/control", { id: "chatcmpl-1", action: "reasoning_end" }],
  ["/v1/completions", text],
  ["/v1/embeddings", input],
  ["/v1/responses", input],
  ["/v1/responses/input_tokens", input],
] as const;
/** Profiles that answer as llama-server does. */
const dropIns = ["llama-server", "router"] as const;

/** A server that has loaded its model: llama-server's profile answers nothing before. */
async function loaded(profile: Profile, behaviour = says("a")) {
  const app = appOver(behaviour, { settings: { profile } });
  await app.supervisor.acquire("tiny", AbortSignal.timeout(1000));
  return app;
}

async function failure(profile: Profile, path: string, body: object, behaviour = says("a")) {
  const { post } = await loaded(profile, behaviour);
  const response = await post(path, { model: "tiny", ...body });
  return [response.status, await json<OpenAiError>(response)] as const;
}

/** How a long prompt fails: with numbers beside its message. */
const tooLong = refuses(
  new AppError("context_length_exceeded", "too long", {
    details: { n_prompt_tokens: 2000, n_ctx: 1024 },
  }),
);

describe("in profile hutch", () => {
  test.each(routes)("errors of %s are OpenAI's, with a word for their code", async (path, body) => {
    const wrong = { ...body, model: 5 };
    expect(await failure("hutch", path, wrong)).toEqual([
      400,
      {
        error: {
          message: expect.stringContaining("`model`"),
          type: "invalid_request_error",
          param: "model",
          code: "invalid_request",
        },
      },
    ]);
    const [status, { error }] = await failure("hutch", path, { ...body, model: "nope" });
    expect([status, error.code, error.type]).toEqual([404, "model_not_found", "not_found_error"]);
  });

  test("a prompt that is too long has OpenAI's code, and both numbers", async () => {
    expect(await failure("hutch", "/v1/chat/completions", chat, tooLong)).toEqual([
      400,
      {
        error: {
          message: "too long",
          type: "invalid_request_error",
          param: null,
          code: "context_length_exceeded",
          n_prompt_tokens: 2000,
          n_ctx: 1024,
        },
      },
    ]);
  });

  test.each([
    ["unsupported", 400, "invalid_request_error"],
    ["overloaded", 503, "unavailable_error"],
    ["model_load_failed", 500, "server_error"],
    ["internal", 500, "server_error"],
  ] as [ErrorCode, number, string][])("%s is %i, %s", async (code, status, type) => {
    const behaviour = refuses(new AppError(code, "no"));
    expect(await failure("hutch", "/v1/completions", text, behaviour)).toEqual([
      status,
      { error: { message: "no", type, param: null, code } },
    ]);
  });

  test("llama-server's own routes keep llama-server's form", async () => {
    for (const [path, body] of [
      ["/completion", text],
      ["/apply-template", chat],
      ["/tokenize", {}],
    ] as const) {
      const [status, { error }] = await failure("hutch", path, { ...body, model: 5 });
      expect([path, status, error.code]).toEqual([path, 400, 400]);
    }
  });
});

describe.each(dropIns)("in profile %s", (profile) => {
  test.each(routes)("errors of %s are llama-server's", async (path, body) => {
    expect(await failure(profile, path, { ...body, model: 5 })).toEqual([
      400,
      {
        error: {
          code: 400,
          message: expect.stringContaining("`model`"),
          type: "invalid_request_error",
          param: "model",
        },
      },
    ]);
  });

  test("a prompt that is too long has a type of its own, and both numbers", async () => {
    expect(await failure(profile, "/v1/chat/completions", chat, tooLong)).toEqual([
      400,
      {
        error: {
          code: 400,
          message: "too long",
          type: "exceed_context_size_error",
          param: null,
          n_prompt_tokens: 2000,
          n_ctx: 1024,
        },
      },
    ]);
  });
});

describe("a stream", () => {
  test.each([
    ["hutch", "", "engine_crashed"],
    ["llama-server", null, 500],
    ["router", null, 500],
  ] as const)("in profile %s begins with content %p and fails with %p", async (profile, ...as) => {
    const { post } = await loaded(profile, crashesAfter(1));
    const body = { ...chat, model: "tiny", stream: true };
    const events = await sseEvents(await post("/v1/chat/completions", body));
    const [content, code] = as;
    expect(events.at(0)).toMatchObject({ choices: [{ delta: { role: "assistant", content } }] });
    expect(events.at(-1)).toEqual({
      error: {
        message: "the engine was killed by signal 9",
        type: "server_error",
        param: null,
        code,
      },
    });
  });
});
