import { describe, expect, test } from "bun:test";
import { apiKey } from "../../src/core/api-keys.ts";
import { appOver, fakeInfo, says, tiny } from "../support/fake-engine.ts";

const key = { apiKeys: [apiKey("secret", "owner")] };
const message =
  "this server wants an API key, as `Authorization: Bearer KEY` or as `x-api-key: KEY`";
const openAi = {
  error: { message, type: "invalid_request_error", param: null, code: "invalid_api_key" },
};
const anthropic = {
  type: "error",
  error: { type: "authentication_error", message },
  request_id: expect.any(String),
};
const llamaServer = {
  error: { code: 401, message: "Invalid API Key", type: "authentication_error", param: null },
};

describe("without a key", () => {
  const ask = async (path: string, settings: object, headers: Record<string, string> = {}) => {
    const { app } = appOver(says("a"), { settings: { ...key, ...settings } });
    const response = await app.handle(new Request(`http://localhost${path}`, { headers }));
    expect(response.status).toBe(401);
    return response.json();
  };

  test.each([
    ["/v1/chat/completions", openAi],
    ["/v1/models", openAi],
    ["/v1/rerank", openAi],
    ["/v1/nope", openAi],
    ["/chat/completions", openAi],
    ["/v1/messages", anthropic],
    ["/v1/messages/count_tokens", anthropic],
    ["/v1/messagesx", openAi],
    ["/api/chat", { error: message }],
    ["/completion", { error: { ...llamaServer.error, message } }],
  ])("%s answers in its own envelope", async (path, expected) => {
    expect(await ask(path, {})).toEqual(expected);
  });

  test("the models' envelope is that of who asks", async () => {
    const headers = { "anthropic-version": "2023-06-01" };
    expect(await ask("/v1/models/tiny", {}, headers)).toEqual(anthropic);
  });

  test.each(["/v1/chat/completions", "/v1/messages", "/api/chat"])(
    "a drop-in for llama-server answers %s as that does",
    async (path) => expect(await ask(path, { profile: "llama-server" })).toEqual(llamaServer),
  );
});

test("llama-server's routes among OpenAI's paths have OpenAI's errors", async () => {
  const { post } = appOver(says("a"));
  const error = { type: "not_supported_error", code: "switched_off" };
  expect(await (await post("/v1/rerank", { query: "a", documents: ["b"] })).json()).toMatchObject({
    error,
  });
  expect(await (await post("/rerank", { query: "a", documents: ["b"] })).json()).toMatchObject({
    error: { code: 501 },
  });
});

describe("models for clients of Anthropic", () => {
  const models = ["tiny", "org/repo:Q4", "other"].map((name) => ({ ...tiny, name }));
  const { app } = appOver(says("a"), { models: models as [typeof tiny, ...(typeof tiny)[]] });
  const get = async (path: string) => {
    const headers = { "anthropic-version": "2023-06-01" };
    const response = await app.handle(new Request(`http://localhost${path}`, { headers }));
    return [response.status, await response.json()];
  };
  const model = (id: string) => ({
    id,
    type: "model",
    display_name: id,
    created_at: "2026-01-02T03:04:05.000Z",
    max_input_tokens: null,
    max_tokens: null,
    lifecycle: "active",
    deprecated_at: null,
    retires_at: null,
    line: null,
    capabilities: null,
  });
  const list = (ids: string[], has_more = false) => ({
    data: ids.map(model),
    has_more,
    first_id: ids.at(0) ?? null,
    last_id: ids.at(-1) ?? null,
  });

  test.each([
    ["", list(["tiny", "org/repo:Q4", "other"])],
    ["?limit=2", list(["tiny", "org/repo:Q4"], true)],
    ["?limit=1&after_id=tiny", list(["org/repo:Q4"], true)],
    ["?limit=1&before_id=other", list(["org/repo:Q4"], true)],
    ["?after_id=other", list([])],
    ["?lifecycle=retired", list([])],
    ["?lifecycle[]=retired&lifecycle[]=active", list(["tiny", "org/repo:Q4", "other"])],
  ])("GET /v1/models%s lists a page", async (query, expected) => {
    expect(await get(`/v1/models${query}`)).toEqual([200, expected]);
  });

  test.each(["?limit=0", "?limit=x", "?after_id=nope"])("%s is a 400", async (query) => {
    expect(await get(`/v1/models${query}`)).toMatchObject([
      400,
      { type: "error", error: { type: "invalid_request_error" } },
    ]);
  });

  test.each(["org/repo:Q4", "org%2Frepo:Q4", "org%2Frepo%3AQ4"])("%s is one", async (name) => {
    expect(await get(`/v1/models/${name}`)).toEqual([200, model("org/repo:Q4")]);
  });

  test("an unknown one is a 404 in their envelope", async () => {
    expect(await get("/v1/models/a/b")).toMatchObject([
      404,
      { type: "error", error: { type: "not_found_error" } },
    ]);
  });

  test("one that was loaded says how much it takes", async () => {
    const loaded = appOver(says("a"));
    await loaded.post("/completion", { prompt: "a" });
    const headers = { "anthropic-version": "2023-06-01" };
    const request = new Request("http://localhost/v1/models/tiny", { headers });
    expect(await (await loaded.app.handle(request)).json()).toMatchObject({
      max_input_tokens: fakeInfo.nCtxSeq,
    });
  });
});
