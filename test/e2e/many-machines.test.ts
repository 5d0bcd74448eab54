import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { isWithoutNginx, startNginx } from "../support/nginx.ts";
import {
  type ChatAnswer,
  endless,
  question,
  type RunningServer,
  say,
  sseEvents,
  startServer,
  until,
} from "../support/server.ts";

const chat = "/v1/chat/completions";
const france = question("What is the capital of France?");

describe.skipIf(isWithoutNginx())("nginx with docs/nginx.conf, before two servers", () => {
  let servers: RunningServer[];
  let proxy: Awaited<ReturnType<typeof startNginx>>;
  beforeAll(async () => {
    const args = ["--threads", "1", "--threads-batch", "1"];
    servers = await Promise.all([startServer({ args }), startServer({ args })]);
    for (const server of servers) await say(server, france);
    proxy = await startNginx(servers.map(({ url }) => new URL(url).host));
  });
  afterAll(async () => {
    await proxy?.[Symbol.asyncDispose]();
    for (const server of servers) await server[Symbol.asyncDispose]();
  });

  const post = (body: object, headers: Record<string, string> = {}) =>
    fetch(proxy.url + chat, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify(body),
    });
  const answerOf = async (response: Response) => {
    expect(response.status).toBe(200);
    return (await response.json()) as ChatAnswer;
  };

  /** The server that a request came to, by its own log. */
  async function serverOf(headers: Record<string, string>): Promise<number> {
    const response = await post(france, headers);
    expect((await answerOf(response)).choices[0]?.message.content).toContain("Paris");
    const id = response.headers.get("x-request-id") ?? "";
    const find = () => servers.findIndex((server) => server.output().includes(`id ${id}`));
    await until("it is logged", () => find() >= 0);
    return find();
  }

  /** Headers that clients send with every request of a conversation. */
  const kinds: [string, (i: number) => Record<string, string>][] = [
    ["any that is told to", (i) => ({ "x-session-id": `s-${i}` })],
    ["Open WebUI", (i) => ({ "x-openwebui-chat-id": `c-${i}` })],
    ["Claude Code", (i) => ({ "x-claude-code-session-id": `d-${i}` })],
    ["Codex", (i) => ({ "session-id": `e-${i}` })],
    ["Codex, of old", (i) => ({ session_id: `f-${i}` })],
    ["with a key for each user", (i) => ({ authorization: `Bearer key-${i}` })],
    ["Anthropic's", (i) => ({ "x-api-key": `key-${i}` })],
  ];
  test.each(kinds)("a client, %s, keeps its server; clients are spread", async (_, headers) => {
    const all = Array.from({ length: 12 }, (_, i) => i);
    const first = await Promise.all(all.map((i) => serverOf(headers(i))));
    const again: number[] = [];
    for (const i of all.toReversed()) again.unshift(await serverOf(headers(i))); // no turns
    expect(again).toEqual(first);
    expect(new Set(first)).toEqual(new Set([0, 1]));
  });

  test("an id of the conversation counts more than the key", async () => {
    const keyed = (i: number) => ({ "x-session-id": "one", authorization: `Bearer key-${i}` });
    const all = await Promise.all(Array.from({ length: 8 }, (_, i) => serverOf(keyed(i))));
    expect(new Set(all).size).toBe(1);
  });

  test("the second turn of a conversation finds the first one computed", async () => {
    const words = "Please remember these words: red, green, blue, ship, house and tree. Hello!";
    const turn = { messages: [{ role: "user", content: words }], temperature: 0, max_tokens: 20 };
    const headers = { "x-session-id": "a conversation" };
    const { choices } = await answerOf(await post(turn, headers));
    const said = { role: "assistant", content: choices[0]?.message.content };
    const next = { role: "user", content: "What is the capital of France?" };
    const messages = [...turn.messages, said, next];
    const { usage } = await answerOf(await post({ ...turn, messages }, headers));
    expect(usage.prompt_tokens_details.cached_tokens).toBeGreaterThan(words.split(" ").length);
  });

  test("streams come through to their end", async () => {
    const text = await (await post({ ...endless, max_tokens: 300 })).text();
    const events = sseEvents(text);
    expect([events.length > 100, events.at(-1)]).toEqual([true, "[DONE]"]);
  });

  test("what changes one server's models is not done by the balancer", async () => {
    for (const path of ["/api/pull", "/api/delete", "/api/blobs/sha256:0", "/models/load"]) {
      const response = await fetch(proxy.url + path, { method: "POST", body: "{}" });
      expect([path, response.status]).toEqual([path, 403]);
    }
    expect((await fetch(`${proxy.url}/v1/models`)).status).toBe(200);
  });

  test("a server that ends hands its conversations over, none fails", async () => {
    const headers = Array.from({ length: 12 }, (_, i) => ({ "x-session-id": `s-${i}` }));
    const before = await Promise.all(headers.map(serverOf));
    const [gone = 0] = before;
    await servers[gone]?.[Symbol.asyncDispose]();
    const answers = await Promise.all(headers.map((one) => post(france, one)));
    expect(answers.map(({ status }) => status)).toEqual(headers.map(() => 200));
  });
});

test.skipIf(isWithoutNginx())(
  "through nginx, a token arrives before the next one is made",
  async () => {
    const { promise: hasArrived, resolve: arrived } = Promise.withResolvers<void>();
    const body = async function* () {
      yield "data: 1\n\n";
      await hasArrived; // for ever, if it waits for more
      yield "data: 2\n\n";
    };
    const headers = { "content-type": "text/event-stream" };
    const serve = () =>
      Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response(body(), { headers }) });
    using one = serve();
    using two = serve();
    await using proxy = await startNginx([one, two].map(({ url }) => url.host));
    const reader = (
      await fetch(proxy.url + chat, { method: "POST", body: "{}" })
    ).body!.getReader();
    const read = async () => new TextDecoder().decode((await reader.read()).value);
    expect(await read()).toBe("data: 1\n\n");
    arrived();
    expect(await read()).toBe("data: 2\n\n");
  },
);

test.skipIf(isWithoutNginx())("nginx asks the next one where one has too much to do", async () => {
  const serve = (answer: () => Response) =>
    Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: answer });
  let nRefused = 0;
  using full = serve(() => {
    nRefused++;
    return new Response("overloaded", { status: 503 });
  });
  using free = serve(() => new Response("answered"));
  await using proxy = await startNginx([full, free].map(({ url }) => url.host));
  for (let i = 0; i < 12; i++) {
    const headers = { "x-session-id": `s-${i}` };
    const response = await fetch(proxy.url + chat, { method: "POST", body: "{}", headers });
    expect([response.status, await response.text()]).toEqual([200, "answered"]);
  }
  expect(nRefused).toBeGreaterThan(0);
});
