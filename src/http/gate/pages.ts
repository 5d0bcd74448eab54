import type { HttpSettings } from "../../core/server.ts";
import { noSuchPath } from "../envelopes.ts";
import { webPage } from "../web-files.ts";
import type { Gate } from "./gate.ts";
import { staticFiles } from "./static-files.ts";

type PageSettings = Pick<HttpSettings, "profile" | "staticDir" | "hasPage">;

/**
 * The files of `--path`, which win over routes, or the chat page at "/"; and the status page.
 * Stands before the keys: a browser cannot send one before it has a page.
 */
export function pageGate({ profile, staticDir, hasPage }: PageSettings): Gate {
  const files = hasPage && staticDir !== null ? staticFiles(staticDir) : null;
  return (request, next) => {
    if (request.method !== "GET" && request.method !== "HEAD") return next(request);
    const path = new URL(request.url).pathname;
    const file = files?.(request, path);
    if (file) return file;
    if (hasPage && path === "/status" && wantsHtml(request)) return webPage(request, "status");
    if (path !== "/" && path !== "/index.html") return next(request);
    const isForBrowser = profile !== "hutch" || wantsHtml(request);
    if (hasPage && !files && isForBrowser) return webPage(request, "chat");
    // llama-server has nothing here without its page; Ollama's clients look for a greeting.
    return profile === "hutch" ? next(request) : noSuchPath(request, profile);
  };
}

/** Browsers name text/html; other clients take anything. */
const wantsHtml = (request: Request) =>
  request.headers.get("accept")?.includes("text/html") ?? false;
