import { afterAll, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { requestLimits } from "../../src/core/limits.ts";
import {
  type Address,
  type Fetcher,
  type Listening,
  listen,
  listenAll,
} from "../../src/http/listen.ts";
import { takenWithin } from "../../src/http/patience.ts";
import { appOver, says } from "../support/fake-engine.ts";

const dir = mkdtempSync(join(tmpdir(), "hutch-listen-"));
const open: Listening[] = [];
afterAll(async () => {
  await Promise.all(open.map((one) => one.stop()));
  rmSync(dir, { recursive: true, force: true });
});

const echo = { fetch: async (request: Request) => new Response(`got ${await request.text()}`) };
const settings = {
  port: 0,
  nitroPort: null as number | null,
  reusePort: false,
  tls: null,
  timeoutSeconds: 3600,
  limits: requestLimits,
};
const local = { hostname: "127.0.0.1", port: 0 };

function opened(address: Address, app: Fetcher = echo): Listening {
  const one = listen(app, address);
  open.push(one);
  return one;
}

async function openedAll(hostnames: string[], over: Partial<typeof settings> = {}) {
  const all = await listenAll(echo, { ...settings, ...over, hostnames });
  open.push(...all);
  return all;
}

/** All that a connection answers to `text`. */
async function answerTo(port: number, text: string): Promise<string> {
  const connection = connect(port, "127.0.0.1");
  connection.write(text);
  const parts: Buffer[] = [];
  for await (const part of connection) parts.push(part);
  return Buffer.concat(parts).toString();
}

const viaSocket = async (unix: string, body: string) =>
  await (await fetch("http://host/", { method: "POST", body, unix })).text();

describe("addresses", () => {
  test("a UNIX socket, beside a port", async () => {
    const path = join(dir, "a.sock");
    const [tcp, socket] = await openedAll(["127.0.0.1", path]);
    expect(socket?.url).toBe(`unix://${path}`);
    expect(await viaSocket(path, "hello")).toBe("got hello");
    expect(await (await fetch(`${tcp?.url}/`, { method: "POST", body: "you" })).text()).toBe(
      "got you",
    );
  });

  test("a socket is this machine, whatever name it is asked under", async () => {
    const path = join(dir, "f.sock");
    opened({ hostname: path, port: 0 }, appOver(says("a")).app);
    const answer = await fetch("http://evil.example/api/version", { unix: path });
    expect(answer.status).toBe(200);
  });

  test("a socket that a killed server left behind is replaced, one in use is not", async () => {
    const path = join(dir, "b.sock");
    const script = `Bun.serve({ unix: ${JSON.stringify(path)}, fetch: () => new Response() });
      process.kill(process.pid, "SIGKILL");`;
    Bun.spawnSync([process.execPath, "-e", script]);
    expect(existsSync(path)).toBe(true);
    await openedAll([path]);
    expect(await viaSocket(path, "again")).toBe("got again");
    await expect(openedAll([path])).rejects.toThrow(`socket ${path} is already in use`);
    expect(await viaSocket(path, "still")).toBe("got still");
  });

  test("when one cannot be had, none is", async () => {
    const path = join(dir, "c.sock");
    await expect(openedAll([path, "203.0.113.1"], { port: 18_421 })).rejects.toThrow(
      "this machine has no address 203.0.113.1",
    );
    expect(existsSync(path)).toBe(false);
  });

  test("a second port for clients of Nitro, at every address that has ports", async () => {
    const path = join(dir, "d.sock");
    const all = await openedAll(["127.0.0.1", "127.0.0.2", path], { port: 18_422, nitroPort: 0 });
    expect(all.map(({ isNitros }) => isNitros)).toEqual([false, false, false, true, true]);
    expect(all[4]?.url).toStartWith("http://127.0.0.2:");
    const answer = await fetch(`${all[3]?.url}/`, { method: "POST", body: "Jan" });
    expect(await answer.text()).toBe("got Jan");
  });

  test("a second port that cannot be had is named by its flag", async () => {
    const port = Number(new URL(opened(local).url).port);
    await expect(openedAll(["127.0.0.1"], { nitroPort: port })).rejects.toThrow(
      `port ${port} of 127.0.0.1 is already in use: choose another with --nitro-port`,
    );
    await expect(openedAll([join(dir, "e.sock")], { nitroPort: 0 })).rejects.toThrow(
      "--nitro-port needs an address",
    );
  });

  test("a name that nobody has is said to be none", async () => {
    await expect(openedAll(["no-such-name.invalid"])).rejects.toThrow(
      "no-such-name.invalid is no address, nor a name of one",
    );
  });

  test.each(["GET / HTTP/1.0\r\n\r\n", "GET / HTTP/1.0\r\nHost: ai\r\n\r\n"])(
    "%j reaches the app under an address that can be read",
    async (text) => {
      const seen = { fetch: async ({ url }: Request) => new Response(new URL(url).href) };
      const port = Number(new URL(opened(local, seen).url).port);
      expect(await answerTo(port, text)).toEndWith("\r\n\r\nhttp://localhost/");
    },
  );

  test("a body comes through, whatever the host is called", async () => {
    const { url } = opened(local);
    const headers = { host: "x" };
    const answer = await fetch(`${url}/`, { method: "POST", body: "you", headers });
    expect(await answer.text()).toBe("got you");
  });

  test("a port is shared only where that is asked for", async () => {
    const port = Number(new URL(opened({ ...local, reusePort: true }).url).port);
    expect(() => opened({ ...local, port })).toThrow(`port ${port} of 127.0.0.1 is already in use`);
    expect(new URL(opened({ ...local, port, reusePort: true }).url).port).toBe(String(port));
  });
});

describe("a body", () => {
  const send = async (body: Uint8Array | string, headers: Record<string, string> = {}) => {
    const { app } = appOver(says("Par", "is."));
    const { url } = opened(local, app);
    const answers = ["/v1/chat/completions", "/api/chat", "/v1/messages"].map(async (path) => {
      const response = await fetch(url + path, { method: "POST", body, headers });
      const answer = (await response.json()) as { error?: { message?: string } | string };
      const { error } = answer;
      return [response.status, typeof error === "object" ? error.message : error];
    });
    return await Promise.all(answers);
  };
  const hi = JSON.stringify({
    model: "tiny",
    max_tokens: 5,
    stream: false,
    messages: [{ role: "user", content: "h\u00ef" }],
  });
  const same = (status: number, message?: unknown) => Array(3).fill([status, message]);
  const compressed: [string, Uint8Array][] = [
    ["gzip", gzipSync(hi)],
    ["x-gzip", gzipSync(hi)],
    ["GZIP", gzipSync(hi)],
    ["deflate", deflateSync(hi)],
    ["br", brotliCompressSync(hi)],
    ["zstd", zstdCompressSync(hi)],
  ];

  test.each(compressed)("may be compressed with %s", async (coding, body) => {
    expect(await send(body, { "content-encoding": coding })).toEqual(same(200));
  });

  test("may say that it is not", async () =>
    expect(await send(hi, { "content-encoding": "identity" })).toEqual(same(200)));

  test.each(["lzma", "gzip, gzip", "gzip;q=1"])(
    "compressed in an unknown way (%s) is a 415",
    async (coding) => {
      const known = "gzip, x-gzip, deflate, br, zstd";
      const message = `a body with Content-Encoding "${coding}" cannot be read, only: ${known}`;
      expect(await send(hi, { "content-encoding": coding })).toEqual(same(415, message));
    },
  );

  test("that is not what its Content-Encoding says is a 400", async () => {
    const message = "the body is not what its Content-Encoding says: gzip";
    expect(await send(hi, { "content-encoding": "gzip" })).toEqual(same(400, message));
    const half = gzipSync(hi).subarray(0, 30);
    expect(await send(half, { "content-encoding": "gzip" })).toEqual(same(400, message));
  });

  test("that grows larger than one may be is a 413", async () => {
    const bomb = gzipSync(Buffer.alloc(65 * 1024 * 1024, " "));
    const message = "the body is larger than 64 MB (the server's --max-body-size)";
    expect(await send(bomb, { "content-encoding": "gzip" })).toEqual(same(413, message));
  });

  test.each([
    ["half a character", [0xc3]],
    ["a byte of Latin-1", [0xef, 0x22]],
    ["a slash in too many bytes", [0xc0, 0xaf]],
    ["half a surrogate pair", [0xed, 0xa0, 0x80]],
  ])("with %s is a 400, not another text", async (_, wrong) => {
    const [head = "", tail = ""] = hi.split("h\u00ef");
    const body = Buffer.concat([Buffer.from(head), Uint8Array.from(wrong), Buffer.from(tail)]);
    expect(await send(body)).toEqual(same(400, "the body is not valid UTF-8"));
    const packed = gzipSync(body);
    const answers = await send(packed, { "content-encoding": "gzip" });
    expect(answers).toEqual(same(400, "the body is not valid UTF-8"));
  });

  test("that is a file is kept as it is, and so must not be compressed", async () => {
    const read = { fetch: async (request: Request) => new Response(await bodyOf(request)) };
    const { url } = opened(local, read);
    const path = `${url}/api/blobs/sha256:${"0".repeat(64)}`;
    const body = Uint8Array.from([0xff, 0xc3]);
    const plain = await fetch(path, { method: "POST", body });
    expect(await plain.text()).toBe("2 bytes");
    const headers = { "content-encoding": "gzip" };
    const packed = await fetch(path, { method: "POST", body: gzipSync(body), headers });
    expect(await packed.text()).toContain("a file must be sent as it is");
  });
});

/** What a handler gets of a body: its size, or what is wrong with it. */
const bodyOf = (request: Request) =>
  request.bytes().then(({ length }) => `${length} bytes`, String);

describe("HTTPS", () => {
  const [keyPath, certPath] = [join(dir, "key.pem"), join(dir, "cert.pem")];
  const subject = ["-subj", "/CN=localhost", "-days", "2"];
  const files = ["-keyout", keyPath, "-out", certPath];
  const hasOpenssl =
    Bun.which("openssl") !== null &&
    Bun.spawnSync([
      "openssl",
      "req",
      "-x509",
      "-newkey",
      "rsa:2048",
      "-nodes",
      ...files,
      ...subject,
    ]).exitCode === 0;

  test.skipIf(!hasOpenssl)("with a key and a certificate", async () => {
    const { url } = opened({ ...local, tls: { keyPath, certPath } });
    expect(url).toStartWith("https://127.0.0.1:");
    const response = await fetch(url, {
      method: "POST",
      body: "secret",
      tls: { rejectUnauthorized: false },
    });
    expect(await response.text()).toBe("got secret");
    await expect(fetch(url.replace("https", "http"))).rejects.toThrow();
  });

  test.skipIf(!hasOpenssl)("a key that is not the certificate's is refused", () => {
    const other = join(dir, "other.pem");
    Bun.spawnSync(["openssl", "genrsa", "-out", other, "2048"]);
    expect(() => opened({ ...local, tls: { keyPath: other, certPath } })).toThrow(
      `${other} and ${certPath} are no key and certificate`,
    );
  });

  test("files that are none are named", () => {
    const bad = join(dir, "bad.pem");
    writeFileSync(bad, "no key");
    const tls = { keyPath: bad, certPath: bad };
    expect(() => opened({ ...local, tls })).toThrow(`${bad} and ${bad} are no key and certificate`);
  });
});

describe("patience", () => {
  test("ends with a request that does not arrive", async () => {
    const { url } = opened({ ...local, timeoutSeconds: 0.05 }, appOver(says()).app);
    const head = "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n";
    const answer = await answerTo(Number(new URL(url).port), `${head}half`);
    expect(answer).toStartWith("HTTP/1.1 408 ");
    expect(answer).toContain("the body did not arrive within 0.05 s");
  });

  const streamed = (body: ReadableStream<Uint8Array>) =>
    new Response(body, { headers: { "x-accel-buffering": "no" } });

  test("ends with a client that takes nothing of a stream", async () => {
    const { promise, resolve } = Promise.withResolvers<unknown>();
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(10)),
      cancel: resolve,
    });
    const response = takenWithin(streamed(endless), 0.02, () => {});
    expect(String(await promise)).toContain("the client took nothing for 0.02 s");
    await expect(response.text()).rejects.toThrow("took nothing");
  });

  test("lasts while parts are taken, however long the stream is silent", async () => {
    let n = 0;
    const slow = new ReadableStream<Uint8Array>({
      async pull(controller) {
        await Bun.sleep(500);
        if (n++ < 1) controller.enqueue(new TextEncoder().encode(`${n}`));
        else controller.close();
      },
    });
    let hasEnded = false;
    const response = takenWithin(streamed(slow), 0.3, () => {
      hasEnded = true;
    });
    expect([await response.text(), hasEnded]).toEqual(["1", true]);
  });
});
