import { afterEach, beforeEach, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { type Listening, listen } from "../../src/http/listen.ts";
import { Store } from "../../src/models/store.ts";
import { appOver, says } from "../support/fake-engine.ts";
import { temporaryDir, until } from "../support/server.ts";
import { sha256 } from "../support/stored-models.ts";

let dir: ReturnType<typeof temporaryDir>;
let server: Listening;
const serve = (timeoutSeconds = 3600) => {
  const { app } = appOver(says("hi"), { store: new Store(dir.path) });
  return listen(app, { hostname: "127.0.0.1", port: 0, timeoutSeconds });
};
beforeEach(() => {
  dir = temporaryDir();
  server = serve();
});
afterEach(async () => {
  await server.stop();
  dir[Symbol.dispose]();
});

const url = (digest: string) => `${server.url}/api/blobs/${digest}`;
const send = (digest: string, body: string | ReadableStream) =>
  fetch(url(digest), { method: "POST", body });
const head = async (digest: string) => (await fetch(url(digest), { method: "HEAD" })).status;
const digestOf = (content: string | Uint8Array) => `sha256:${sha256(content)}`;
const files = () => {
  try {
    return readdirSync(join(dir.path, "blobs"));
  } catch {
    return [];
  }
};

test("a blob is asked for, received, and there from then on", async () => {
  const digest = digestOf("hello");
  expect(await head(digest)).toBe(404);
  const response = await send(digest, "hello");
  expect([response.status, await response.text()]).toEqual([201, ""]);
  expect(await head(digest)).toBe(200);
  expect(await head(digest.toUpperCase().replace("SHA256", "sha256"))).toBe(200);
  expect((await send(digest, "hello")).status).toBe(200);
  expect(files()).toEqual([`sha256-${sha256("hello")}`]);
});

test("one that is there is not read again, whatever comes", async () => {
  const digest = digestOf("hello");
  await send(digest, "hello");
  const response = await send(digest, "x".repeat(1e6));
  expect(response.status).toBe(200);
  expect(readFileSync(join(dir.path, `blobs/sha256-${sha256("hello")}`), "utf8")).toBe("hello");
});

test("one larger than any other request may be", async () => {
  const chunk = Buffer.alloc(1024 * 1024, "x");
  const hasher = new Bun.CryptoHasher("sha256");
  for (let i = 0; i < 70; i++) hasher.update(chunk);
  const digest = `sha256:${hasher.digest("hex")}`;
  const body = new ReadableStream({
    start(controller) {
      for (let i = 0; i < 70; i++) controller.enqueue(chunk);
      controller.close();
    },
  });
  expect((await send(digest, body)).status).toBe(201);
  expect(await head(digest)).toBe(200);
});

test("of an empty body, there is one, too", async () => {
  expect((await send(digestOf(""), "")).status).toBe(201);
  expect(await head(digestOf(""))).toBe(200);
});

test("another content than was said is refused, and not kept", async () => {
  const [expected, got] = [digestOf("hello"), digestOf("bye")];
  const response = await send(expected, "bye");
  expect([response.status, await response.json()]).toEqual([
    400,
    { error: `digest mismatch, expected "${expected}", got "${got}"` },
  ]);
  expect(files()).toEqual([]);
});

test.each([
  "sha256:x",
  "sha256:",
  "md5:0123",
  "..",
  "sha256:..%2f..%2f..%2fetc%2fpasswd",
  "%2e%2e%2fx",
  `sha256:${"0".repeat(63)}`,
  `sha256:${"0".repeat(65)}`,
  `sha256:${"0".repeat(64)}%00`,
])("%s is no digest", async (text) => {
  const response = await fetch(url(text), { method: "POST", body: "hello" });
  expect(response.status).toBeOneOf([400, 404]);
  expect(files()).toEqual([]);
});

test("a client that hangs up leaves nothing", async () => {
  const connection = connect(Number(new URL(server.url).port), "127.0.0.1");
  connection.write(
    `POST /api/blobs/${digestOf("hello")} HTTP/1.1\r\nhost: localhost\r\n` +
      `content-length: 1000000\r\n\r\nhello`,
  );
  await until("the blob has begun", () => files().length === 1);
  connection.destroy();
  await until("nothing of it is left", () => files().length === 0);
});

test("a client that falls silent is given up", async () => {
  await server.stop();
  server = serve(1);
  const connection = connect(Number(new URL(server.url).port), "127.0.0.1");
  connection.write(
    `POST /api/blobs/${digestOf("hello")} HTTP/1.1\r\nhost: localhost\r\n` +
      `content-length: 1000000\r\n\r\nhello`,
  );
  const parts: Buffer[] = [];
  for await (const part of connection) parts.push(part);
  const answer = Buffer.concat(parts).toString();
  expect(answer).toStartWith("HTTP/1.1 408");
  expect(answer).toContain("the body did not arrive within 1 s");
  expect(files()).toEqual([]);
});
