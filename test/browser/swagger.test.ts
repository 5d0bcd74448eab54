import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { listen } from "../../src/http/listen.ts";
import { chromiumFlags, chromiumPath } from "../support/browser.ts";
import { appOver, says } from "../support/fake-engine.ts";
import { openPage } from "../support/web-page.ts";

interface Server {
  url: string;
  stop(): Promise<unknown>;
}

/** The executable that HUTCH_BIN names, with an empty home; without one, our app over a fake. */
async function startServer(home: string): Promise<Server> {
  const executable = process.env.HUTCH_BIN;
  if (!executable)
    return listen(appOver(says("Par", "is.")).app, { hostname: "127.0.0.1", port: 0 });
  const child = Bun.spawn(
    [executable, "serve", "--port", "0", "--host", "127.0.0.1", "--temp", "0"],
    {
      env: { PATH: process.env.PATH ?? "", HOME: home },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "inherit",
    },
  );
  const stop = async () => {
    child.kill();
    await child.exited;
  };
  let printed = "";
  const decoder = new TextDecoder();
  for await (const bytes of child.stdout) {
    printed += decoder.decode(bytes, { stream: true });
    const url = /listening on (http:\/\/127\.0\.0\.1:\d+)/.exec(printed)?.[1];
    if (url) return { url, stop };
  }
  throw new Error(`${executable} ended without listening; it said:\n${printed}`);
}

/** Expands a route, presses "Try it out" and "Execute"; returns what the server answered. */
async function tryOut(page: Page, path: string): Promise<{ status: string; body: string }> {
  const route = page.locator(".opblock").filter({
    has: page.locator(`.opblock-summary-path[data-path="${path}"]`),
  });
  await route.locator(".opblock-summary-control").click();
  await route.locator("button.try-out__btn").click();
  await route.locator("button.execute").click();
  const live = route.locator(".live-responses-table .response").first();
  await live.waitFor({ timeout: 30_000 });
  return {
    status: await live.locator(".response-col_status").innerText(),
    body: await live.locator(".highlight-code").first().innerText(),
  };
}

describe.skipIf(!existsSync(chromiumPath))("Swagger UI in a browser", () => {
  let home: string;
  let server: Server;
  let browser: Browser;

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), "hutch-browser-"));
    server = await startServer(home);
    browser = await chromium.launch({ executablePath: chromiumPath, args: chromiumFlags });
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    await server?.stop();
    await rm(home, { recursive: true, force: true });
  });

  test("answers the chat example as it is prefilled, and asks no other host", async () => {
    await using watched = await openPage(browser, { viewport: { width: 1200, height: 1400 } });
    const { page, hosts, complaints } = watched;
    await page.goto(`${server.url}/swagger`);
    await page.locator(".opblock").first().waitFor();
    const { status, body } = await tryOut(page, "/v1/chat/completions");
    if (process.env.SCREENSHOT) await page.screenshot({ path: process.env.SCREENSHOT });
    expect(status).toStartWith("200");
    expect(body).toContain("Paris");
    expect([...hosts]).toEqual(["127.0.0.1"]);
    expect(complaints).toEqual([]);
    await page.close();
  }, 60_000);

  test("is at /docs, too, with routes by dialect and a place for the key", async () => {
    await using watched = await openPage(browser);
    const { page, complaints } = watched;
    await page.goto(`${server.url}/docs`);
    await page.locator(".opblock").first().waitFor();
    const tags = await page
      .locator(".opblock-tag")
      .evaluateAll((all) => all.map((tag) => tag.getAttribute("data-tag")));
    expect(tags).toEqual(expect.arrayContaining(["OpenAI", "Ollama", "llama.cpp", "Anthropic"]));
    await page.locator("button.authorize").first().click();
    await page.locator(".auth-container input").fill("s3cret");
    await page.locator(".auth-container button.authorize").click();
    await page.locator(".auth-container", { hasText: "Authorized" }).waitFor();
    await page.locator(".auth-container .btn-done").click();
    const asked = page.waitForRequest((request) => request.url().endsWith("/v1/models"));
    await tryOut(page, "/v1/models");
    expect((await asked).headers().authorization).toBe("Bearer s3cret");
    expect(complaints).toEqual([]);
    await page.close();
  }, 60_000);

  test("the browser itself refuses to leave this server", async () => {
    const response = await fetch(`${server.url}/swagger`);
    expect(response.headers.get("content-security-policy")).toContain("default-src 'self'");
    expect(await response.text()).not.toContain("//unpkg");
  });
});
