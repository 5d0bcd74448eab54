import { describe, expect, test } from "bun:test";
import { Client, keyOf, ServerError } from "../../../src/cli/client/client.ts";
import { type Answer, fakeOllama, ndjson, Refusal } from "../../support/fake-ollama.ts";

const clientOf = (url: string, key: string | null = null) => new Client({ url, source: null }, key);

async function stepsOf(answer: Answer): Promise<string[]> {
  await using server = fakeOllama({ "POST /api/pull": answer });
  const seen: string[] = [];
  for await (const { status } of clientOf(server.url).steps("/api/pull", {})) seen.push(status);
  return seen;
}

describe("the client", () => {
  test("sends its key, and JSON", async () => {
    await using server = fakeOllama({ "POST /api/show": () => ({ system: "x" }) });
    const shown = await clientOf(server.url, "secret").post("/api/show", { model: "m" });
    expect(shown).toEqual({ system: "x" });
    expect(server.asked[0]?.headers.get("authorization")).toBe("Bearer secret");
    expect(server.bodiesOf("/api/show")).toEqual([{ model: "m" }]);
  });

  test("takes its key from the environment, of several the first", () => {
    expect(keyOf({ HUTCH_API_KEY: "a,b", OLLAMA_API_KEY: "c" })).toBe("a");
    expect(keyOf({ OLLAMA_API_KEY: "c" })).toBe("c");
    expect(keyOf({})).toBeNull();
  });

  test("throws a refusal with its status and its text", async () => {
    const refuse = () => {
      throw new Refusal(404, "model 'm' not found");
    };
    await using server = fakeOllama({ "POST /api/show": refuse });
    const asked = clientOf(server.url).post("/api/show", {});
    expect(await asked.catch((error) => error)).toEqual(
      new ServerError(404, "model 'm' not found"),
    );
  });

  test.each([
    [{ error: { message: "in OpenAI's form" } }, "in OpenAI's form"],
    [{ other: 1 }, '{"other":1}'],
  ])("finds the text of %p", async (body, text) => {
    await using server = fakeOllama({ "GET /x": () => Response.json(body, { status: 500 }) });
    await expect(clientOf(server.url).get("/x")).rejects.toThrow(text);
  });

  test("says which variable has the key when one is asked for", async () => {
    await using server = fakeOllama({ "GET /x": () => new Response("", { status: 401 }) });
    await expect(clientOf(server.url).get("/x")).rejects.toThrow("set HUTCH_API_KEY");
    await expect(clientOf(server.url, "wrong").get("/x")).rejects.toThrow("no such key");
  });

  test("reads lines that come in pieces", async () => {
    const bytes = new TextEncoder().encode('{"status":"größer"}\n\n{"status":"success"}');
    async function* pieces() {
      for (const byte of bytes) yield Uint8Array.of(byte);
    }
    expect(await stepsOf(() => new Response(pieces()))).toEqual(["größer", "success"]);
  });

  test("throws what a line tells of, and an end without success", async () => {
    const failing = stepsOf(() => ndjson([{ status: "a" }, { error: "disk full" }]));
    await expect(failing).rejects.toThrow("disk full");
    await expect(stepsOf(() => ndjson([{ status: "a" }]))).rejects.toThrow("before it was done");
  });

  test("says so when an answer breaks off", async () => {
    const answer = 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"status":"a"}\n';
    let hangUp = () => {};
    using listener = Bun.listen({
      hostname: "127.0.0.1",
      port: 0,
      socket: {
        data: (peer) => {
          peer.write(answer);
          hangUp = () => peer.end();
        },
      },
    });
    const steps = clientOf(`http://127.0.0.1:${listener.port}`).steps("/x", {});
    expect((await steps.next()).value).toEqual({ status: "a" });
    hangUp();
    await expect(steps.next()).rejects.toThrow(
      `127.0.0.1:${listener.port} broke off in the middle of its answer`,
    );
  });

  test("names the address where nobody listens", async () => {
    const server = fakeOllama({});
    await server[Symbol.asyncDispose]();
    const client = clientOf(server.url);
    expect(await client.answers()).toBe(false);
    await expect(client.get("/x")).rejects.toThrow(
      `${server.url.slice("http://".length)} does not`,
    );
  });

  test("asks no proxy for this machine", async () => {
    await using server = fakeOllama({ "GET /x": () => ({ is: "direct" }) });
    const script = `
      import { Client } from ${JSON.stringify(`${import.meta.dir}/../../../src/cli/client/client.ts`)};
      const client = new Client({ url: "${server.url}", source: null }, null);
      console.log(JSON.stringify(await client.get("/x")));`;
    const proxy = "http://127.0.0.1:9";
    const child = Bun.spawn([process.execPath, "-e", script], {
      env: { PATH: process.env.PATH ?? "", http_proxy: proxy, HTTP_PROXY: proxy, no_proxy: "a.b" },
      stdout: "pipe",
    });
    expect(await new Response(child.stdout).text()).toBe('{"is":"direct"}\n');
  });
});
