import { Elysia, NotFoundError } from "elysia";
import type { HttpSettings } from "../core/server.ts";
import type { WebFile } from "../web/files.ts";

/** Scripts, styles and pictures of the chat page and the status page. */
export function webFiles({ hasPage }: Pick<HttpSettings, "hasPage">) {
  return new Elysia({ name: "web-files" }).get(
    "/web/:file",
    async ({ params, request }) => {
      const part = (await webPages()).parts.get(params.file);
      if (!hasPage || !part) throw new NotFoundError();
      return answer(request, part);
    },
    { detail: { hide: true } },
  );
}

/** One of the two pages. @param request a GET or a HEAD */
export async function webPage(request: Request, name: "chat" | "status"): Promise<Response> {
  return answer(request, (await webPages()).pages[name], {
    "content-security-policy": contentSecurityPolicy,
    vary: "Accept", // programs get something else under the same address
  });
}

/** Seldom needed, so not read when the server starts. */
const webPages = () => import("../web/files.ts");

/**
 * The browser itself refuses whatever would leave this server, runs no script and no style that
 * stands in a page, and takes HTML from nowhere but DOMPurify.
 */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "connect-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types dompurify",
].join("; ");

function answer(
  { method, headers: asked }: Request,
  { type, text, etag }: WebFile,
  more: Record<string, string> = {},
): Response {
  const headers = { "content-type": type, "cache-control": "no-cache", etag, ...more };
  const known = asked.get("if-none-match")?.split(/\s*,\s*/) ?? [];
  if (known.includes(etag)) return new Response(null, { status: 304, headers });
  return new Response(method === "HEAD" ? null : text, { headers });
}
