import { bundled, textOf } from "./bundle.ts" with { type: "macro" };

/** What browsers are given of the chat page and the status page. */
export interface WebFile {
  type: string;
  text: string;
  etag: string;
}

function file(type: string, text: string): WebFile {
  return { type, text, etag: `"${Bun.hash(text).toString(36)}"` };
}

const html = "text/html; charset=utf-8";
const css = "text/css; charset=utf-8";
const script = "text/javascript; charset=utf-8";

/** The two pages. What they load is below `web/`, beside them. */
export const pages = {
  chat: file(html, textOf("chat.html")),
  status: file(html, textOf("status.html")),
};

/** By their names below `web/`. */
export const parts: ReadonlyMap<string, WebFile> = new Map([
  ["chat.js", file(script, bundled("chat.ts"))],
  ["chat.css", file(css, bundled("chat.css"))],
  ["status.js", file(script, bundled("status.ts"))],
  ["status.css", file(css, bundled("status.css"))],
  ["icon.svg", file("image/svg+xml", textOf("icon.svg"))],
]);
