import { describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { GenerateEvent } from "../../src/core/generate.ts";
import type { ResponseObject } from "../../src/http/responses/answer-schema.ts";
import {
  callsTool,
  crashesAfter,
  done,
  json,
  plays,
  says,
  text,
  waitsForAbort,
} from "../support/fake-engine.ts";
import { path, server, weather } from "../support/responses.ts";
import { temporaryDir, until } from "../support/server.ts";

describe("what is not finished is not kept", () => {
  const idOf = (body: string) => /"id":"(resp_\w+)"/.exec(body)?.[1];

  test("a stream that failed", async () => {
    const { post, get } = server(crashesAfter(1));
    const id = idOf(await (await post(path, { input: "hi", stream: true })).text());
    expect((await get(`${path}/${id}`)).status).toBe(404);
  });

  test("a stream whose client hung up", async () => {
    const { post, get, engine } = server(waitsForAbort(2));
    const client = new AbortController();
    const response = await post(path, { input: "hi", stream: true }, client.signal);
    const { value } = (await response.body?.getReader().read()) ?? {};
    client.abort();
    await until("the engine is free", () => engine.nRunning === 0);
    const id = idOf(new TextDecoder().decode(value));
    expect(id).toBeString();
    expect((await get(`${path}/${id}`)).status).toBe(404);
  });
});

describe("an answer that was kept", () => {
  test("is retrieved as it was given, until it is deleted", async () => {
    const { create, get, remove, failure } = server(callsTool("weather", "{}"));
    const answer = await create({ tools: [weather], metadata: { a: "b" } });
    expect(await json<ResponseObject>(get(`${path}/${answer.id}`))).toEqual(answer);
    expect(await json<object>(remove(answer.id))).toEqual({
      id: answer.id,
      object: "response",
      deleted: true,
    });
    const lost = {
      status: 404,
      message: `Response with id '${answer.id}' not found.`,
      param: "response_id",
    };
    expect(await failure(get(`${path}/${answer.id}`))).toMatchObject(lost);
    expect(await failure(get(`${path}/${answer.id}/input_items`))).toMatchObject(lost);
    expect(await failure(remove(answer.id))).toMatchObject(lost);
  });

  test("cannot be cancelled: it is finished", async () => {
    const { create, post, failure } = server();
    const { id } = await create({});
    expect(await failure(post(`${path}/${id}/cancel`, {}))).toMatchObject({
      status: 400,
      message: "Cannot cancel a synchronous response.",
    });
    expect(await failure(post(`${path}/resp_x/cancel`, {}))).toMatchObject({ status: 404 });
  });

  test("is streamed again with the events that it had, in fewer pieces", async () => {
    const sampled = { nPredicted: 1, decodeMs: 1 };
    const behaviour = plays(
      { type: "reasoning", text: "hm", ...sampled },
      text("Hel", 2),
      text("lo", 3),
      { type: "tool_call", index: 0, id: "c1", name: "weather", arguments: "{}", ...sampled },
      {
        type: "tool_call",
        index: 1,
        id: "c2",
        name: "note",
        arguments: '{"input":"x"}',
        ...sampled,
      },
      done() as GenerateEvent,
    );
    const { post, get } = server(behaviour);
    const tools = [weather, { type: "custom", name: "note" }];
    const events = (body: string) =>
      body
        .split("\n\n")
        .filter(Boolean)
        .map((frame) => JSON.parse(frame.slice(frame.indexOf("data: ") + 6)));
    const first = events(await (await post(path, { input: "hi", stream: true, tools })).text());
    const { id } = first.at(-1).response;
    const second = events(await (await get(`${path}/${id}?stream=true`)).text());
    const comparable = (list: { type: string }[]) =>
      list
        .filter(({ type }) => !type.endsWith("output_text.delta"))
        .map(({ sequence_number: _, timings: __, ...event }: Record<string, unknown>) => event);
    expect(comparable(second)).toEqual(comparable(first));
    expect(second.map(({ sequence_number }) => sequence_number)).toEqual([...second.keys()]);
    const rest = events(await (await get(`${path}/${id}?stream=true&starting_after=3`)).text());
    expect(rest).toEqual(second.slice(4));
    const padded = await get(`${path}/${id}?stream=true&include_obfuscation=true`);
    expect(await padded.text()).toContain('"obfuscation":');
  });

  test.each(["stream=maybe", "starting_after=-1", "starting_after=x"])(
    "refuses ?%s",
    async (query) => {
      const { create, get, failure } = server();
      const { id } = await create({});
      const field = query.split("=")[0] as string;
      expect(await failure(get(`${path}/${id}?${query}`))).toMatchObject({
        status: 400,
        param: field,
      });
    },
  );
});

describe("the input items of an answer", () => {
  const texts = (n: number) =>
    Array.from({ length: n }, (_, i) => ({ id: `m${i}`, role: "user", content: `${i}` }));
  const list = async (app: ReturnType<typeof server>, id: string, query = "") => {
    const answer = await json<{ data: { id: string }[] } & Record<string, unknown>>(
      app.get(`${path}/${id}/input_items${query}`),
    );
    return { ...answer, data: answer.data.map((item) => item.id) } as Record<string, unknown>;
  };

  test("have ids, types and lists as content", async () => {
    const { create, get } = server();
    const call = { type: "function_call", call_id: "c", name: "weather", arguments: "{}" };
    const input = [
      { role: "user", content: "hi" },
      { role: "assistant", content: "ho" },
      call,
      { type: "function_call_output", call_id: "c", output: "sun" },
    ];
    const { id } = await create({ input });
    const { data } = await json<{ data: object[] }>(get(`${path}/${id}/input_items?order=asc`));
    expect(data).toEqual([
      {
        id: expect.stringMatching(/^msg_/),
        type: "message",
        status: "completed",
        role: "user",
        content: [{ type: "input_text", text: "hi" }],
      },
      {
        id: expect.stringMatching(/^msg_/),
        type: "message",
        status: "completed",
        role: "assistant",
        content: [{ type: "output_text", text: "ho" }],
      },
      { ...call, id: expect.stringMatching(/^fc_/), status: "completed" },
      {
        ...(input[3] as object),
        id: expect.stringMatching(/^fco_/),
        status: "completed",
      },
    ]);
  });

  test("come in pages, the newest first", async () => {
    const app = server();
    const { id } = await app.create({ input: texts(25) });
    const names = (from: number, to: number) =>
      Array.from({ length: from - to + 1 }, (_, i) => `m${from - i}`);
    expect(await list(app, id)).toEqual({
      object: "list",
      data: names(24, 5),
      first_id: "m24",
      last_id: "m5",
      has_more: true,
    });
    expect(await list(app, id, "?after=m5")).toMatchObject({ data: names(4, 0), has_more: false });
    expect(await list(app, id, "?order=asc&limit=2&after=m0")).toMatchObject({
      data: ["m1", "m2"],
      has_more: true,
    });
    expect(await list(app, id, "?after=m0")).toEqual({
      object: "list",
      data: [],
      first_id: null,
      last_id: null,
      has_more: false,
    });
  });

  test("are those of the conversation before it too", async () => {
    const app = server();
    const one = await app.create({ input: texts(1) });
    const two = await app.create({
      input: [{ id: "mine", role: "user", content: "?" }],
      previous_response_id: one.id,
    });
    const { data } = await list(app, two.id, "?order=asc");
    expect(data).toEqual(["m0", one.output[0]?.id as string, "mine"]);
  });

  test.each(["limit=0", "limit=101", "limit=x", "order=up", "after=m9"])(
    "refuse ?%s",
    async (query) => {
      const { create, get, failure } = server();
      const { id } = await create({ input: texts(2) });
      expect(await failure(get(`${path}/${id}/input_items?${query}`))).toMatchObject({
        status: 400,
        param: query.split("=")[0] as string,
      });
    },
  );
});

describe("a store that fails", () => {
  test("costs nobody an answer: it says that it was not kept, and why", async () => {
    using dir = temporaryDir();
    const file = join(dir.path, "responses.sqlite");
    writeFileSync(file, "this is no database".repeat(100));
    const app = server(says("ok"), { responses: { path: file, bytesMax: 1e6 } });
    const answer = await app.create({});
    expect(answer).toMatchObject({
      status: "completed",
      store: false,
      warning: expect.stringContaining(`${file}, cannot be used: file is not a database`),
    });
    expect(answer.output).toHaveLength(1);
    const events = await (await app.post(path, { input: "hi", stream: true })).text();
    expect(events.match(/"store":false,"warning":"the store/g)).toHaveLength(3);
    expect(await app.create({ store: false })).not.toHaveProperty("warning");
    for (const response of [
      app.get(`${path}/${answer.id}`),
      app.remove(answer.id),
      app.post(path, { input: "hi", previous_response_id: answer.id }),
    ]) {
      expect(await app.failure(response)).toMatchObject({
        status: 500,
        message: expect.stringContaining("not a database"),
      });
    }
  });

  test("in a folder that is not to be written to, likewise", async () => {
    using dir = temporaryDir();
    mkdirSync(join(dir.path, "file.sqlite"));
    const file = join(dir.path, "file.sqlite");
    const app = server(says("ok"), { responses: { path: file, bytesMax: 1e6 } });
    expect(await app.create({})).toMatchObject({ store: false, warning: expect.any(String) });
  });

  test("for want of room, likewise", async () => {
    const { create } = server(says("ok"), { responses: { path: ":memory:", bytesMax: 5000 } });
    expect(await create({ input: "x".repeat(5000) })).toMatchObject({
      store: false,
      warning: expect.stringMatching(/takes \d+ bytes, and all may take 5000/),
    });
    expect(await create({})).toMatchObject({ store: true });
  });
});

test("a server that keeps no answers says so", async () => {
  const { create, get, failure } = server(says("ok"), { responses: null });
  const { id, ...answer } = await create({});
  expect(answer).toMatchObject({ store: false });
  expect(answer).not.toHaveProperty("warning");
  expect((await failure(get(`${path}/${id}`))).message).toContain("not kept by this server");
});
