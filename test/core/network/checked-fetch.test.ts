import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkedFetch, checkLiteral, ReachError } from "../../../src/core/network/checked-fetch.ts";

const signal = new AbortController().signal;
const asked: string[] = [];
const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  fetch(request) {
    asked.push(request.headers.get("host") ?? "");
    if (request.url.endsWith("/moved")) return Response.redirect("http://169.254.169.254/");
    return new Response("hello");
  },
});
afterAll(() => server.stop(true));

/** A name that no name server knows, at the port of our server. */
const named = (path = "/") => new URL(`http://pictures.example:${server.port}${path}`);

/** Gives other addresses each time, as the name server of an attacker does. */
function changing(...answers: string[][]) {
  const names: string[] = [];
  const lookup = async (name: string) => {
    names.push(name);
    return answers[names.length - 1] ?? [];
  };
  return { lookup, names };
}

describe("a name", () => {
  test("is looked up once: its checked address is asked, under its name", async () => {
    const { lookup, names } = changing(["127.0.0.1"], ["127.0.0.9"]);
    const response = await checkedFetch(named(), { signal }, "private", lookup);
    expect([response.status, await response.text()]).toEqual([200, "hello"]);
    expect(names).toEqual(["pictures.example"]);
    expect(asked.at(-1)).toBe(named().host);
  });

  test.each([
    [["127.0.0.1"]],
    [["1.1.1.1", "127.0.0.1"]],
    [["::ffff:127.0.0.1"]],
    [["169.254.169.254"]],
    [["192.168.1.1"]],
  ])("with the addresses %p is not asked where all must be public", async (addresses) => {
    const nAsked = asked.length;
    const { lookup } = changing(addresses);
    const asking = checkedFetch(named(), { signal }, "public", lookup);
    await expect(asking).rejects.toThrow("pictures.example is not at a public address");
    await expect(asking).rejects.toBeInstanceOf(ReachError);
    expect(asked.length).toBe(nAsked);
  });

  test("of a metadata service is never asked", async () => {
    const { lookup } = changing(["169.254.169.254"]);
    const asking = checkedFetch(named(), { signal }, "private", lookup);
    await expect(asking).rejects.toThrow("at a link-local, metadata");
  });

  test("is asked at its next address when nobody listens at the first", async () => {
    const { lookup } = changing(["127.0.0.8", "127.0.0.1"]);
    const response = await checkedFetch(named(), { signal }, "private", lookup);
    expect(await response.text()).toBe("hello");
  });

  test("is not waited for without end", async () => {
    const client = new AbortController();
    const asking = checkedFetch(
      named(),
      { signal: client.signal },
      "private",
      () => new Promise(() => {}),
    );
    client.abort();
    await expect(asking).rejects.toThrow("abort");
  });
});

test.each(["http://127.1/", "http://0x7f000001/", "http://[::ffff:7f00:1]/", "http://[::1]/"])(
  "%s is not public, however it is spelled",
  async (url) => {
    await expect(checkedFetch(new URL(url), { signal }, "public")).rejects.toThrow(ReachError);
    expect(() => checkLiteral(new URL(url), "public")).toThrow(ReachError);
    expect(() => checkLiteral(new URL(url), "private")).not.toThrow();
  },
);

test("a redirect is not followed: its address has to be checked first", async () => {
  const { lookup } = changing(["127.0.0.1"]);
  const response = await checkedFetch(named("/moved"), { signal }, "private", lookup);
  expect(response.headers.get("location")).toBe("http://169.254.169.254/");
});

describe("https", () => {
  const dir = mkdtempSync(join(tmpdir(), "hutch-https-"));
  afterAll(() => rmSync(dir, { recursive: true }));
  const [key, cert] = [join(dir, "key.pem"), join(dir, "cert.pem")];
  const hasOpenssl = Bun.which("openssl") !== null;

  test.skipIf(!hasOpenssl)("wants the name's certificate, not the address's", async () => {
    const subject = ["-subj", "/CN=good.example", "-addext", "subjectAltName=DNS:good.example"];
    const files = ["-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert];
    Bun.spawnSync(["openssl", "req", "-x509", "-days", "2", ...files, ...subject]);
    const tls = { key: Bun.file(key), cert: Bun.file(cert) };
    await using secure = Bun.serve({ port: 0, tls, fetch: () => new Response("secret") });
    const ask = (name: string) =>
      checkedFetch(
        new URL(`https://${name}:${secure.port}/`),
        { signal, tls: { ca: readFileSync(cert, "utf8") } },
        "private",
        async () => ["127.0.0.1"],
      );
    expect(await (await ask("good.example")).text()).toBe("secret");
    await expect(ask("bad.example")).rejects.toThrow("ALTNAME");
    expect(await (await ask("good.example.")).text()).toBe("secret");
  });
});
