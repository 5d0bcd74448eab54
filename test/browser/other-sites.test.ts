import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";
import { ollamaOrigins } from "../../src/core/flags/http.ts";
import { type Listening, listen } from "../../src/http/listen.ts";
import { chromiumFlags, chromiumPath } from "../support/browser.ts";
import { appOver, httpSettings, says } from "../support/fake-engine.ts";

/** A name of a stranger's that leads to this machine, as after DNS rebinding. */
const rebound =
  "--host-resolver-rules=MAP evil.example 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1";

describe.skipIf(!existsSync(chromiumPath))("pages of other sites, in a browser", () => {
  let server: Listening;
  let browser: Browser;
  /** Any page of another site's. */
  const site = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: ({ url }) => {
      const framed = new URL(url).searchParams.get("frames") ?? "about:blank";
      const html = `<!doctype html><iframe src="${framed}"></iframe>`;
      return new Response(html, { headers: { "content-type": "text/html" } });
    },
  });

  beforeAll(async () => {
    const cors = { ...httpSettings.cors, origins: ollamaOrigins };
    const settings = { cors, hasPage: true };
    server = listen(appOver(says("Par", "is."), { settings }).app, {
      hostname: "127.0.0.1",
      port: 0,
    });
    const args = [...chromiumFlags, rebound];
    browser = await chromium.launch({ executablePath: chromiumPath, args });
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
    await site.stop(true);
  });

  /** What a script of a page at `from` reads of the server's `url`. */
  async function readBy(from: string, url: string, method: string): Promise<string> {
    const page = await browser.newPage();
    await page.goto(from);
    const text = await page.evaluate(
      ({ url, method }) =>
        fetch(url, { method, ...(method === "POST" && { body: "{}" }) })
          .then((response) => response.text())
          .catch((error) => `failed: ${error}`),
      { url, method },
    );
    await page.close();
    return text;
  }

  test.each(["GET", "POST"])(
    "read nothing of this server: %s",
    async (method) => {
      const from = `http://evil.example:${site.port}/`;
      expect(await readBy(from, `${server.url}/api/tags`, method)).toStartWith("failed: ");
      const own = `http://127.0.0.1:${site.port}/`;
      expect(await readBy(own, `${server.url}/api/version`, "GET")).toContain("version");
    },
    60_000,
  );

  test("read nothing when their name is made to lead here", async () => {
    const { port } = new URL(server.url);
    const page = await browser.newPage();
    const answer = await page.goto(`http://evil.example:${port}/api/tags`);
    expect([answer?.status(), await answer?.json()]).toEqual([
      403,
      { error: expect.stringContaining('"evil.example" is no name of this server') },
    ]);
    await page.close();
  }, 60_000);

  test.each(["/", "/swagger"])(
    "cannot frame %s",
    async (path) => {
      const page = await browser.newPage();
      const complaints: string[] = [];
      page.on("console", (message) => complaints.push(message.text()));
      const framed = encodeURIComponent(server.url + path);
      await page.goto(`http://127.0.0.1:${site.port}/?frames=${framed}`);
      expect(complaints.join()).toContain("frame-ancestors 'none'");
      expect(page.frames().map((frame) => frame.url())).not.toContain(server.url + path);
      await page.close();
    },
    60_000,
  );

  test("the start page does without what its policy forbids", async () => {
    const page = await browser.newPage();
    const complaints: string[] = [];
    page.on("console", (message) => complaints.push(message.text()));
    await page.goto(server.url);
    await page.locator("#model:enabled").waitFor();
    expect(complaints).toEqual([]);
    await page.close();
  }, 60_000);
});
