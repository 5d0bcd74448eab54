import { afterEach, describe, expect, test } from "bun:test";
import type { GenerateEvent } from "../../src/core/generate.ts";
import { type Fetcher, type Listening, listen } from "../../src/http/listen.ts";
import type { StreamSession } from "../../src/http/resume/session.ts";
import { StreamSessions } from "../../src/http/resume/sessions.ts";
import {
  type AppOverOptions,
  appOver,
  type Behaviour,
  crashesAfter,
  done,
  FakeEngine,
  json,
  prefilled,
  says,
  text,
  waitsForAbort,
} from "../support/fake-engine.ts";

const id = "conv::org/model:Q8";
const query = `conv_id=${encodeURIComponent(id)}`;
const body = { messages: [{ role: "user", content: "hi" }], stream: true };

/** The app, and its requests with a conversation's header. */
function conversation(behaviour: Behaviour, options: AppOverOptions = {}) {
  const over = appOver(behaviour, options);
  const send = (method: string, path: string, init: RequestInit = {}) =>
    Promise.resolve(over.app.handle(new Request(`http://localhost${path}`, { method, ...init })));
  return {
    ...over,
    ask: (more: object = {}, signal?: AbortSignal, conversationId = id) =>
      send("POST", "/v1/messages", {
        headers: { "content-type": "application/json", "x-conversation-id": conversationId },
        body: JSON.stringify({ ...body, ...more }),
        ...(signal && { signal }),
      }),
    resume: (from: number | string = 0) => send("GET", `/v1/stream?${query}&from=${from}`),
    stop: () => send("DELETE", `/v1/stream?${query}`),
    lookUp: (...ids: string[]) =>
      json<{ conversation_id: string; is_done: boolean; total_bytes: number }[]>(
        over.post("/v1/streams/lookup", { conversation_ids: ids }),
      ),
  };
}

/** Says a word whenever it is told to, and ends when told so. */
function saysWhenTold() {
  const { readable, writable } = new TransformStream<GenerateEvent>();
  const writer = writable.getWriter();
  const behaviour: Behaviour = async function* () {
    yield prefilled;
    yield* readable;
  };
  return {
    behaviour,
    say: (word: string) => writer.write(text(word)),
    end: () => writer.write(done()),
  };
}

type Reader = Pick<ReadableStreamDefaultReader<Uint8Array>, "read">;

/** Reads until `wanted` was seen. */
async function readUntil(reader: Reader, wanted: string) {
  const decoder = new TextDecoder();
  let seen = "";
  while (!seen.includes(wanted)) {
    const { done: isDone, value } = await reader.read();
    if (isDone) throw new Error(`no "${wanted}" in ${seen}`);
    seen += decoder.decode(value, { stream: true });
  }
  return seen;
}

const readerOf = (response: Response) => {
  if (!response.body) throw new Error("no body");
  return response.body.getReader();
};

