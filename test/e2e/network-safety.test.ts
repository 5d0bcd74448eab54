import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BadRegistry, someBytes } from "../support/bad-registry.ts";
import { startLlamaServer } from "../support/llamacpp.ts";
import { colours, pngOf } from "../support/pictures.ts";
import { type RunningServer, startServer, temporaryDir } from "../support/server.ts";

const dir = temporaryDir();
const slotDir = join(dir.path, "slots");
const asked: string[] = [];
/** What nobody but this machine should reach. */
const inner = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  fetch({ url }) {
    asked.push(url);
    return new Response("secret");
  },
});

let server: RunningServer;
beforeAll(async () => {
  mkdirSync(slotDir);
  writeFileSync(join(dir.path, "secret.txt"), "kept");
  symlinkSync(join(dir.path, "secret.txt"), join(slotDir, "link.bin"));
  symlinkSync(join(dir.path, "secret.txt"), join(dir.path, "link.gguf"));
  const args = ["-t", "1", "--fetch-images", "--no-private-registries"];
  server = await startServer({ args: [...args, "--media-path", slotDir] });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await inner.stop(true);
  dir[Symbol.dispose]();
});

/** The status, and what an error of any dialect says. */
async function told(response: Response): Promise<[number, unknown]> {
  const { error } = (await response.json()) as { error?: { message?: string } | string };
  return [response.status, typeof error === "object" ? error.message : error];
}

const get = (path: string, headers: Record<string, string> = {}) =>
  fetch(server.url + path, { headers });

describe("a page in a browser", () => {
  test("whose name was made to lead here gets nothing, and its developer a reason", async () => {
    for (const path of ["/api/tags", "/v1/models", "/health"]) {
      const [status, message] = await told(await get(path, { host: "evil.example" }));
      expect([status, message]).toEqual([
        403,
        expect.stringContaining('"evil.example" is no name'),
      ]);
    }
  });

  test("of another site gets nothing, one of this machine an answer", async () => {
    const [status, message] = await told(
      await get("/api/tags", { origin: "https://evil.example" }),
    );
    expect([status, message]).toEqual([403, expect.stringContaining("pages of https://evil")]);
    const answer = await get("/api/tags", { origin: "http://localhost:3000" });
    expect(answer.headers.get("access-control-allow-origin")).toBe("http://localhost:3000");
  });

  test("HUTCH_ALLOWED_HOSTS and OLLAMA_ORIGINS let others in", async () => {
    const env = { HUTCH_ALLOWED_HOSTS: "box.example", OLLAMA_ORIGINS: "https://a.example" };
    await using open = await startServer({ args: ["-t", "1"], env });
    const ask = async (headers: Record<string, string>) =>
      (await fetch(`${open.url}/api/tags`, { headers })).status;
    expect(await ask({ host: "box.example" })).toBe(200);
    expect(await ask({ host: "evil.example" })).toBe(403);
    expect(await ask({ origin: "https://a.example" })).toBe(200);
    expect(await ask({ origin: "http://localhost:5" })).toBe(200);
    expect(await ask({ origin: "https://b.example" })).toBe(403);
  });

  test.each(["/", "/swagger"])(
    "%s cannot be framed, and leaves this server to nobody",
    async (path) => {
      const { headers } = await get(path, { accept: "text/html" });
      expect(headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
      expect(headers.get("x-content-type-options")).toBe("nosniff");
      expect(headers.get("referrer-policy")).toBe("no-referrer");
    },
  );
});

describe("a picture's address", () => {
  const picture = (url: string): [string, object][] => {
    const image = { type: "image_url", image_url: { url } };
    const source = { type: "image", source: { type: "url", url } };
    const input = { type: "input_image", image_url: url };
    const asking = (content: object) => [{ role: "user", content: [content] }];
    return [
      ["/v1/chat/completions", { messages: asking(image) }],
      ["/v1/messages", { max_tokens: 5, messages: asking(source) }],
      ["/v1/responses", { input: asking(input) }],
    ];
  };

  test.each([
    `http://127.0.0.1:${inner.port}/`,
    `http://localhost:${inner.port}/`,
    `http://[::ffff:7f00:1]:${inner.port}/`,
    "http://169.254.169.254/latest/meta-data/",
  ])("%s is not fetched", async (url) => {
    for (const [path, body] of picture(url)) {
      const [status, message] = await told(await server.post(path, body));
      expect([path, status, message]).toEqual([
        path,
        400,
        expect.stringContaining("is not at a public address"),
      ]);
    }
    expect(asked).toEqual([]);
  });

  test("that is a link out of the media folder is not read", async () => {
    for (const [path, body] of picture("file://link.bin")) {
      const [status, message] = await told(await server.post(path, body));
      expect([path, status, message]).toEqual([path, 400, expect.stringContaining("not allowed")]);
    }
  });

  test("is not even looked at unless --fetch-images says so", async () => {
    await using plain = await startServer({ args: ["-t", "1"] });
    for (const [path, body] of picture(`http://localhost:${inner.port}/`)) {
      const [status, message] = await told(await plain.post(path, body));
      expect([path, status, message]).toEqual([path, 400, expect.stringContaining("not fetched")]);
    }
  });
});

test("a picture at a private host that is named by --fetch-hosts is fetched and seen", async () => {
  const png = pngOf({ shape: "circle", colour: colours.red, background: colours.white });
  const bytes = Uint8Array.fromBase64(png);
  const nas = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response(bytes) });
  const args = ["-t", "1", "--fetch-images", "--fetch-hosts", `127.0.0.1:${nas.port}`];
  await using own = await startServer({ args });
  const nTokens = async (content: object[]) => {
    const body = { max_tokens: 1, messages: [{ role: "user", content }] };
    const answer = await own.post("/v1/chat/completions", body);
    expect(answer.status).toBe(200);
    return ((await answer.json()) as { usage: { prompt_tokens: number } }).usage.prompt_tokens;
  };
  const text = { type: "text", text: "Look!" };
  const image = (url: string) => ({ type: "image_url", image_url: { url } });
  const fetched = await nTokens([text, image(nas.url.href)]);
  expect(fetched).toBe(await nTokens([text, image(`data:image/png;base64,${png}`)]));
  expect(fetched).toBeGreaterThan(await nTokens([text]));
  await nas.stop(true);
});

