import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { chromiumFlags, chromiumPath } from "../test/support/browser.ts";
import { buildExecutable } from "./build.ts";
import { root } from "./paths.ts";
import { runMain } from "./program.ts";
import { temporaryFolder } from "./temporary-folder.ts";

/** The pictures that the documents show. */
const picturesDir = join(root, "docs");

/** Largest picture, bytes: it is in everybody's clone for ever. */
const nBytesMax = 150_000;

/** Of the window, CSS pixels. */
const viewport = { width: 1100, height: 640 };

/** How long a page or an answer may take. */
const patienceMs = 60_000;

interface Picture {
  name: string;
  path: string;
  /** Brings the page into the state that is shown. */
  prepare(page: Page): Promise<void>;
}

const pictures: Picture[] = [{ name: "chat.webp", path: "/", prepare: askForCapital }];

/** Asks the embedded model a question, and waits until its answer is there. */
async function askForCapital(page: Page): Promise<void> {
  const input = page.getByRole("textbox", { name: "Message" });
  await input.fill("What is the capital of France?");
  await input.press("Enter");
  const answer = page.getByText("The capital of France is Paris.").first();
  await answer.waitFor({ timeout: patienceMs });
  await page.getByRole("button", { name: "Stop" }).waitFor({ state: "hidden" });
}

/** Chromium writes WebP over its own protocol only; Playwright's screenshots are PNG or JPEG. */
async function webpOf(page: Page): Promise<Buffer> {
  const session = await page.context().newCDPSession(page);
  const { data } = await session.send("Page.captureScreenshot", { format: "webp", quality: 90 });
  return Buffer.from(data, "base64");
}

/** Takes every picture. @returns how many are too large */
async function takeAll(browser: Browser, url: string): Promise<number> {
  let nTooLarge = 0;
  for (const { name, path, prepare } of pictures) {
    const page = await browser.newPage({ viewport, colorScheme: "light" });
    await page.goto(url + path);
    await prepare(page);
    const picture = await webpOf(page);
    await page.close();
    await Bun.write(join(picturesDir, name), picture);
    const isTooLarge = picture.length > nBytesMax;
    if (isTooLarge) nTooLarge++;
    const verdict = isTooLarge ? `, more than ${nBytesMax}` : "";
    console.log(`docs/${name}: ${picture.length} bytes${verdict}`);
  }
  return nTooLarge;
}

/** Starts a server with an empty home. @returns its address, once it listens */
async function listening(child: Bun.Subprocess<"ignore", "pipe", "inherit">): Promise<string> {
  const decoder = new TextDecoder();
  let printed = "";
  for await (const bytes of child.stdout) {
    printed += decoder.decode(bytes, { stream: true });
    const url = /listening on (http:\/\/127\.0\.0\.1:\d+)/.exec(printed)?.[1];
    if (url) return url;
  }
  throw new Error(`the server ended without listening; it said:\n${printed}`);
}

if (import.meta.main) {
  await runMain(async () => {
    if (!existsSync(chromiumPath)) {
      throw new Error(
        `there is no ${chromiumPath}: install chromium, or name it in HUTCH_CHROMIUM`,
      );
    }
    const executable = process.env.HUTCH_BIN ?? (await buildExecutable());
    await using home = await temporaryFolder("screenshots");
    const child = Bun.spawn([executable, "serve", "--host", "127.0.0.1", "--port", "0"], {
      env: { PATH: process.env.PATH ?? "", HOME: home.path },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "inherit",
    });
    try {
      const url = await listening(child);
      const browser = await chromium.launch({ executablePath: chromiumPath, args: chromiumFlags });
      const nTooLarge = await takeAll(browser, url);
      await browser.close();
      return nTooLarge === 0 ? 0 : 1;
    } finally {
      child.kill();
      await child.exited;
    }
  });
}
