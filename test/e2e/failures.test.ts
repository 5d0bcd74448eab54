import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join, resolve } from "node:path";
import {
  childrenOf,
  endless,
  isAlive,
  jsonOf,
  question,
  type RunningServer,
  say,
  sseEvents,
  startServer,
  temporaryDir,
  until,
} from "../support/server.ts";

const chat = "/v1/chat/completions";
const assets = resolve(import.meta.dir, "../../assets");

let server: RunningServer;
beforeAll(async () => {
  server = await startServer();
  await until("the model is loaded", async () => (await fetch(`${server.url}/health`)).ok);
});
afterAll(() => server[Symbol.asyncDispose]());

describe("bad input is an error that names the fault, and the server goes on", () => {
  const image = (url: string) =>
    question([
      { type: "image_url", image_url: { url } },
      { type: "text", text: "What?" },
    ]);

  test.each([
    ["malformed JSON", '{"messages": [', 400, /JSON/],
    ["no messages", { model: "tiny" }, 400, /messages/],
    ["an empty message list", { messages: [] }, 400, /messages/],
    ["a wrong type", { messages: "hi" }, 400, /messages/],
    ["an unknown role", { messages: [{ role: "pirate", content: "x" }] }, 400, /role/],
    ["an unknown model", question("x", { model: "gpt-9" }), 404, /"gpt-9".*"tiny"/],
    [
      "a picture that is not one",
      image("data:image/png;base64,aGVsbG8="),
      400,
      /content\[0\].image_url.url/,
    ],
    ["a picture that is no base64", image("data:image/png;base64,***"), 400, /base64/],
    ["a picture on the web", image("http://example.com/x.png"), 400, /http/],
    ["a grammar that does not parse", question("x", { grammar: "root ::= (" }), 400, /grammar/],
    [
      "a tool that is not there",
      question("x", { tool_choice: { type: "function", function: { name: "no" } } }),
      400,
      /tool/,
    ],
    ["a token beyond the vocabulary", question("x", { logit_bias: { 999999: 1 } }), 400, /999999/],
  ])("%s", async (_, body, status, message) => {
    const response = await server.post(chat, body);
    const { error } = await jsonOf(response);
    expect([response.status, error.message]).toEqual([status, expect.stringMatching(message)]);
    expect(error).toMatchObject({ type: expect.any(String), code: expect.any(String) });
    expect(await say(server, question("What is the capital of France?"))).toContain("Paris");
  });

  test("a prompt longer than the context: 400 with both numbers", async () => {
    const response = await server.post(chat, question("word ".repeat(3000)));
    const { error } = await jsonOf(response);
    expect([response.status, error.code, error.n_ctx]).toEqual([
      400,
      "context_length_exceeded",
      1024,
    ]);
    expect(error.n_prompt_tokens).toBeGreaterThan(3000);
    expect(error.message).toContain(String(error.n_prompt_tokens));
    expect(error.message).toContain("1024");
  });

  test("20 MB of text are refused without being tokenized", async () => {
    const response = await server.post(chat, question("word ".repeat(4_000_000)));
    const { error } = await jsonOf(response);
    expect([response.status, error.code]).toEqual([400, "context_length_exceeded"]);
    expect(error.message).toMatch(/at least \d+ tokens\).* context size \(1024 tokens\)/);
    expect(error.n_prompt_tokens).toBeGreaterThan(1024);
  });

  test("an unknown path is a 404 in JSON", async () => {
    const response = await fetch(`${server.url}/v1/nothing`);
    expect([response.status, (await jsonOf(response)).error.code]).toEqual([404, "not_found"]);
  });
});

async function isAnswering({ url }: RunningServer): Promise<void> {
  const slots = async () => {
    const response = await fetch(`${url}/slots?model=tiny`);
    return (await response.json()) as { is_processing: boolean }[];
  };
  while (!(await slots()).some((slot) => slot.is_processing)) await Bun.sleep(5);
}

describe("an engine that is killed", () => {
  test.each([
    ["a chat", chat, question("What is the capital of France?")],
    ["embeddings", "/v1/embeddings", { input: "ship" }],
  ])("%s that it had not heard of yet is answered by a fresh one", async (_, path, body) => {
    await say(server, question("What is the capital of France?"));
    const [engine] = server.engines();
    process.kill(engine!, "SIGSTOP");
    const answer = server.post(path, body);
    await Bun.sleep(100); // for it to be sent; later would do no harm
    process.kill(engine!, "SIGKILL");
    expect((await answer).status).toBe(200);
    expect(server.engines()).not.toContain(engine!);
  });

  test("ends the streams it ran with an error frame; the next request gets a fresh one", async () => {
    const response = await server.post(chat, endless);
    const reader = response.body!.getReader();
    const decoder = new TextDecoder();
    let text = decoder.decode((await reader.read()).value, { stream: true });
    const [engine] = server.engines();
    process.kill(engine!, "SIGKILL");
    for (;;) {
      const { value, done } = await reader.read();
      if (done) break;
      text += decoder.decode(value, { stream: true });
    }
    const events = sseEvents(text) as { error?: { message: string; code: string } }[];
    const error = events.findLast((event) => event.error)?.error;
    expect([error?.code, error?.message]).toEqual([
      "engine_crashed",
      expect.stringContaining("SIGKILL"),
    ]);
    expect(await say(server, question("What is the capital of France?"))).toContain("Paris");
    expect(server.engines()).not.toContain(engine);
  });

  test("before the first word is an HTTP 500", async () => {
    const [engine] = server.engines();
    const waiting = server.post(chat, { ...endless, stream: false });
    await isAnswering(server);
    process.kill(engine!, "SIGKILL");
    const response = await waiting;
    expect([response.status, (await jsonOf(response)).error.code]).toEqual([500, "engine_crashed"]);
  });
});

