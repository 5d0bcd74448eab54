import { describe, expect, test } from "bun:test";
import type { GenerateRequest } from "../../src/core/generate.ts";
import type { ResponseObject } from "../../src/http/responses/answer-schema.ts";
import {
  appOver,
  type Behaviour,
  callsTool,
  done,
  json,
  plays,
  says,
  text,
  thinks,
} from "../support/fake-engine.ts";
import { path, server, weather } from "../support/responses.ts";

const said = (role: string, ...texts: string[]) => ({
  role,
  parts: texts.map((one) => ({ type: "text", text: one })),
});

describe("a conversation that goes on from an answer", () => {
  test("has all that was said, thought and called in it, but not the instructions", async () => {
    const turns = [thinks("hm", "four"), callsTool("weather", '{"a":1}', "c1"), says("sunny")];
    const behaviour = (request: GenerateRequest, signal: AbortSignal) =>
      (turns.shift() as Behaviour)(request, signal);
    const { create, messages } = server(behaviour);
    const one = await create({ input: "2 + 2?", instructions: "Be kind." });
    const two = await create({ input: "weather?", previous_response_id: one.id, tools: [weather] });
    expect(two).toMatchObject({ previous_response_id: one.id, store: true });
    await create({
      input: [{ type: "function_call_output", call_id: "c1", output: "21 degrees" }],
      instructions: "Be brief.",
      previous_response_id: two.id,
      tools: [weather],
    });
    expect(messages()).toEqual([
      said("system", "Be brief."),
      said("user", "2 + 2?"),
      { ...said("assistant", "four"), reasoning: "hm" },
      said("user", "weather?"),
      {
        role: "assistant",
        parts: [],
        toolCalls: [{ id: "c1", name: "weather", arguments: '{"a":1}' }],
      },
      { ...said("tool", "21 degrees"), toolCallId: "c1", toolName: "weather" },
    ] as never);
  });

  test("may fork, and go on without new input", async () => {
    const { create, messages } = server();
    const { id } = await create({ input: "one" });
    await create({ input: "two", previous_response_id: id });
    await create({ input: "three", previous_response_id: id });
    expect(messages().map(({ parts }) => parts)).toEqual([
      [{ type: "text", text: "one" }],
      [{ type: "text", text: "ok" }],
      [{ type: "text", text: "three" }],
    ]);
    await create({ input: [], previous_response_id: id });
    expect(messages()).toHaveLength(2);
  });

  test("counts as input", async () => {
    const app = appOver(says("ok"), { answers: { countTokens: () => ({ nTokens: 3 }) } });
    const { id } = await json<ResponseObject>(app.post(path, { input: "hi" }));
    await app.post(`${path}/input_tokens`, { input: "more", previous_response_id: id });
    expect(app.engine.questions).toMatchObject([
      { question: { prompt: { messages: [{ role: "user" }, { role: "assistant" }, {}] } } },
    ]);
  });

  test("may go on from an answer that was cut", async () => {
    const { create, messages } = server(plays(text("Hel"), done({ reason: "length" })));
    const { id, status } = await create({});
    await create({ input: "on", previous_response_id: id });
    expect([status, messages()[1]]).toEqual(["incomplete", said("assistant", "Hel")] as never);
  });

  test("may forget what was thought in earlier turns", async () => {
    const { create, messages } = server(thinks("hm", "four"));
    const { id } = await create({});
    await create({ previous_response_id: id, reasoning: { context: "current_turn" } });
    expect(messages()[1]).toEqual(said("assistant", "four") as never);
  });

  test.each([
    ["that there never was", async () => "resp_x"],
    [
      "that was not to be kept",
      async ({ create }: ReturnType<typeof server>) => (await create({ store: false })).id,
    ],
    [
      "that was deleted",
      async ({ create, remove }: ReturnType<typeof server>) => {
        const { id } = await create({});
        await remove(id);
        return id;
      },
    ],
  ])("does not go on from one %s", async (_, make) => {
    const app = server();
    const id = await make(app);
    expect(await app.failure(app.post(path, { input: "hi", previous_response_id: id }))).toEqual({
      status: 400,
      message: `Previous response with id '${id}' not found.`,
      type: "invalid_request_error",
      param: "previous_response_id",
      code: "previous_response_not_found",
    } as never);
  });

  test("whose beginning is lost says so", async () => {
    const { create, remove, post, failure } = server();
    const one = await create({});
    const two = await create({ previous_response_id: one.id });
    await remove(one.id);
    const failed = await failure(post(path, { input: "hi", previous_response_id: two.id }));
    expect([failed.status, failed.code]).toEqual([400, "previous_response_not_found"]);
    expect(failed.message).toContain(`cannot be continued: '${one.id}'`);
  });

  test("streams as any other", async () => {
    const { create, post, messages } = server();
    const body = await (await post(path, { input: "hi", stream: true })).text();
    const id = /"id":"(resp_\w+)"/.exec(body)?.[1];
    await create({ previous_response_id: id });
    expect(messages()).toHaveLength(3);
  });
});

describe("references to items", () => {
  test("stand for outputs and inputs that were kept; their type may be left out", async () => {
    const { create, messages } = server(says("four"));
    const one = await create({ input: [{ id: "msg_mine", role: "user", content: "2 + 2?" }] });
    const [output] = one.output;
    await create({
      input: [
        { id: "msg_mine" },
        { type: "item_reference", id: output?.id },
        { role: "user", content: "sure?" },
      ],
    });
    expect(messages()).toEqual([
      said("user", "2 + 2?"),
      said("assistant", "four"),
      said("user", "sure?"),
    ] as never);
  });

  test("to what is not kept, or twice to the same, are refused", async () => {
    const { create, post, failure } = server();
    const { output } = await create({});
    const input = (...ids: (string | undefined)[]) => ({
      input: ids.map((id) => ({ type: "item_reference", id })),
    });
    expect(await failure(post(path, input("msg_x")))).toMatchObject({
      status: 404,
      param: "input[0].id",
      message: expect.stringContaining("Item with id 'msg_x' not found"),
    });
    const twice = input(output[0]?.id, output[0]?.id);
    expect(await failure(post(path, twice))).toMatchObject({ status: 400, param: "input[1].id" });
  });
});
