import { afterEach, describe, expect, test } from "bun:test";
import { connect } from "node:net";
import { type RequestLimits, requestLimits } from "../../src/core/limits.ts";
import { type Listening, listen } from "../../src/http/listen.ts";
import { appOver, fakeInfo, json, says, waitsForAbort } from "../support/fake-engine.ts";

const hi = { messages: [{ role: "user", content: "hi" }] };
const picture = "iVBORw0KGgo=";
const pictures = (n: number) => Array<string>(n).fill(picture);
const within = (limits: Partial<RequestLimits>) => ({
  settings: { limits: { ...requestLimits, ...limits } },
});
const texts = (n: number) => Array.from({ length: n }, (_, i) => `text ${i}`);
const said = (n: number) =>
  texts(n).map((content, i) => ({ role: i % 2 === 0 ? "user" : "assistant", content }));
const shown = (n: number) => ({
  role: "user",
  content: pictures(n).map((data) => ({
    type: "image_url",
    image_url: { url: `data:image/png;base64,${data}` },
  })),
});
const source = { type: "base64", media_type: "image/png", data: picture };
const nested = { a: [{ b: [{ c: 1 }] }] };
const tool = (name: string, parameters: object = { type: "object" }) => [
  { type: "function", function: { name, parameters } },
];
const anthropics = { max_tokens: 5 };

/** Dialects have messages of their own around it; all name the flag. */
const refusals: [string, Partial<RequestLimits>, string, object, string][] = [
  ["OpenAI", { nMessages: 3 }, "/v1/chat/completions", { messages: said(5) }, "max-messages"],
  ["Ollama", { nMessages: 3 }, "/api/chat", { messages: said(5) }, "max-messages"],
  [
    "Anthropic",
    { nMessages: 3 },
    "/v1/messages",
    { ...anthropics, messages: said(5) },
    "max-messages",
  ],
  ["Responses", { nMessages: 3 }, "/v1/responses", { input: said(5) }, "max-messages"],
  ["a template", { nMessages: 3 }, "/apply-template", { messages: said(5) }, "max-messages"],
  ["OpenAI", { nMedia: 2 }, "/v1/chat/completions", { messages: [shown(3)] }, "max-images"],
  [
    "Ollama",
    { nMedia: 2 },
    "/api/chat",
    { messages: [{ role: "user", content: "x", images: pictures(3) }] },
    "max-images",
  ],
  ["Ollama", { nMedia: 2 }, "/api/generate", { prompt: "x", images: pictures(3) }, "max-images"],
  [
    "Anthropic",
    { nMedia: 2 },
    "/v1/messages",
    {
      ...anthropics,
      messages: [{ role: "user", content: Array(3).fill({ type: "image", source }) }],
    },
    "max-images",
  ],
  ["OpenAI", { nInputs: 4 }, "/v1/embeddings", { input: texts(5) }, "max-inputs"],
  ["OpenAI", { nInputs: 4 }, "/v1/completions", { prompt: texts(5) }, "max-inputs"],
  ["Ollama", { nInputs: 4 }, "/api/embed", { input: texts(5) }, "max-inputs"],
  ["llama-server", { nInputs: 4 }, "/completion", { prompt: texts(5) }, "max-inputs"],
  ["llama-server", { nInputs: 4 }, "/embedding", { content: texts(5) }, "max-inputs"],
  ["llama-server", { nInputs: 4 }, "/rerank", { query: "q", documents: texts(5) }, "max-inputs"],
  [
    "OpenAI",
    { grammarChars: 20 },
    "/v1/chat/completions",
    { ...hi, tools: tool("f", { type: "object", description: "x".repeat(20) }) },
    "max-grammar-size",
  ],
  [
    "llama-server",
    { grammarChars: 20 },
    "/completion",
    { prompt: "x", grammar: 'root ::= "abcdefghijklm"' },
    "max-grammar-size",
  ],
  [
    "Ollama",
    { grammarChars: 20 },
    "/api/chat",
    { ...hi, format: { type: "object", description: "long" } },
    "max-grammar-size",
  ],
  ["OpenAI", { jsonDepth: 4 }, "/v1/chat/completions", { ...hi, nested }, "max-json-depth"],
  ["Ollama", { jsonDepth: 4 }, "/api/chat", { ...hi, nested }, "max-json-depth"],
  ["Anthropic", { jsonDepth: 4 }, "/v1/messages", { ...hi, ...nested }, "max-json-depth"],
];

describe("a request beyond a limit", () => {
  test.each(refusals)("of %s's, %j, is refused: %s", async (_, limits, path, body, flag) => {
    const info = { ...fakeInfo, reranks: true };
    const { post, engine } = appOver(says("x"), { ...within(limits), info });
    const response = await post(path, { model: "tiny", ...body });
    expect(response.status).toBe(400);
    expect(await response.text()).toContain(`(the server's --${flag})`);
    expect([engine.requests, engine.questions]).toEqual([[], []]);
  });

  test("is told in the dialect's own shape", async () => {
    const { post } = appOver(says("x"), within({ nMessages: 1 }));
    const message = "`messages` has 3 items of at most 1 (the server's --max-messages)";
    const answer = (path: string, more = {}) =>
      json<object>(post(path, { model: "tiny", messages: said(3), ...more }));
    expect(await answer("/api/chat")).toEqual({ error: message });
    expect(await answer("/v1/chat/completions")).toMatchObject({
      error: { message, type: "invalid_request_error", param: "messages" },
    });
    expect(await answer("/v1/messages", anthropics)).toMatchObject({
      type: "error",
      error: { type: "invalid_request_error", message },
    });
  });

  test("is as it may be up to the limit", async () => {
    const limits = { nMessages: 3, nMedia: 2, jsonDepth: 6 };
    const { post } = appOver(says("x"), within(limits));
    const messages = [...said(2), shown(2)];
    expect((await post("/v1/chat/completions", { messages })).status).toBe(200);
  });

  test.each([
    ["/v1/chat/completions", { ...hi, tools: tool("!".repeat(257)) }],
    ["/completion", { prompt: "x", logit_bias: [["!".repeat(10_001), 1]] }],
    ["/completion", { prompt: "x", grammar: "x", preserved_tokens: ["!".repeat(10_001)] }],
  ])("of llama.cpp's parsers is refused, too: %s", async (path, body) => {
    const { post, engine } = appOver(says("x"));
    expect((await post(path, body)).status).toBe(400);
    expect(engine.requests).toEqual([]);
  });
});