describe("a stream with X-Conversation-Id", () => {
  test("is replayed from any byte once it is complete", async () => {
    const { ask, resume, lookUp } = conversation(says("Hel", "lo"));
    const first = await (await ask()).text();
    expect(first).toContain("message_stop");
    const again = await resume();
    expect(again.headers.get("content-type")).toBe("text/event-stream");
    expect(await again.text()).toBe(first);
    expect(await (await resume(10)).text()).toBe(first.slice(10));
    expect(await lookUp("conv", "other")).toEqual([
      {
        conversation_id: id,
        is_done: true,
        total_bytes: first.length,
        started_at: expect.any(Number),
        completed_at: expect.any(Number),
      } as never,
    ]);
  });

  test("goes on live for everybody who reads it", async () => {
    const { behaviour, say, end } = saysWhenTold();
    const { ask, resume, lookUp } = conversation(behaviour);
    const asked = ask();
    await say("one");
    const first = readerOf(await asked);
    await readUntil(first, "one");
    const second = readerOf(await resume());
    await readUntil(second, "one");
    expect(await lookUp(id)).toMatchObject([{ is_done: false }]);
    const both = Promise.all([readUntil(first, "two"), readUntil(second, "two")]);
    await say("two");
    await both;
    const ends = Promise.all([readUntil(first, "message_stop"), readUntil(second, "message_stop")]);
    await end();
    await ends;
    expect((await second.read()).done).toBe(true);
  });

  test("outlives the client that asked", async () => {
    const { behaviour, say, end } = saysWhenTold();
    const { ask, resume } = conversation(behaviour);
    const asked = ask();
    await say("one");
    const reader = readerOf(await asked);
    await readUntil(reader, "one");
    await reader.cancel();
    await say("two");
    const again = await resume();
    await end();
    expect(await again.text()).toMatch(/one.*two.*message_stop/s);
  });

  test("outlives a client that leaves before the answer begins", async () => {
    const { behaviour, say, end } = saysWhenTold();
    const { promise: loaded, resolve } = Promise.withResolvers<FakeEngine>();
    const { ask, resume } = conversation(behaviour, { start: () => loaded });
    const client = new AbortController();
    const asked = ask({}, client.signal);
    client.abort();
    await Bun.sleep(0);
    expect((await resume()).status).toBe(503);
    resolve(new FakeEngine(behaviour));
    await asked;
    const again = await resume();
    await say("one");
    await end();
    expect(await again.text()).toMatch(/one.*message_stop/s);
  });

  test("keeps its error too", async () => {
    const { ask, resume } = conversation(crashesAfter(1));
    const first = await (await ask()).text();
    expect(first).toContain("event: error");
    expect(await (await resume()).text()).toBe(first);
  });

  test("is replaced, and ended, by the next one of its conversation", async () => {
    const { ask, resume, engine } = conversation(waitsForAbort(1));
    const first = await ask();
    const second = await ask();
    await readUntil(readerOf(second), "word");
    await first.text(); // comes to its end
    expect(engine.nRunning).toBe(1);
    await readUntil(readerOf(await resume()), "word");
  });

  test("is not kept when it is refused, not streamed, or has no id", async () => {
    const { ask, lookUp, post } = conversation(says("a"));
    expect((await ask({ messages: [{ role: "user" }] })).status).toBe(400);
    expect((await ask({ model: "other" })).status).toBe(404);
    expect((await ask({ stream: false })).status).toBe(200);
    await (await post("/v1/messages", body)).text();
    expect(await lookUp(id)).toEqual([]);
  });

  test("a request that is refused does not end the one before it", async () => {
    const { ask, lookUp } = conversation(waitsForAbort(1));
    await ask();
    expect((await ask({ messages: "none" })).status).toBe(400);
    expect(await lookUp(id)).toMatchObject([{ is_done: false }]);
  });
});

describe("DELETE /v1/stream", () => {
  test("ends the generation, its readers' streams, and forgets them", async () => {
    const { ask, resume, stop, engine } = conversation(waitsForAbort(1));
    const first = readerOf(await ask());
    await readUntil(first, "word");
    const second = readerOf(await resume());
    await readUntil(second, "word");
    expect((await stop()).status).toBe(204);
    expect((await first.read()).done).toBe(true);
    expect((await second.read()).done).toBe(true);
    expect(engine.nRunning).toBe(0);
    expect((await resume()).status).toBe(404);
    expect((await stop()).status).toBe(204);
  });

  test("cancels a request that waits for its model", async () => {
    const { ask, resume, stop, supervisor } = conversation(says("never"), {
      start: (_model, _progress, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => reject(signal.reason), { once: true });
        }),
    });
    const asked = ask();
    await Bun.sleep(0);
    expect((await resume()).status).toBe(503);
    expect((await stop()).status).toBe(204);
    const refused = await asked;
    expect(refused.status).toBe(400);
    expect(await refused.text()).toContain("cancelled");
    expect((await resume()).status).toBe(404);
    await supervisor.stop();
  });
});

describe("errors of /v1/stream", () => {
  test.each([
    ["/v1/stream", 400, "`conv_id` is required"],
    ["/v1/stream?conv_id=none", 404, "Stream not found or expired"],
    [`/v1/stream?${query}&from=x`, 400, "`from`"],
    [`/v1/stream?${query}&from=-1`, 400, "`from`"],
  ])("GET %s is %i: %s", async (path, status, message) => {
    const { get } = conversation(says("a"));
    const response = await get(path);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({
      error: { code: status, message: expect.stringContaining(message) },
    });
  });

  test("DELETE needs an id, and a lookup a list of them", async () => {
    const { app, post } = conversation(says("a"));
    const wrong = await app.handle(new Request("http://localhost/v1/stream", { method: "DELETE" }));
    expect(wrong.status).toBe(400);
    expect((await post("/v1/streams/lookup", { conversation_ids: "a" })).status).toBe(400);
  });
});

