import { describe, expect, test } from "bun:test";
import type { GenerateEvent } from "../../src/core/generate.ts";
import type { Profile } from "../../src/core/server.ts";
import type { ResponseObject } from "../../src/http/responses/answer-schema.ts";
import {
  appOver,
  type Behaviour,
  crashesAfter,
  done,
  plays,
  text,
} from "../support/fake-engine.ts";

const weather = { type: "function", name: "weather", parameters: { type: "object" } };
const cut = plays(text("Hel"), done({ reason: "length", nPredicted: 1 }));

type StreamEvent = { type: string; sequence_number: number } & Record<string, unknown>;

/** The events of a stream; their lines repeat their types, and they are numbered. */
async function streamed(behaviour: Behaviour, body: object = {}, profile: Profile = "hutch") {
  const { post } = appOver(behaviour, { settings: { profile } });
  const response = await post("/v1/responses", { input: "hi", stream: true, ...body });
  expect(response.headers.get("content-type")).toBe("text/event-stream");
  const frames = (await response.text()).split("\n\n").filter((frame) => frame !== "");
  return frames.map((frame, i) => {
    const [, name, data = ""] = /^event: (.*)\ndata: (.*)$/s.exec(frame) ?? [];
    const event: StreamEvent = JSON.parse(data);
    expect([event.type, event.sequence_number]).toEqual([name ?? "", i]);
    return event;
  });
}

function call(index: number, args: string, id?: string): GenerateEvent {
  const named = id === undefined ? {} : { id, name: "weather" };
  return { type: "tool_call", index, ...named, arguments: args, nPredicted: 1, decodeMs: 1 };
}

describe("a stream of /v1/responses", () => {
  test("has OpenAI's events in their order, with the ids of their items", async () => {
    const events = await streamed(
      plays(
        { type: "reasoning", text: "hm", nPredicted: 1, decodeMs: 1 },
        text("Hel", 2),
        text("lo", 3),
        call(0, "", "c1"),
        call(0, "{}"),
        call(1, '{"a":1}', "c2"),
        done({ reason: "tool_calls", nPredicted: 6 }),
      ),
      { tools: [weather] },
    );
    expect(events.map(({ type }) => type.replace("response.", ""))).toEqual([
      "created",
      "in_progress",
      "output_item.added",
      "content_part.added",
      "reasoning_text.delta",
      "reasoning_text.done",
      "content_part.done",
      "output_item.done",
      "output_item.added",
      "content_part.added",
      "output_text.delta",
      "output_text.delta",
      "output_text.done",
      "content_part.done",
      "output_item.done",
      "output_item.added",
      "function_call_arguments.delta",
      "function_call_arguments.done",
      "output_item.done",
      "output_item.added",
      "function_call_arguments.delta",
      "function_call_arguments.done",
      "output_item.done",
      "completed",
    ]);
    const last = events.at(-1)?.response as ResponseObject;
    expect(last.output.map(({ type }) => type)).toEqual([
      "reasoning",
      "message",
      "function_call",
      "function_call",
    ]);
    expect(events.filter(({ type }) => type.endsWith("item.done"))).toMatchObject(
      last.output.map((item, output_index) => ({ item, output_index })),
    );
    for (const event of events.filter(({ item_id }) => item_id !== undefined)) {
      expect(event.item_id).toBe(last.output[Number(event.output_index)]?.id as never);
    }
    expect(events[0]?.response).toMatchObject({ id: last.id, status: "in_progress", output: [] });
    expect(events[2]?.item).toMatchObject({
      type: "reasoning",
      content: [],
      status: "in_progress",
    });
    expect(events[12]).toMatchObject({ text: "Hello", content_index: 0 });
    expect(events[17]).toMatchObject({ item_id: "fc_c1", arguments: "{}", name: "weather" });
    expect(last.output[3]).toMatchObject({ call_id: "c2", arguments: '{"a":1}' });
    expect(last.usage?.output_tokens).toBe(6);
  });

  test("an answer that was cut ends as incomplete; with llama-server's habits as completed", async () => {
    const last = async (profile: Profile) =>
      (await streamed(cut, { model: "tiny" }, profile)).at(-1);
    expect(await last("hutch")).toMatchObject({
      type: "response.incomplete",
      response: { status: "incomplete", output: [{ status: "incomplete" }] },
    });
    expect(await last("router")).toMatchObject({ type: "response.completed" });
  });

  test("shows llama-server's progress and timings when asked to", async () => {
    const behaviour = plays(
      { type: "progress", nPrompt: 7, nCached: 2, nProcessed: 3, ms: 4 },
      text("a", 1),
      text("b", 2),
      done({ nPredicted: 2 }),
    );
    const shown = await streamed(behaviour, { return_progress: true, timings_per_token: true });
    expect(shown.find((event) => "prompt_progress" in event)).toMatchObject({
      type: "response.in_progress",
      prompt_progress: { total: 7, cache: 2, processed: 3, time_ms: 4 },
    });
    const deltas = shown.filter(({ type }) => type === "response.output_text.delta");
    expect(deltas).toMatchObject([
      { timings: { prompt_n: 5, predicted_n: 1 } },
      { timings: { predicted_n: 2 } },
    ]);
    const plain = await streamed(behaviour);
    expect(plain.filter((event) => "timings" in event).map(({ type }) => type)).toEqual([
      "response.completed",
    ]);
    expect(plain.some((event) => "prompt_progress" in event)).toBe(false);
  });

  test.each([
    ["hutch", "engine_crashed"],
    ["router", 500],
  ] as const)(
    "in profile %s ends with a numbered error event when the engine dies",
    async (...as) => {
      const [profile, code] = as;
      const error = { message: "the engine was killed by signal 9" };
      const events = await streamed(crashesAfter(1), { model: "tiny" }, profile);
      const failed = events.filter(({ type }) => type === "response.failed");
      const response = { status: "failed", error, store: false, completed_at: null };
      expect(failed).toMatchObject(profile === "hutch" ? [{ response }] : []);
      expect(events.at(-1)).toMatchObject({
        type: "error",
        code: "engine_crashed",
        ...error,
        param: null,
        error: { ...error, code, type: "server_error" },
      });
    },
  );

  test("gives log probabilities with the text when they are included", async () => {
    const bytes = new TextEncoder().encode("a");
    const probs = [{ token: 5, bytes, prob: 0.5, top: [] }];
    const behaviour = plays({ ...text("a"), probs } as GenerateEvent, done());
    const events = await streamed(behaviour, { include: ["message.output_text.logprobs"] });
    const logprobs = [
      { token: "a", bytes: [97], logprob: Math.fround(Math.log(0.5)), top_logprobs: [] },
    ];
    for (const type of ["response.output_text.delta", "response.output_text.done"]) {
      expect(events.find((event) => event.type === type)).toMatchObject({ logprobs });
    }
  });

  test("pads its deltas when asked to", async () => {
    const behaviour = plays(text("Hel"), text("x".repeat(20)), call(0, "{}", "c1"), done());
    const body = { tools: [weather], stream_options: { include_obfuscation: true } };
    const events = await streamed(behaviour, body);
    const deltas = events.filter(({ delta }) => delta !== undefined);
    expect(deltas.map(({ delta, obfuscation }) => `${delta}${obfuscation}`.length)).toEqual([
      16, 32, 16,
    ]);
    expect(events.filter(({ obfuscation }) => obfuscation !== undefined)).toEqual(deltas);
    expect((await streamed(behaviour)).some((event) => "obfuscation" in event)).toBe(false);
  });
});
