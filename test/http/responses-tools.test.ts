import { describe, expect, test } from "bun:test";
import type { ChatPrompt } from "../../src/core/generate.ts";
import type { ResponseObject } from "../../src/http/responses/answer-schema.ts";
import {
  appOver,
  type Behaviour,
  callsTool,
  done,
  json,
  plays,
  says,
} from "../support/fake-engine.ts";

const path = "/v1/responses";
const weather = { type: "function", name: "weather", parameters: { type: "object" } };
const note = { type: "custom", name: "note", description: "Writes down." };

async function answered(behaviour: Behaviour, body: object) {
  const { post, engine } = appOver(behaviour);
  const answer = await json<ResponseObject>(post(path, { input: "hi", ...body }));
  return { answer, prompt: engine.requests[0]?.prompt as ChatPrompt };
}

describe("tools that the server would run", () => {
  const web = { type: "web_search", search_context_size: "low" };

  test("are not offered, and the answer does not list them", async () => {
    const { answer, prompt } = await answered(says("ok"), {
      tools: [web, weather, { type: "mcp" }],
    });
    expect(answer.tools).toEqual([{ ...weather, strict: true }]);
    expect(prompt.tools.map(({ name }) => name)).toEqual(["weather"]);
  });

  test.each([{ type: "web_search" }, "required", { type: "custom", name: "weather" }])(
    "cannot be chosen: %j",
    async (tool_choice) => {
      const tools = typeof tool_choice === "string" ? [web] : [web, weather];
      const response = await appOver(says("never")).post(path, { input: "hi", tools, tool_choice });
      const error = { param: expect.stringMatching(/^tool_choice/) };
      expect([response.status, await response.json()]).toMatchObject([400, { error }]);
    },
  );
});

describe("functions", () => {
  test("are repeated with what OpenAI's type requires", async () => {
    const bare = { type: "function", name: "now" };
    const { answer } = await answered(says("ok"), { tools: [bare, { ...weather, strict: false }] });
    expect(answer.tools).toEqual([
      { ...bare, parameters: null, strict: true },
      { ...weather, strict: false },
    ]);
  });

  test("an id may be used again once its call was answered", async () => {
    const call = { type: "function_call", call_id: "c", name: "weather", arguments: "{}" };
    const output = { type: "function_call_output", call_id: "c", output: "sunny" };
    const { answer } = await answered(says("ok"), { input: [call, output, call, output] });
    expect(answer.status).toBe("completed");
  });
});

describe("tools in a namespace", () => {
  const web = { type: "web_search" };
  const maps = {
    type: "namespace",
    name: "maps",
    description: "About places.",
    tools: [{ ...weather, description: "How it is." }, note, web],
  };

  test("are offered under both names, with what their namespace says", async () => {
    const { answer, prompt } = await answered(says("ok"), { tools: [maps, weather] });
    expect(prompt.tools).toMatchObject([
      { name: "maps__weather", description: "About places.\n\nHow it is." },
      { name: "maps__note" },
      { name: "weather", description: "" },
    ]);
    const [one, two] = maps.tools;
    expect(answer.tools).toMatchObject([{ ...maps, tools: [{ ...one, strict: true }, two] }, {}]);
  });

  test("are called by their own name, whole and streamed", async () => {
    const calls = callsTool("maps__weather", "{}", "c1");
    const item = { type: "function_call", call_id: "c1", name: "weather", namespace: "maps" };
    const { answer } = await answered(calls, { tools: [maps, weather] });
    expect(answer.output).toMatchObject([item]);
    const { post } = appOver(calls);
    const streamed = await post(path, { input: "hi", tools: [maps], stream: true });
    expect(await streamed.text()).toContain('"name":"weather","namespace":"maps"');
    const { prompt } = await answered(says("ok"), { input: [{ ...item, arguments: "{}" }] });
    expect(prompt.messages).toMatchObject([{ toolCalls: [{ name: "maps__weather" }] }]);
  });

  test("have names that differ", async () => {
    const tools = [{ ...maps, tools: [weather, weather] }];
    const response = await appOver(says("never")).post(path, { input: "hi", tools });
    const error = { param: "tools[0].tools[1].name" };
    expect([response.status, await response.json()]).toMatchObject([400, { error }]);
  });
});

describe("custom tools", () => {
  const args = '{"input":"a \\"b\\"\\n"}';
  const input = 'a "b"\n';

  test("are functions of one text to the model, which is told of their grammar", async () => {
    const format = { type: "grammar", syntax: "lark", definition: "start: WORD" };
    const { answer, prompt } = await answered(says("ok"), {
      tools: [note, { ...note, name: "words", format }],
      tool_choice: { type: "custom", name: "note" },
    });
    const parameters = {
      type: "object",
      properties: { input: { type: "string" } },
      required: ["input"],
      additionalProperties: false,
    };
    expect(prompt.tools).toEqual([
      { name: "note", description: "Writes down.", parameters },
      {
        name: "words",
        description: "Writes down.\n\nThe input follows this lark grammar:\n\nstart: WORD",
        parameters,
      },
    ]);
    expect(prompt.toolChoice).toEqual({ name: "note" });
    expect(answer.tools).toEqual([note, { ...note, name: "words", format }]);
  });

  test("are called with a text", async () => {
    const { answer } = await answered(callsTool("note", args, "c1"), { tools: [note] });
    expect(answer.output).toEqual([
      {
        type: "custom_tool_call",
        id: "ctc_c1",
        call_id: "c1",
        name: "note",
        input,
        status: "completed",
      } as never,
    ]);
  });

  test("are called with as much of it as there is, when the answer was cut", async () => {
    const sampled = { nPredicted: 1, decodeMs: 1 };
    const cut = plays(
      { type: "tool_call", index: 0, id: "c1", name: "note", arguments: '{"inp', ...sampled },
      done({ reason: "length" }),
    );
    const { answer } = await answered(cut, { tools: [note] });
    expect(answer.output).toMatchObject([{ status: "incomplete", input: '{"inp' }]);
  });

  test("have events of their own", async () => {
    const { post } = appOver(callsTool("note", args, "c1"));
    const body = await (await post(path, { input: "hi", tools: [note], stream: true })).text();
    const events = body
      .split("\n\n")
      .filter(Boolean)
      .map((frame) => JSON.parse(frame.slice(frame.indexOf("data: ") + 6)))
      .slice(2, -1);
    const place = { output_index: 0, item_id: "ctc_c1" };
    expect(events).toMatchObject([
      { type: "response.output_item.added", item: { input: "", status: "in_progress" } },
      { type: "response.custom_tool_call_input.delta", delta: input, ...place },
      { type: "response.custom_tool_call_input.done", input, ...place },
      { type: "response.output_item.done", item: { input, status: "completed" } },
    ]);
  });

  test("and their outputs are part of a conversation", async () => {
    const { prompt } = await answered(says("ok"), {
      input: [
        { type: "custom_tool_call", call_id: "c1", name: "note", input },
        { type: "custom_tool_call_output", call_id: "c1", output: "noted" },
      ],
    });
    expect(prompt.messages).toMatchObject([
      { toolCalls: [{ id: "c1", name: "note", arguments: args }] },
      { role: "tool", toolCallId: "c1", toolName: "note" },
    ]);
  });
});
