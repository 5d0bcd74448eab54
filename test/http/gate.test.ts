import { afterAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readServerSettings } from "../../src/core/settings.ts";
import { gate, type Handler } from "../../src/http/gate/gate.ts";
import { keyringOf } from "../support/keyring.ts";

/** Answers with what it was asked: method, path and query, body. */
const echo: Handler = async (request) => {
  const { pathname, search } = new URL(request.url);
  return Response.json([request.method, pathname + search, await request.text()]);
};

const dir = mkdtempSync(join(tmpdir(), "hutch-gate-"));
const site = join(dir, "site");
mkdirSync(join(site, "sub"), { recursive: true });
writeFileSync(join(site, "index.html"), "<p>home</p>");
writeFileSync(join(site, "completion.js"), "export {}");
writeFileSync(join(site, "a b.txt"), "spaced");
writeFileSync(join(site, "sub", "index.html"), "<p>sub</p>");
writeFileSync(join(dir, "secret.txt"), "secret");
symlinkSync(join(dir, "secret.txt"), join(site, "link.txt"));
symlinkSync(join(site, "completion.js"), join(site, "inside.js"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** Asks a server with these flags: as llama-server, or with `serve` first. */
function ask(argv: string[], path: string, init?: RequestInit, inside = echo) {
  const isServe = argv[0] === "serve";
  const { http } = readServerSettings(
    isServe ? argv.slice(1) : ["-m", "x", ...argv],
    {},
    { isServe },
  );
  const answer = gate(http, keyringOf(http), inside);
  return Promise.resolve(answer(new Request(`http://localhost${path}`, init)));
}

const post = (headers: Record<string, string> = {}) => ({ method: "POST", body: "{}", headers });

describe("API keys", () => {
  const keys = ["--api-key", "one,two"];

  test.each([
    [{}],
    [{ authorization: "Bearer three" }],
    [{ authorization: "Bearer " }],
    [{ authorization: "Bearer one x" }],
    [{ authorization: "Bearer three", "x-api-key": "one" }],
    [{ "x-api-key": "" }],
  ])("%p is refused", async (headers) => {
    const response = await ask(keys, "/completion", post(headers as Record<string, string>));
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({
      error: { code: 401, message: "Invalid API Key", type: "authentication_error" },
    });
  });

  test.each([
    [{ authorization: "Bearer one" }],
    [{ authorization: "bearer one" }],
    [{ authorization: "two" }],
    [{ "x-api-key": "two" }],
    [{ "x-api-key": "Bearer two" }],
  ])("%p is let in", async (headers) => {
    const response = await ask(keys, "/completion", post(headers as Record<string, string>));
    expect(await response.json()).toEqual(["POST", "/completion", "{}"]);
  });

  test.each([
    "/health",
    "/healthz",
    "/v1/health",
    "/",
    "/docs",
    "/swagger",
    "/swagger/json",
    "/web/x",
  ])("%s is public", async (path) => expect((await ask(keys, path)).status).toBe(200));

  test.each(["/health/x", "/props", "/swaggerx", "/v1/models", "//health"])(
    "%s is not",
    async (path) => expect((await ask(keys, path)).status).toBe(401),
  );

  test("static files are public: a page has to be there before it can send a key", async () => {
    const argv = [...keys, "--path", site];
    expect(await (await ask(argv, "/completion.js")).text()).toBe("export {}");
    expect((await ask(argv, "/completion", post())).status).toBe(401);
  });

  test("nobody needs one when there are none", async () =>
    expect((await ask([], "/completion", post())).status).toBe(200));
});

describe("CORS", () => {
  const options = (argv: string[], origin: string) =>
    ask(argv, "/completions", { method: "OPTIONS", headers: { origin } });
  const allowed = (response: Response) => response.headers.get("access-control-allow-origin");

  test("a preflight is a 200 without a key, and says what is allowed", async () => {
    const response = await options(["--api-key", "k"], "web.mydomain.fr");
    expect([response.status, await response.text()]).toEqual([200, ""]);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "access-control-allow-origin": "web.mydomain.fr",
      "access-control-allow-credentials": "true",
      "access-control-allow-methods": "GET, POST, DELETE, OPTIONS",
      "access-control-allow-headers": "*",
      vary: "Origin",
    });
  });

  test.each([
    ["http://localhost", true],
    ["http://localhost:8080", true],
    ["https://127.0.0.1:3000", true],
    ["http://[::1]:3000", true],
    ["http://web.mydomain.fr", false],
    ["http://notlocalhost", false],
    ["http://localhost.evil.com", false],
    ["http://localhost@evil.com", false],
    ["localhost", false],
    ["null", false],
  ])("localhost: %s is allowed: %p", async (origin, isAllowed) => {
    for (const argv of [["--cors-origins", "localhost"], ["serve"]]) {
      expect(allowed(await options(argv, origin))).toBe(isAllowed ? origin : null);
    }
  });

  test.each([
    ["https://a.example", true],
    ["https://x.b.example", true],
    ["https://b.example.evil", false],
    ["https://axb.example", false],
    ["http://localhost:1", true],
  ])("a list: %s is allowed: %p", async (origin, isAllowed) => {
    const argv = ["--cors-origins", "https://a.example,https://*.b.example,localhost"];
    expect(allowed(await options(argv, origin))).toBe(isAllowed ? origin : null);
  });

  test("headers that a page asks for: `*` would not let it send a key", async () => {
    const asks = { origin: "http://localhost:3000", "access-control-request-headers": "x,y" };
    const allowedBy = async (argv: string[]) => {
      const response = await ask(argv, "/api/delete", { method: "OPTIONS", headers: asks });
      return response.headers.get("access-control-allow-headers");
    };
    expect(await allowedBy(["serve"])).toBe("x,y");
    expect(await allowedBy(["serve", "--cors-headers", "a,b"])).toBe("a,b");
    expect(await allowedBy([])).toBe("*");
  });

  test("everybody, when no credentials are sent", async () => {
    const response = await options(["--no-cors-credentials"], "https://a.example");
    expect(allowed(response)).toBe("*");
    expect(response.headers.get("access-control-allow-credentials")).toBe("false");
  });

  test("errors and streams carry it too", async () => {
    const headers = { origin: "https://a.example" };
    const refused = await ask(["--api-key", "k"], "/props", { headers });
    expect([refused.status, allowed(refused)]).toEqual([401, headers.origin]);
    const stream = () => new Response(new Blob(["data: x\n\n"]).stream());
    const streamed = await ask([], "/completion", { headers }, stream);
    expect([await streamed.text(), allowed(streamed)]).toEqual(["data: x\n\n", headers.origin]);
  });

  test("without an origin there is nothing to allow", async () =>
    expect(allowed(await ask([], "/props"))).toBeNull());
});

