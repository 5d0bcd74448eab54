import { afterAll, describe, expect, test } from "bun:test";
import { fetchMedia } from "../../src/http/fetched-media.ts";
import { toMedia } from "../../src/http/media.ts";

const bytes = new Uint8Array([1, 2, 3]);
const never = new AbortController().signal;

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  fetch(request) {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/a.png") return new Response(bytes);
    if (pathname === "/large") return new Response(new Uint8Array(11 * 1024 * 1024));
    if (pathname === "/coding") return new Response(request.headers.get("accept-encoding"));
    if (pathname === "/bomb") {
      const body = Bun.gzipSync(new Uint8Array(1000));
      return new Response(body, { headers: { "content-encoding": "gzip" } });
    }
    if (pathname === "/to") return Response.redirect(searchParams.get("url") ?? "");
    return new Response("no", { status: 404 });
  },
});
afterAll(() => server.stop(true));
const at = (path: string) => server.url.origin + path;
const to = (url: string) => at(`/to?url=${encodeURIComponent(url)}`);
/** Nothing here has a public address; what is allowed anyway takes the same way. */
const fetched = (url: string, signal = never) => fetchMedia(url, "url", ["*"], signal);

describe("a picture behind a URL", () => {
  test("is fetched, where redirects lead", async () => {
    expect([...(await fetched(at("/a.png")))]).toEqual([...bytes]);
    expect([...(await fetched(to(at("/a.png"))))]).toEqual([...bytes]);
    expect([...(await fetched(to("/a.png")))]).toEqual([...bytes]);
  });

  test.each([
    [at("/nope"), "its server answers 404"],
    [at("/large"), "larger than 10 MB"],
    ["http://127.0.0.1:1/a.png", "ECONNREFUSED"],
    ["http://no such host/", "it is no address"],
    [to("file:///etc/passwd"), "redirects to what is no web address"],
    [to("gopher://127.0.0.1/"), "redirects to what is no web address"],
    [to("http://169.254.169.254/latest/meta-data/"), "so it is not asked"],
    [to("http://[::ffff:169.254.169.254]/"), "so it is not asked"],
    [to("http://0.0.0.0:1/"), "so it is not asked"],
  ])("%s is refused", async (url, message) => {
    await expect(fetched(url)).rejects.toMatchObject({
      code: "invalid_request",
      param: "url",
      message: expect.stringContaining(message),
    });
  });

  test("that leads to itself is refused", async () => {
    const loop = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch: ({ url }) => Response.redirect(url),
    });
    await expect(fetched(loop.url.href)).rejects.toThrow("more than 10 redirects");
    await loop.stop(true);
  });

  test("is not decompressed: a little could become a lot", async () => {
    expect(new TextDecoder().decode(await fetched(at("/coding")))).toBe("identity");
    expect((await fetched(at("/bomb"))).length).toBeLessThan(100);
  });

  test("is not waited for when the client hangs up", async () => {
    const client = new AbortController();
    const wait = fetched(at("/a.png"), client.signal);
    client.abort();
    await expect(wait).rejects.toThrow("abort");
  });
});

describe("a request that may name URLs", () => {
  const rules = { fetchesMedia: true, fetchHosts: ["127.0.0.2", "nas.lan"], mediaDir: null };
  const asked: string[] = [];
  const near = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch({ url }) {
      asked.push(url);
      return new Response(bytes);
    },
  });
  afterAll(() => near.stop(true));
  const { port } = near;

  test.each([
    `http://127.0.0.1:${port}/a.png`,
    `http://localhost:${port}/a.png`,
    `http://2130706433:${port}/a.png`,
    `http://0177.0.0.1:${port}/a.png`,
    `http://[::ffff:127.0.0.1]:${port}/a.png`,
    `http://0.0.0.0:${port}/a.png`,
    `http://user:secret@127.0.0.1:${port}/a.png`,
    "http://169.254.169.254/latest/meta-data/",
    "http://192.168.0.1/",
    "https://10.0.0.1/",
    "http://[fd00:ec2::254]/",
    "http://[64:ff9b::a9fe:a9fe]/",
  ])("gets nothing from %s", async (url) => {
    await expect(toMedia(url, "url", rules, never)).rejects.toMatchObject({
      code: "invalid_request",
      message: expect.stringMatching(/^`url` cannot be fetched: .* public address/),
    });
    expect(asked).toEqual([]);
  });

  test.each([["127.0.0.1"], ["127.0.0.1:*"], [`nas.lan,127.0.0.1:${near.port}`]])(
    "gets it from hosts that the operator named: %s",
    async (hosts) => {
      const own = { ...rules, fetchHosts: hosts.split(",") };
      const { bytes: got } = await toMedia(`http://127.0.0.1:${port}/a.png`, "url", own, never);
      expect([...got]).toEqual([...bytes]);
    },
  );

  test.each([["127.0.0.1:1"], ["27.0.0.1"], ["127.0.0"]])(
    "and from no others: %s",
    async (host) => {
      const asking = fetchMedia(`http://127.0.0.1:${port}/`, "url", [host], never);
      await expect(asking).rejects.toThrow("not at a public address");
    },
  );

  test("nor from where such a host redirects to", async () => {
    const moved = to(`http://localhost:${port}/`);
    const asking = fetchMedia(moved, "url", ["127.0.0.1"], never);
    await expect(asking).rejects.toThrow("localhost is not at a public address");
  });
});
