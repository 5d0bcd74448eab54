import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { type Browser, chromium, type Page } from "playwright-core";
import { apiKey } from "../../src/core/api-keys.ts";
import { chromiumFlags, chromiumPath } from "../support/browser.ts";
import { callsTool, says, thinks, waitsForAbort } from "../support/fake-engine.ts";
import { colours, pngOf } from "../support/pictures.ts";
import { until } from "../support/server.ts";
import { fakeServer, openPage, pageServer } from "../support/web-page.ts";

describe.skipIf(!existsSync(chromiumPath))("the chat page in a browser", () => {
  let browser: Browser;
  let server: { url: string } & AsyncDisposable;

  beforeAll(async () => {
    [server, browser] = await Promise.all([
      pageServer(),
      chromium.launch({ executablePath: chromiumPath, args: chromiumFlags }),
    ]);
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await server?.[Symbol.asyncDispose]();
  });

  /** Says it as people do, who have only a keyboard. */
  async function say(page: Page, text: string): Promise<void> {
    await page.locator("#model:enabled").waitFor();
    await page.locator("#text").focus();
    await page.keyboard.type(text);
    await page.keyboard.press("Enter");
  }

  /** Waits until nothing is on its way any more. */
  const answered = (page: Page) => page.locator(".answer:not(.running) .figures").last().waitFor();

  test("answers by keyboard alone, and keeps conversations: reload, rename, search, delete", async () => {
    await using watched = await openPage(browser);
    const { page, hosts, complaints } = watched;
    await page.goto(server.url);
    await page.locator("#text:focus").waitFor();
    expect(await page.locator("main").boundingBox()).toMatchObject({ x: 272, y: 0 });
    await page.keyboard.type("What is the capital");
    await page.keyboard.press("Shift+Enter");
    await page.keyboard.type("of France?");
    expect(await page.locator("#text").inputValue()).toBe("What is the capital\nof France?");
    await page.locator("#text").fill("");
    await say(page, "What is the capital of France?");
    await answered(page);
    const answer = page.locator(".answer .markdown").last();
    expect(await answer.innerText()).toContain("Paris");
    expect(await page.locator(".figures").innerText()).toMatch(
      /tiny.* · \d+ tokens · .* tokens\/s/,
    );
    expect(await page.locator("#announcer").innerText()).toContain("Paris");
    await page.reload();
    expect(await answer.innerText()).toContain("Paris");

    const link = page.locator("#conversations a");
    expect(await link.innerText()).toBe("What is the capital of France?");
    await page.getByRole("button", { name: "Rename" }).click();
    await page.getByLabel("Title").fill("Geography");
    await page.keyboard.press("Enter");
    await page.locator("#conversations", { hasText: "Geography" }).waitFor();
    await page.getByLabel("Search conversations").fill("paris");
    expect(await link.count()).toBe(1);
    await page.getByLabel("Search conversations").fill("nothing like it");
    expect(await link.count()).toBe(0);
    await page.getByLabel("Search conversations").fill("");
    await page.getByRole("button", { name: "Delete" }).click();
    await page.locator("dialog button.danger").click();
    await page.locator(".welcome").waitFor();
    await page.reload();
    await page.locator("#conversations .none").waitFor();
    expect([...hosts]).toEqual(["127.0.0.1"]);
    expect(complaints).toEqual([]);
  });

  test("stops with Esc, and the engine with it", async () => {
    await using fake = fakeServer(waitsForAbort(3));
    await using watched = await openPage(browser);
    const { page } = watched;
    await page.goto(fake.url);
    await say(page, "Go on for ever");
    await page.locator(".answer .markdown", { hasText: "word word word" }).waitFor();
    expect(await page.locator("#stop").isVisible()).toBe(true);
    await page.keyboard.press("Escape");
    await answered(page);
    expect(await page.locator(".figures").innerText()).toContain("Stopped");
    await until("the engine has stopped", () => fake.engine.nRunning === 0);
    expect(await page.locator("#send").isVisible()).toBe(true);
  });

  test("shows what is no Markdown as text, and runs none of it", async () => {
    const evil = [
      `<img src=x onerror="document.title='owned'"><script>document.title='owned'</script>\n\n`,
      `[here](javascript:document.title='owned') ![p](https://evil.example/p.png)\n\n`,
      `<svg onload="document.title='owned'"></svg><a href="x" style="color:red">a</a>\n\n`,
      `[ref]\n\n[ref]: javascript:document.title='owned'\n\n**bold**\n\n`,
      "```js\nlet x = 1;\n```\n",
    ];
    await using fake = fakeServer(says(...evil));
    await using watched = await openPage(browser, {
      permissions: ["clipboard-read", "clipboard-write"],
    });
    const { page, hosts, complaints } = watched;
    await page.goto(fake.url);
    await say(page, "Break out");
    await answered(page);
    const answer = page.locator(".answer > .markdown");
    expect(await answer.locator("strong").innerText()).toBe("bold");
    expect(await answer.innerText()).toContain("<script>document.title='owned'</script>");
    const hrefs = await answer
      .locator("a")
      .evaluateAll((links) => links.map((link) => link.getAttribute("href")));
    expect(hrefs.filter(Boolean)).toEqual(["https://evil.example/p.png"]);
    expect(await answer.locator("img, script, svg, [style], [onerror], [onload]").count()).toBe(0);
    expect(await page.title()).not.toContain("owned");
    await page.getByRole("button", { name: "Copy js code" }).click();
    expect(await page.evaluate("navigator.clipboard.readText()")).toBe("let x = 1;");
    expect([...hosts]).toEqual(["127.0.0.1"]);
    expect(complaints).toEqual([]);
  });

  test("folds thoughts", async () => {
    await using fake = fakeServer(thinks("I think of France.", "Paris."));
    await using watched = await openPage(browser);
    const { page } = watched;
    await page.goto(fake.url);
    await say(page, "What is the capital of France?");
    await answered(page);
    const thought = page.locator(".thinking .markdown");
    expect(await thought.isVisible()).toBe(false);
    await page.locator(".thinking summary").click();
    expect(await thought.innerText()).toBe("I think of France.");
  });

  test("shows a call of a tool, and takes its result", async () => {
    await using fake = fakeServer(callsTool("weather", '{"city":"Oslo"}'));
    await using watched = await openPage(browser);
    const { page } = watched;
    await page.goto(fake.url);
    await page.getByRole("button", { name: "Settings" }).click();
    const tool = { type: "function", function: { name: "weather", parameters: {} } };
    await page.getByLabel("Tools").fill(JSON.stringify([tool]));
    await page.getByLabel("System prompt").fill("Be brief.");
    await page.getByLabel("Temperature").fill("0");
    await page.getByRole("button", { name: "Save" }).click();
    await say(page, "How is the weather in Oslo?");
    await answered(page);
    expect(await page.locator(".call pre").innerText()).toContain('"city": "Oslo"');
    await page.getByLabel("Result of weather").fill("It rains.");
    await page.getByRole("button", { name: "Send result" }).click();
    await until("it was asked again", () => fake.engine.requests.length === 2);
    const [first, second] = fake.engine.requests;
    expect(first?.sampling?.temperature).toBe(0);
    expect(JSON.stringify(first?.prompt)).toContain("Be brief.");
    expect(JSON.stringify(second?.prompt)).toContain("It rains.");
  });

  test("asks for the key that a server wants", async () => {
    await using fake = fakeServer(says("Paris."), { apiKeys: [apiKey("s3cret", "owner")] });
    await using watched = await openPage(browser);
    const { page } = watched;
    await page.goto(fake.url);
    await page.getByRole("textbox", { name: "API key" }).fill("s3cret");
    await page.keyboard.press("Enter");
    await say(page, "What is the capital of France?");
    await answered(page);
    expect(await page.locator(".answer > .markdown").innerText()).toBe("Paris.");
  });

  test("edits and asks again, tells of errors, and exports", async () => {
    await using fake = fakeServer(says("Paris."));
    await using watched = await openPage(browser, { acceptDownloads: true });
    const { page } = watched;
    await page.goto(fake.url);
    await say(page, "Frist");
    await answered(page);
    await page.locator(".user").getByRole("button", { name: "Edit" }).click();
    await page.getByLabel("Your message").fill("First");
    await page.keyboard.press("Enter");
    await until("it was asked again", () => fake.engine.requests.length === 2);
    await answered(page);
    await page.getByRole("button", { name: "Regenerate" }).click();
    await until("it was asked a third time", () => fake.engine.requests.length === 3);
    await answered(page);
    expect(await page.locator(".user .bubble").allInnerTexts()).toEqual(["First"]);
    const exported = async (name: string) => {
      await page.locator("#export summary").click();
      const download = page.waitForEvent("download");
      await page.locator("#export").getByRole("button", { name }).click();
      return readFileSync(await (await download).path(), "utf8");
    };
    expect(await exported("Markdown")).toBe("# Frist\n\n## You\n\nFirst\n\n## tiny\n\nParis.\n");
    const { messages } = JSON.parse(await exported("JSON"));
    expect(messages).toMatchObject([
      { role: "user", text: "First" },
      { role: "assistant", text: "Paris.", model: "tiny" },
    ]);
  });

  test("fits on a phone, where the conversations are behind a button", async () => {
    await using watched = await openPage(browser, { viewport: { width: 360, height: 720 } });
    const { page } = watched;
    await page.goto(server.url);
    await page.locator("#model:enabled").waitFor();
    const overflow = () =>
      page.evaluate("document.documentElement.scrollWidth - document.body.clientWidth");
    expect(await overflow()).toBe(0);
    expect(await page.locator("#new").isVisible()).toBe(false);
    await page.locator("#menu").click();
    expect(await page.locator("#new").isVisible()).toBe(true);
    await page.keyboard.press("Escape");
    await page.locator("#new").waitFor({ state: "hidden" });
  });

  test.skipIf(!process.env.HUTCH_BIN)("sends a picture that is dropped on it", async () => {
    await using watched = await openPage(browser);
    const { page, complaints } = watched;
    await page.goto(server.url);
    await page.locator("#capabilities", { hasText: "sees pictures" }).waitFor();
    const png = pngOf({ shape: "circle", colour: colours.red, background: colours.white });
    const data = await page.evaluateHandle(`(() => {
      const bytes = Uint8Array.from(atob("${png}"), (letter) => letter.charCodeAt(0));
      const transfer = new DataTransfer();
      transfer.items.add(new File([bytes], "circle.png", { type: "image/png" }));
      return transfer;
    })()`);
    await page.dispatchEvent("#transcript", "drop", { dataTransfer: data });
    await page.locator("#tray img").waitFor();
    await say(page, "What colour is the circle?");
    await answered(page);
    expect(await page.locator(".bubble img").count()).toBe(1);
    expect(await page.locator(".answer .error").isVisible()).toBe(false);
    expect((await page.locator(".answer > .markdown").innerText()).toLowerCase()).toContain("red");
    await page.reload();
    await page.locator(".bubble img").waitFor();
    expect(complaints).toEqual([]);
  });
});