describe("a registry", () => {
  test("on this machine is not asked where that is off", async () => {
    using registry = new BadRegistry();
    registry.publish("ns/m/latest", [someBytes(10)]);
    const body = { insecure: true, stream: false };
    const model = `${registry.host}/ns/m`;
    const [status, message] = await told(await server.post("/api/pull", { model, ...body }));
    expect([status, message]).toEqual([403, expect.stringContaining("--private-registries")]);
    expect(registry.seen).toEqual([]);
  });

  test.each(["../../etc/passwd", "a/../../b", "..", "a:../b", "%2e%2e/a", "http://x/y/../z"])(
    "nor is %s a name of a model",
    async (model) => {
      for (const path of ["/api/pull", "/api/show", "/api/create"]) {
        const response = await server.post(path, { model, from: "tiny", stream: false });
        expect([path, response.status >= 400 && response.status < 500]).toEqual([path, true]);
        await response.body?.cancel();
      }
    },
  );
});

describe("files", () => {
  test.each(["..%2f..%2fetc%2fpasswd", "sha256:../../x", `sha256:${"0".repeat(63)}/`])(
    "%s is no digest",
    async (digest) => {
      const response = await server.post(`/api/blobs/${digest}`, "x");
      expect([400, 404]).toContain(response.status);
    },
  );

  test("elsewhere are not loaded, whatever links say", async () => {
    const path = join(server.home, ".hutch", "models");
    mkdirSync(path, { recursive: true });
    symlinkSync("/etc/passwd", join(path, "passwd.gguf"));
    for (const llama_model_path of ["/etc/passwd", join(path, "passwd.gguf"), `${path}/../../x`]) {
      const body = { llama_model_path };
      const response = await server.post("/inferences/llamacpp/loadmodel", body);
      expect([llama_model_path, response.status]).toEqual([llama_model_path, 403]);
      await response.body?.cancel();
    }
  });

  test("of slots are not links", async () => {
    await using own = await startLlamaServer({ args: ["-t", "1", "--slot-save-path", slotDir] });
    for (const action of ["save", "restore"]) {
      for (const filename of ["link.bin", "../secret.txt"]) {
        const answer = await own.post(`/slots/0?action=${action}`, { filename });
        expect(await told(answer)).toEqual([400, "Invalid filename"]);
      }
    }
    expect(readFileSync(join(dir.path, "secret.txt"), "utf8")).toBe("kept");
    expect(existsSync(join(slotDir, "new.bin"))).toBe(false);
  });
});

describe("a request that cannot be read is told why", () => {
  const send = async (path: string, body: Uint8Array, headers = {}) =>
    await told(await fetch(server.url + path, { method: "POST", body, headers }));
  const text = new TextEncoder().encode('{"model": "tiny", "prompt": "\u00e9"}');
  const paths = [
    "/v1/completions",
    "/api/generate",
    "/completion",
    "/v1/messages",
    "/v1/systemone",
  ];

  test.each(paths)("%s", async (path) => {
    const latin1 = Uint8Array.from([...text.slice(0, -4), 0xe9, ...text.slice(-2)]);
    expect(await send(path, latin1)).toEqual([400, "the body is not valid UTF-8"]);
    expect(await send(path, text, { "content-encoding": "lzma" })).toEqual([
      415,
      expect.stringContaining('Content-Encoding "lzma" cannot be read'),
    ]);
    const response = await get(path);
    expect([response.status, response.headers.get("allow")]).toEqual([405, "POST"]);
  });

  test("one that is compressed can be read", async () => {
    const body = Bun.gzipSync(JSON.stringify({ model: "tiny", content: "h\u00ef" }));
    const headers = { "content-encoding": "gzip" };
    const response = await fetch(`${server.url}/tokenize`, { method: "POST", body, headers });
    expect(await response.json()).toMatchObject({ tokens: expect.any(Array) });
  });
});