describe("waiting", () => {
  const queue = within({ queueSeconds: 0.05 });

  test.each([
    ["/v1/chat/completions", hi],
    ["/v1/chat/completions", { ...hi, stream: true }],
    ["/api/chat", hi],
    ["/api/embed", { input: "x" }],
    ["/v1/messages", { ...hi, ...anthropics }],
    ["/completion", { prompt: "x" }],
  ])("for a model ends with a 503: %s", async (path, body) => {
    const { post } = appOver(says("x"), { ...queue, start: () => new Promise(() => {}) });
    const response = await post(path, { model: "tiny", ...body });
    expect(response.status).toBe(503);
    expect(await response.text()).toContain(
      "no turn within 0.05 s (the server's --max-queue-wait)",
    );
  });

  test("for a slot is for the engine to end, with what is left of it", async () => {
    const { post, engine } = appOver(says("x"), queue);
    await post("/v1/chat/completions", hi);
    const { wait } = engine.requests[0] ?? {};
    expect(wait?.queueSeconds).toBe(0.05);
    expect(wait?.ms).toBeGreaterThanOrEqual(0);
  });
});

describe("connections", () => {
  let server: Listening | undefined;
  afterEach(() => server?.stop());
  const address = { hostname: "127.0.0.1", port: 0 };
  const limited = (limits: Partial<RequestLimits>) => ({
    ...address,
    limits: { ...requestLimits, ...limits },
  });
  const body = (more: object) => ({
    method: "POST",
    body: JSON.stringify({ ...hi, ...more }),
    headers: { "content-type": "application/json" },
  });

  test("one too many is refused in its dialect, until another ends", async () => {
    const { app } = appOver(waitsForAbort(1));
    server = listen(app, limited({ nConnections: 2 }));
    const to = (path: string) => (server?.url ?? "") + path;
    const streams = [new AbortController(), new AbortController()];
    for (const { signal } of streams) {
      const init = { ...body({ stream: true }), signal };
      await (await fetch(to("/v1/chat/completions"), init)).body?.getReader().read();
    }
    const message = "the server has 2 requests open already (--max-connections)";
    const refused = await fetch(to("/api/chat"), body({ model: "tiny" }));
    expect([refused.status, await refused.json()]).toEqual([503, { error: message }]);
    expect((await fetch(to("/health"))).status).toBe(200);
    streams[0]?.abort();
    for (;;) {
      const again = await fetch(to("/v1/chat/completions"), body({ stream: true }));
      await again.body?.getReader().read();
      if (again.status === 200) break;
    }
    streams[1]?.abort();
  });

  test("a body beyond a limit of the server's own is refused", async () => {
    server = listen(appOver(says("x")).app, limited({ bodyBytes: 1024 * 1024 }));
    const init = { method: "POST", body: "x".repeat(1024 * 1024 + 1) };
    const response = await fetch(`${server.url}/v1/chat/completions`, init);
    expect([response.status, await response.text()]).toEqual([
      413,
      expect.stringContaining("larger than 1 MB (the server's --max-body-size)"),
    ]);
  });

  // Bun looks at its timeouts every few seconds.
  test("those that say nothing, or their headers letter by letter, are closed", async () => {
    server = listen(appOver(says("x")).app, limited({ idleSeconds: 1 }));
    const port = Number(new URL(server.url).port);
    const closed = ["", "GET / HTTP/1.1\r\nX-Slow: "].map((text) => {
      const connection = connect(port, "127.0.0.1");
      connection.on("error", () => {});
      const drip = setInterval(() => text !== "" && connection.write("x"), 300);
      connection.write(text);
      connection.resume();
      return new Promise((resolve) => connection.on("close", resolve)).finally(() =>
        clearInterval(drip),
      );
    });
    await Promise.all(closed);
  }, 60_000);

  test("those whose bodies stop coming are closed, and leave their places to others", async () => {
    server = listen(appOver(says("x")).app, limited({ idleSeconds: 1, nConnections: 1 }));
    const connection = connect(Number(new URL(server.url).port), "127.0.0.1");
    connection.on("error", () => {});
    const head = "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n";
    connection.write(`${head}{`);
    connection.resume();
    const url = `${server.url}/v1/chat/completions`;
    while ((await fetch(url, body({}))).status !== 503) await Bun.sleep(10); // it has its place
    await new Promise((resolve) => connection.on("close", resolve));
    while ((await fetch(url, body({}))).status !== 200) await Bun.sleep(10);
  }, 60_000);
});