describe("what is kept of streams", () => {
  const limits = { blockBytes: 4, nBlocksMax: 3, nBlocksAllMax: 5, keptMs: 60_000 };
  const left = AbortSignal.abort();

  /** A session through which `content` was streamed to nobody, in pieces. */
  async function complete(sessions: StreamSessions, name: string, ...pieces: string[]) {
    const session = sessions.begin(name, undefined);
    session.keep(new Response(stream(...pieces)), left);
    await session.ended();
    return session;
  }

  function stream(...pieces: string[]) {
    return new ReadableStream<Uint8Array>({
      start(controller) {
        for (const piece of pieces) controller.enqueue(new TextEncoder().encode(piece));
        controller.close();
      },
    });
  }

  const read = (session: StreamSession | undefined, from: number) =>
    new Response(session?.read(from)).text();

  test("is the last blocks of each; the bytes before them are lost", async () => {
    const session = await complete(
      new StreamSessions(limits),
      "a",
      "abcde",
      "",
      "fghijklmno",
      "pq",
    );
    expect([session.nBytes, session.firstByte, session.nBlocks]).toEqual([17, 8, 3]);
    expect(await read(session, 8)).toBe("ijklmnopq");
    expect(await read(session, 11)).toBe("lmnopq");
    expect(await read(session, 17)).toBe("");
    expect(read(session, 7)).rejects.toThrow("Stream offset lost");
  });

  test("is bounded over all: the oldest complete streams go first", async () => {
    const sessions = new StreamSessions(limits);
    await complete(sessions, "a", "abcdefgh");
    await complete(sessions, "b", "abcdefgh");
    await complete(sessions, "c", "abcdefgh");
    expect(["a", "b", "c"].map((name) => sessions.get(name) !== undefined)).toEqual([
      false,
      true,
      true,
    ]);
  });

  test("is nobody else's while streams run: a new one is refused then", async () => {
    const sessions = new StreamSessions({ ...limits, nBlocksAllMax: 1 });
    const session = sessions.begin("a", undefined);
    expect(() => sessions.begin("b", undefined)).toThrow("too many");
    session.keep(new Response(stream("abcdef")), left);
    await session.ended();
    expect([session.firstByte, session.nBlocks]).toEqual([4, 1]);
    expect(sessions.begin("b", undefined).nBlocks).toBe(1);
    expect(sessions.get("a")).toBeUndefined();
  });

  test("is forgotten some time after the end", async () => {
    const sessions = new StreamSessions({ ...limits, keptMs: 1 });
    await complete(sessions, "a", "abc");
    while (sessions.get("a")) await Bun.sleep(1);
    expect(sessions.of("a")).toEqual([]);
  });
});

describe("over a socket", () => {
  let server: Listening | undefined;
  afterEach(() => server?.stop());

  /** Listens, and sends the conversation's request. */
  function ask(app: Fetcher, signal: AbortSignal) {
    server = listen(app, { hostname: "127.0.0.1", port: 0 });
    const { url } = server;
    const asked = fetch(`${url}/v1/messages`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-conversation-id": id },
      body: JSON.stringify(body),
      signal,
    });
    return { asked, resume: () => fetch(`${url}/v1/stream?${query}`) };
  }

  test("a client that hangs up can read on", async () => {
    const { behaviour, say, end } = saysWhenTold();
    const client = new AbortController();
    const { asked, resume } = ask(conversation(behaviour).app, client.signal);
    await say("one");
    await readUntil(readerOf(await asked), "one");
    client.abort();
    await say("two");
    const again = await resume();
    await end();
    expect(await again.text()).toMatch(/one.*two.*message_stop/s);
  });

  test("so can one that hangs up while the model loads", async () => {
    const { behaviour, say, end } = saysWhenTold();
    const { promise: loaded, resolve } = Promise.withResolvers<FakeEngine>();
    const { promise: loads, resolve: begin } = Promise.withResolvers<void>();
    const { app } = conversation(behaviour, {
      start: () => {
        begin();
        return loaded;
      },
    });
    const client = new AbortController();
    const { asked, resume } = ask(app, client.signal);
    await loads;
    client.abort();
    expect(asked).rejects.toThrow();
    expect((await resume()).status).toBe(503);
    resolve(new FakeEngine(behaviour));
    await say("one");
    await end();
    const again = await resume();
    expect(await again.text()).toMatch(/one.*message_stop/s);
  });
});