describe("a prefix", () => {
  const argv = ["--api-prefix", "/llm"];

  test.each([
    ["/llm/v1/models?a=1", ["GET", "/v1/models?a=1", ""]],
    ["/llm/llm/x", ["GET", "/llm/x", ""]],
  ])("%s is taken off", async (path, expected) =>
    expect(await (await ask(argv, path)).json()).toEqual(expected),
  );

  test("leaves body, headers and method", async () => {
    const inside: Handler = async (request) =>
      Response.json([request.method, request.headers.get("x-a"), await request.text()]);
    const response = await ask(argv, "/llm/completion", post({ "x-a": "b" }), inside);
    expect(await response.json()).toEqual(["POST", "b", "{}"]);
  });

  test("a client that hangs up is noticed behind it", async () => {
    const client = new AbortController();
    const { promise, resolve } = Promise.withResolvers<void>();
    const inside: Handler = (request) => {
      request.signal.addEventListener("abort", () => resolve());
      return new Response();
    };
    await ask(argv, "/llm/x", { signal: client.signal }, inside);
    client.abort();
    await promise;
  });

  test.each(["/v1/models", "/llmx", "/"])("%s is not found", async (path) => {
    const response = await ask(argv, path);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({
      error: { code: 404, message: "File Not Found", type: "not_found_error" },
    });
  });

  test("alone leads to its page", async () => {
    const response = await ask(argv, "/llm");
    expect([response.status, response.headers.get("location")]).toEqual([308, "/llm/"]);
    expect(await (await ask(argv, "/llm/")).text()).toStartWith("<!doctype html>");
  });

  test("health needs no key below it", async () =>
    expect((await ask([...argv, "--api-key", "k"], "/llm/health")).status).toBe(200));
});

