import type { Browser, Page } from "playwright-core";
import type { HttpSettings } from "../../src/core/server.ts";
import { listen } from "../../src/http/listen.ts";
import { type AppOverOptions, appOver, type Behaviour, says } from "./fake-engine.ts";
import { startServer } from "./server.ts";

export interface Watched extends AsyncDisposable {
  page: Page;
  /** Hosts that it asked. */
  hosts: Set<string>;
  /** Errors and warnings of its console. */
  complaints: string[];
}

/** A page of a browser of its own memory, that notes whom it asks and what it complains of. */
export async function openPage(
  browser: Browser,
  options: Parameters<Browser["newContext"]>[0] = {},
): Promise<Watched> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const hosts = new Set<string>();
  const complaints: string[] = [];
  page.on("request", (request) => {
    const { protocol, hostname } = new URL(request.url());
    if (protocol !== "data:" && protocol !== "blob:") hosts.add(hostname);
  });
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  return { page, hosts, complaints, [Symbol.asyncDispose]: () => context.close() };
}

/** A server with pages over a fake engine. */
export function fakeServer(
  behaviour: Behaviour,
  settings: Partial<HttpSettings> = {},
  options: AppOverOptions = {},
) {
  const over = appOver(behaviour, { ...options, settings: { hasPage: true, ...settings } });
  const server = listen(over.app, { hostname: "127.0.0.1", port: 0 });
  return { ...over, url: server.url, [Symbol.asyncDispose]: () => server.stop() };
}

/** The executable that HUTCH_BIN names, with tiny, greedy; without one, a fake that knows. */
export async function pageServer(): Promise<{ url: string } & AsyncDisposable> {
  return process.env.HUTCH_BIN
    ? await startServer({ args: ["--temp", "0"] })
    : fakeServer(says("Par", "is."));
}
