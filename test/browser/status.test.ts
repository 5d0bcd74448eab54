import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";
import { noMetrics } from "../../src/core/calls.ts";
import { chromiumFlags, chromiumPath } from "../support/browser.ts";
import { says } from "../support/fake-engine.ts";
import { startServer } from "../support/server.ts";
import { fakeServer, openPage } from "../support/web-page.ts";

describe.skipIf(!existsSync(chromiumPath))("the status page in a browser", () => {
  let browser: Browser;
  let server: { url: string } & AsyncDisposable;

  beforeAll(async () => {
    const fake = () => fakeServer(says("Paris."), {}, { answers: { metrics: () => noMetrics } });
    server = process.env.HUTCH_BIN ? await startServer() : fake();
    browser = await chromium.launch({ executablePath: chromiumPath, args: chromiumFlags });
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await server?.[Symbol.asyncDispose]();
  });

  const ask = (path: string, body: object) =>
    fetch(server.url + path, {
      method: "POST",
      body: JSON.stringify(body),
      headers: { "content-type": "application/json" },
    });

  test("shows what is loaded, what went wrong and how fast it is; unloads and loads", async () => {
    const messages = [{ role: "user", content: "What is the capital of France?" }];
    await (await ask("/v1/chat/completions", { messages, temperature: 0 })).text();
    await (await ask("/v1/chat/completions", { messages, temperature: "hot" })).text();
    await using watched = await openPage(browser);
    const { page, hosts, complaints } = watched;
    await page.goto(`${server.url}/status`);
    const row = page.locator(".model", { has: page.locator("h3", { hasText: /^tiny/ }) });
    await row.locator(".state.ready").waitFor();
    expect(await row.innerText()).toMatch(/0 of \d+ sequences running, 0 waiting/);
    expect(await page.locator("#errors").innerText()).toContain("POST /v1/chat/completions");
    expect(await page.locator("#errors").innerText()).toContain("temperature");
    expect(await page.locator("#chart").getAttribute("aria-label")).toContain("tokens per second");
    expect(await page.locator("#chart canvas").count()).toBe(1);
    await row.getByRole("button", { name: "Unload tiny" }).click();
    await row.locator(".state.unloaded").waitFor();
    await row.getByRole("button", { name: "Load tiny" }).click();
    await row.locator(".state.ready").waitFor();
    expect([...hosts]).toEqual(["127.0.0.1"]);
    expect(complaints).toEqual([]);
  });
});