test("a client that hangs up leaves its place to the next one", async () => {
  await using single = await startServer({ args: ["--parallel", "1"] });
  const client = new AbortController();
  const response = await single.post(chat, endless, client.signal);
  await response.body!.getReader().read();
  client.abort();
  expect(await say(single, question("What is the capital of France?"))).toContain("Paris");
});

describe("models that cannot be loaded leave the server up", () => {
  const truncated = async (path: string) =>
    Bun.write(path, (await Bun.file(join(assets, "tiny-text.gguf")).bytes()).slice(0, 1_500_000));
  const otherArchitecture = async (path: string) => {
    const bytes = await Bun.file(join(assets, "tiny-text.gguf")).bytes();
    // The value of general.architecture: a length and "llama".
    const at = Buffer.from(bytes).indexOf("general.architecture") + 20 + 4 + 8;
    expect(Buffer.from(bytes.slice(at, at + 5)).toString()).toBe("llama");
    bytes.set(new TextEncoder().encode("xlama"), at);
    await Bun.write(path, bytes);
  };

  test.each([
    ["truncated", truncated, /bad\.gguf.*(bounds|corrupted|read|data)/s],
    ["no GGUF at all", (path: string) => Bun.write(path, "hello"), /bad\.gguf.*magic/s],
    ["an empty file", (path: string) => Bun.write(path, ""), /bad\.gguf/],
    [
      "of an unknown architecture",
      otherArchitecture,
      /bad\.gguf.*unknown model architecture.*xlama/s,
    ],
  ])("%s", async (_, make, message) => {
    using dir = temporaryDir();
    const path = join(dir.path, "bad.gguf");
    await make(path);
    await using other = await startServer({ args: ["-m", path] });
    const response = await other.post(chat, question("Hello!"));
    const { error } = await jsonOf(response);
    expect([response.status, error.code]).toEqual([500, "model_load_failed"]);
    expect(error.message).toMatch(message);
    expect(
      await say(other, question("What is the capital of France?", { model: "tiny" })),
    ).toContain("Paris");
    const health = await fetch(`${other.url}/health`);
    expect([health.status, (await jsonOf(health)).error.message]).toEqual([
      503,
      expect.stringContaining("bad.gguf"),
    ]);
  });

  test("an mmproj that is none", async () => {
    using dir = temporaryDir();
    const mmproj = join(dir.path, "bad-mmproj.gguf");
    await Bun.write(mmproj, "hello");
    const args = ["-m", join(assets, "tiny-text.gguf"), "--mmproj", mmproj];
    await using other = await startServer({ args });
    const response = await other.post(chat, question("Hello!"));
    expect(response.status).toBe(500);
    expect((await jsonOf(response)).error.message).toContain("bad-mmproj.gguf");
  });

  test("a text model without a projector refuses pictures and says why", async () => {
    await using other = await startServer({ args: ["-m", join(assets, "tiny-text.gguf")] });
    expect(await say(other, question("What is the capital of France?"))).toContain("Paris");
    const messages = [{ role: "user", content: "What?", images: ["aGVsbG8="] }];
    const response = await other.post(chat, { messages });
    expect([response.status, (await jsonOf(response)).error.code]).toEqual([400, "unsupported"]);
  });
});

test("the server has no native library in its memory; its engine has", async () => {
  await say(server, question("Hello!"));
  const [engine] = server.engines();
  const mapped = (pid: number) => Bun.file(`/proc/${pid}/maps`).text();
  expect(await mapped(server.pid)).not.toMatch(/libllama|libggml|libhutch/);
  expect(await mapped(engine!)).toMatch(/libhutch-shim\.so/);
});

describe("the end of the server", () => {
  test("SIGTERM ends it and its engines, exit code 0", async () => {
    const other = await startServer();
    await say(other, question("Hello!"));
    const [engine] = other.engines();
    process.kill(other.pid, "SIGTERM");
    expect(await other.exited).toBe(0);
    await until("the engine is gone", () => !isAlive(engine!));
    await other[Symbol.asyncDispose]();
  });

  test("kill -9 leaves no orphan", async () => {
    const other = await startServer();
    await say(other, question("Hello!"));
    const engines = childrenOf(other.pid);
    expect(engines).toHaveLength(1);
    process.kill(other.pid, "SIGKILL");
    await until("the engine is gone", () => !engines.some(isAlive));
    await other[Symbol.asyncDispose]();
  });
});