describe("pages", () => {
  const html = { headers: { accept: "text/html,*/*" } };

  test("as llama-server, everybody gets the start page", async () => {
    const response = await ask([], "/");
    expect(response.headers.get("content-type")).toStartWith("text/html");
    expect(await response.text()).toStartWith("<!doctype html>");
    expect((await ask([], "/", { method: "HEAD" })).status).toBe(200);
  });

  test("with --no-ui there is nothing", async () => {
    expect((await ask(["--no-ui"], "/")).status).toBe(404);
    expect(await (await ask(["--no-ui", "--path", site], "/completion.js")).json()).toEqual([
      "GET",
      "/completion.js",
      "",
    ]);
  });

  test("with serve, only a browser gets it, since Ollama's clients ask there too", async () => {
    expect(await (await ask(["serve"], "/")).json()).toEqual(["GET", "/", ""]);
    expect(await (await ask(["serve"], "/", html)).text()).toStartWith("<!doctype html>");
    expect(await (await ask(["serve", "--no-ui"], "/", html)).json()).toEqual(["GET", "/", ""]);
  });

  test("other methods and paths go on to the routes", async () => {
    expect(await (await ask([], "/", post())).json()).toEqual(["POST", "/", "{}"]);
    expect(await (await ask([], "/props", html)).json()).toEqual(["GET", "/props", ""]);
  });
});

describe("static files", () => {
  const argv = ["--path", site];

  test.each([
    ["/", "<p>home</p>", "text/html"],
    ["/index.html", "<p>home</p>", "text/html"],
    ["/sub", "<p>sub</p>", "text/html"],
    ["/sub/", "<p>sub</p>", "text/html"],
    ["/completion.js", "export {}", "text/javascript"],
    ["/inside.js", "export {}", "text/javascript"],
    ["/a%20b.txt", "spaced", "text/plain"],
  ])("%s", async (path, text, type) => {
    const response = await ask(argv, path);
    expect(await response.text()).toBe(text);
    expect(response.headers.get("content-type")).toStartWith(type);
  });

  test.each([
    "/../secret.txt",
    "/%2e%2e/secret.txt",
    "/..%2fsecret.txt",
    "/link.txt",
    "/sub/%00",
    "/%ff",
  ])("%s reaches nothing outside", async (path) => {
    const response = await ask(argv, path);
    expect(await response.json()).toEqual(["GET", expect.any(String), ""]); // the routes' turn
  });

  test("HEAD has no body, and a known ETag none to send", async () => {
    const head = await ask(argv, "/completion.js", { method: "HEAD" });
    expect([head.status, await head.text()]).toEqual([200, ""]);
    const etag = head.headers.get("etag") ?? "";
    const again = await ask(argv, "/completion.js", { headers: { "if-none-match": etag } });
    expect([again.status, await again.text()]).toEqual([304, ""]);
    const other = await ask(argv, "/completion.js", { headers: { "if-none-match": '"x"' } });
    expect(other.status).toBe(200);
  });

  test("routes are reached below the folder", async () =>
    expect(await (await ask(argv, "/v1/models")).json()).toEqual(["GET", "/v1/models", ""]));
});

describe("whose pages may ask `hutch serve` anything", () => {
  const statusOf = async (argv: string[], origin: string, init: RequestInit = post()) =>
    (await ask(argv, "/api/chat", { ...init, headers: { origin } })).status;

  test.each([
    ["http://localhost:3000", 200],
    ["https://127.0.0.1", 200],
    ["http://0.0.0.0:8000", 200],
    ["http://localhost", 200], // its own
    ["app://obsidian.md", 200],
    ["vscode-webview://1a2b", 200],
    ["chrome-extension://abcdef", 200],
    ["https://evil.example", 403],
    ["https://localhost.evil.example", 403],
    ["null", 403],
  ])("%s: %i", async (origin, status) => {
    expect(await statusOf(["serve"], origin)).toBe(status);
    expect(await statusOf(["serve"], origin, { method: "OPTIONS" })).toBe(status);
  });

  test("--cors-origins says otherwise; llama-server answers everybody", async () => {
    const argv = ["serve", "--cors-origins", "https://a.example"];
    expect(await statusOf(argv, "https://a.example")).toBe(200);
    expect(await statusOf(argv, "http://127.0.0.1:3000")).toBe(403);
    expect(await statusOf(["serve", "--cors-origins", "*"], "https://evil.example")).toBe(200);
    expect(await statusOf(["--cors-origins", "localhost"], "https://evil.example")).toBe(200);
  });
});
