import { type AnyElysia, Elysia } from "elysia";
import faviconPath from "swagger-ui-dist/favicon-32x32.png" with { type: "file" };
import stylePath from "swagger-ui-dist/swagger-ui.css" with { type: "file" };
import bundlePath from "swagger-ui-dist/swagger-ui-bundle.js" with { type: "file" };
import { type OpenApiDocument, openApiDocument } from "./document.ts";
import { contentSecurityPolicy, page, startScript } from "./page.ts";

/**
 * Swagger UI over the routes of `api`, without a request to any other host. `prefix` begins every
 * path of this server: "" or "/x".
 */
export function docs(api: AnyElysia, version: string, prefix: string) {
  const base = `${prefix}/swagger`;
  let document: Promise<OpenApiDocument> | null = null;
  const hook = { detail: { hide: true } };
  const show = () => text(page(base), "text/html", contentSecurityPolicy);
  return new Elysia({ name: "docs" })
    .get("/docs", show, hook)
    .get("/swagger", show, hook)
    .get("/swagger/json", () => (document ??= openApiDocument(api, { version, prefix })), hook)
    .get("/swagger/start.js", () => text(startScript(base), "text/javascript"), hook)
    .get("/swagger/swagger-ui-bundle.js", () => asset(bundlePath, "text/javascript"), hook)
    .get("/swagger/swagger-ui.css", () => asset(stylePath, "text/css"), hook)
    .get("/swagger/favicon.png", () => asset(faviconPath, "image/png"), hook);
}

function text(content: string, type: string, policy?: string): Response {
  const headers = new Headers({ "content-type": `${type}; charset=utf-8` });
  if (policy) headers.set("content-security-policy", policy);
  return new Response(content, { headers });
}

/** The path is a file of node_modules, or, in the executable, one embedded in it. */
function asset(path: string, type: string): Response {
  return new Response(Bun.file(path), { headers: { "content-type": type } });
}
