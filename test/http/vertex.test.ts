import { describe, expect, test } from "bun:test";
import { formatsOf } from "../../src/http/vertex/formats.ts";
import { appOver, json, says } from "../support/fake-engine.ts";

const vertex = { predictRoute: "/predict", healthRoute: "/alive" };
const messages = [{ role: "user", content: "hi" }];

/** The predictions for `instances`. */
async function predictions(instances: unknown[]) {
  const { post, engine } = appOver(says("Hel", "lo"), { settings: { vertex } });
  const response = await post(vertex.predictRoute, { instances });
  expect(response.status).toBe(200);
  const answer = await json<{ predictions: unknown[] }>(response);
  return { predictions: answer.predictions, engine };
}

describe("the route that Vertex AI calls", () => {
  test("answers every instance by the route that it names, in their order, unstreamed", async () => {
    const { predictions: answers, engine } = await predictions([
      { "@requestFormat": "messages", messages, stream: true },
      { "@requestFormat": "/v1/responses", input: "hi" },
      { "@requestFormat": "responses", input: "hi", stream: true },
    ]);
    expect(answers).toMatchObject([
      { type: "message", content: [{ text: "Hello" }] },
      { object: "response" },
      { object: "response" },
    ]);
    expect(engine.requests).toHaveLength(3);
  });

  test("one that fails does not spoil the others", async () => {
    const { predictions: answers } = await predictions([
      "hi",
      { messages },
      { "@requestFormat": "nothing", messages },
      { "@requestFormat": "messages" },
      { "@requestFormat": "predict", instances: [] },
      { "@requestFormat": "messages", messages },
    ]);
    const refused = (message: string) => ({
      error: { type: "invalid_request_error", message: expect.stringContaining(message) },
    });
    expect(answers).toMatchObject([
      refused("must be a JSON object"),
      refused("must include a string @requestFormat"),
      refused("no handler registered for @requestFormat: nothing"),
      refused("`messages` is required"),
      refused("no handler registered for @requestFormat: predict"),
      { content: [{ text: "Hello" }] },
    ]);
  });

  test.each([
    [{}, "`instances` is required"],
    [{ instances: "hi" }, "`instances`"],
    [{ instances: Array.from({ length: 129 }, () => ({})) }, "`instances`"],
    ["[]", "the body must be a JSON object"],
  ])("refuses %j", async (body, message) => {
    const { post } = appOver(says("never"), { settings: { vertex } });
    const response = await post(vertex.predictRoute, body);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      error: { message: expect.stringContaining(message) },
    });
  });

  test("has a health route beside it, if it is named", async () => {
    const { get, post, supervisor } = appOver(says("a"), { settings: { vertex } });
    await (await post("/v1/messages", { messages })).text();
    expect(await json<object>(get("/alive"))).toEqual({ status: "ok" });
    await supervisor.stop();
  });

  test("is there only when the settings say so, and cannot hide another", async () => {
    expect((await appOver(says("a")).post("/predict", { instances: [] })).status).toBe(404);
    const taken = { ...vertex, predictRoute: "/v1/messages" };
    expect(() => appOver(says("a"), { settings: { vertex: taken } })).toThrow("/v1/messages");
  });
});

describe("names of formats", () => {
  const post = (path: string) => ({ method: "POST", path });
  const formats = formatsOf([
    post("/completions"),
    post("/v1/completions"),
    post("/v1/chat/completions"),
    post("/apply-template"),
    post("/slots/:id"),
    { method: "GET", path: "/props" },
  ]);

  test.each([
    ["chatCompletions", "/v1/chat/completions"],
    ["/v1/chat/completions", "/v1/chat/completions"],
    ["completions", "/v1/completions"],
    ["/completions", "/completions"],
    ["applyTemplate", "/apply-template"],
    ["slots", undefined],
    ["props", undefined],
  ])("%s is %s", (name, path) => expect(formats.get(name)).toBe(path as never));
});
