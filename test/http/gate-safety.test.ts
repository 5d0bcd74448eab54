import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readServerSettings } from "../../src/core/settings.ts";
import { gate } from "../../src/http/gate/gate.ts";
import { keyringOf } from "../support/keyring.ts";

const site = mkdtempSync(join(tmpdir(), "hutch-site-"));
writeFileSync(join(site, "index.html"), "<p>home</p>");
afterAll(() => rmSync(site, { recursive: true }));

/** Asks a server with these flags: as llama-server, or with `serve` first. */
function ask(argv: string[], path: string, init?: RequestInit, host = "localhost") {
  const isServe = argv[0] === "serve";
  const { http } = readServerSettings(isServe ? argv.slice(1) : argv, {}, { isServe });
  const inside = gate(http, keyringOf(http), () => new Response("inside"));
  return Promise.resolve(inside(new Request(`http://${host}${path}`, init)));
}

test("a page that may not ask is told so, in the dialect's own envelope", async () => {
  const headers = { origin: "https://evil.example" };
  const refusal = async (path: string, argv = ["serve"]) =>
    await (await ask(argv, path, { headers })).json();
  const message =
    "pages of https://evil.example may not use this server; " +
    "--cors-origins (HUTCH_ORIGINS, OLLAMA_ORIGINS) lets them";
  expect(await refusal("/api/tags")).toEqual({ error: message });
  expect(await refusal("/v1/models")).toMatchObject({ error: { message, code: "forbidden" } });
  expect(await refusal("/v1/messages")).toMatchObject({
    type: "error",
    error: { type: "permission_error", message },
  });
  const prefixed = ["serve", "--api-prefix", "/llm"];
  expect(await refusal("/llm/api/tags", prefixed)).toEqual({ error: message });
});

describe("under which names a server may be asked", () => {
  const answer = (argv: string[], host: string, path = "/api/tags") => ask(argv, path, {}, host);
  const statusOf = async (argv: string[], host: string) => (await answer(argv, host)).status;

  test.each([
    ["localhost", 200],
    ["127.0.0.1:11434", 200],
    ["[::1]", 200],
    ["192.168.1.5", 200],
    ["box.local", 200],
    ["hutch.internal", 200],
    ["a.localhost", 200],
    ["evil.example", 403],
    ["8.8.8.8", 403],
    ["localhost.evil.example", 403],
  ])("%s: %i, as long as it listens to this machine only", async (host, status) => {
    expect(await statusOf(["serve"], host)).toBe(status);
    expect(await statusOf(["serve", "--host", "127.0.0.1,/run/hutch.sock"], host)).toBe(status);
    expect(await statusOf(["serve", "--host", "0.0.0.0"], host)).toBe(200);
    expect(await statusOf(["-m", "x"], host)).toBe(200);
  });

  test.each([
    ["box.example", 200],
    ["BOX.example:8080", 200],
    ["a.lan", 200],
    ["127.0.0.1", 200],
    ["lan", 403],
    ["box.example.evil", 403],
    ["notbox.example", 403],
  ])("%s: %i with --allowed-hosts, wherever and as whatever it listens", async (host, status) => {
    const allowed = ["--allowed-hosts", "box.example,*.lan"];
    expect(await statusOf(["serve", ...allowed], host)).toBe(status);
    expect(await statusOf(["serve", "--host", "0.0.0.0", ...allowed], host)).toBe(status);
    expect(await statusOf(["-m", "x", ...allowed], host)).toBe(status);
    expect(await statusOf(["serve", "--allowed-hosts", "*"], host)).toBe(200);
  });

  test("others are told so, in the dialect's own envelope", async () => {
    const message =
      '"evil.example" is no name of this server; --allowed-hosts (HUTCH_ALLOWED_HOSTS) adds names';
    const refusal = async (path: string) =>
      await (await answer(["serve"], "evil.example", path)).json();
    expect(await refusal("/api/tags")).toEqual({ error: message });
    expect(await refusal("/v1/models")).toMatchObject({ error: { message, code: "forbidden" } });
    expect(await refusal("/health")).toMatchObject({ error: { code: 403, message } });
  });
});

describe("for browsers", () => {
  const html = { headers: { accept: "text/html" } };

  test("the start page may load nothing, and nobody may frame it", async () => {
    const { headers } = await ask(["serve"], "/", html);
    expect(Object.fromEntries(headers)).toMatchObject({
      "content-security-policy": expect.stringMatching(
        /default-src 'none'.*frame-ancestors 'none'.*form-action 'none'/,
      ),
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff",
    });
  });

  test("static pages tell no other server where somebody was; what they load is theirs", async () => {
    const { headers } = await ask(["--path", site], "/");
    expect(headers.get("referrer-policy")).toBe("no-referrer");
    expect(headers.get("content-security-policy")).toBeNull();
  });

  test("no answer is anything but what it says that it is", async () => {
    const refused = { headers: { origin: "https://evil.example" } };
    for (const init of [{}, { method: "POST" }, html, refused]) {
      const { headers } = await ask(["serve"], "/api/tags", init);
      expect(headers.get("x-content-type-options")).toBe("nosniff");
    }
  });
});
