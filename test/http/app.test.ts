import { describe, expect, test } from "bun:test";
import type { OpenApiDocument } from "../../src/http/docs/document.ts";
import { appOver, json, says } from "../support/fake-engine.ts";

describe("the root", () => {
  test("greets", async () => {
    const response = await appOver(says()).get("/");
    expect([response.status, await response.text()]).toEqual([200, "Ollama is running"]);
  });

  test("greets HEAD with a status only", async () => {
    const { app } = appOver(says());
    const response = await app.handle(new Request("http://localhost/", { method: "HEAD" }));
    expect(response.status).toBe(200);
  });

  test.each([
    ["/nope", "File Not Found"],
    ["/v1/nope", "there is no GET /v1/nope here"],
    ["/v1/responses/a/b", "there is no GET /v1/responses/a/b here"],
  ])("GET %s is a 404 in a JSON envelope", async (path, message) => {
    const response = await appOver(says()).get(path);
    expect([response.status, await response.json()]).toEqual([
      404,
      { error: { message, type: "not_found_error", param: null, code: "not_found" } },
    ]);
  });

  test.each([
    ["GET", "/v1/chat/completions", "POST"],
    ["POST", "/v1/models", "GET, HEAD"],
    ["DELETE", "/v1/models/a/b", "GET, HEAD"],
    ["PUT", "/v1/responses/resp_1", "DELETE, GET, HEAD"],
    ["GET", "/v1/messages", "POST"],
    ["GET", "/completion", "POST"],
    ["POST", "/health", "GET, HEAD"],
    ["DELETE", "/slots/1", "POST"],
    ["GET", "/api/chat", "POST"],
    ["POST", "/swagger", "GET, HEAD"],
    ["POST", "/", "GET, HEAD"],
  ])("%s %s is a 405: it takes %s", async (method, path, allow) => {
    const { app } = appOver(says());
    const response = await app.handle(new Request(`http://localhost${path}`, { method }));
    expect([response.status, response.headers.get("allow")]).toEqual([405, allow]);
    expect(JSON.stringify(await response.json())).toContain(
      `method not allowed; this path takes ${allow}`,
    );
  });

  test("each dialect tells it in its own envelope", async () => {
    const { get } = appOver(says());
    const message = "method not allowed; this path takes POST";
    const type = "invalid_request_error";
    const openai = { error: { message, type, param: null, code: "wrong_method" } };
    expect(await (await get("/v1/completions")).json()).toEqual(openai);
    expect(await (await get("/v1/messages")).json()).toMatchObject({
      type: "error",
      error: { type, message },
    });
    expect(await (await get("/api/show")).json()).toEqual({ error: message });
    expect(await (await get("/tokenize")).json()).toEqual({
      error: { code: 405, message, type, param: null },
    });
  });

  test("what a path's own method does not find stays a 404", async () => {
    const response = await appOver(says()).get("/v1/models/nope");
    expect([response.status, response.headers.get("allow")]).toEqual([404, null]);
  });

  test.each(["llama-server", "router"] as const)(
    "in profile %s that envelope is llama-server's",
    async (profile) => {
      const { get, supervisor } = appOver(says(), { settings: { profile } });
      await supervisor.acquire("tiny", AbortSignal.timeout(1000));
      for (const path of ["/nope", "/v1/chat/completions"]) {
        const response = await get(path);
        expect([response.status, await response.json()]).toEqual([
          404,
          { error: { code: 404, message: "File Not Found", type: "not_found_error", param: null } },
        ]);
      }
    },
  );
});

describe("/swagger", () => {
  const { get } = appOver(says());

  test("is a page of ours that loads nothing from elsewhere", async () => {
    const response = await get("/docs");
    expect(await response.clone().text()).toBe(await (await get("/swagger")).text());
    expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
    const html = await response.text();
    const sources = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url]) => url);
    expect(sources).not.toEqual([]);
    for (const url of sources) {
      const loaded = await get(String(url));
      expect([url, loaded.status]).toEqual([url, 200]);
      expect((await loaded.bytes()).length).toBeGreaterThan(100);
    }
    expect(html).not.toContain("://");
  });

  test.each(["/swagger/", "/page", "/json"])(
    "%s does not lead to the plugin's own page",
    async (path) => {
      const text = await (await get(path)).text();
      expect(text).not.toMatch(/unpkg|jsdelivr/);
    },
  );

  test("describes the routes, but not itself", async () => {
    const document = await json<OpenApiDocument>(get("/swagger/json"));
    expect(Object.keys(document.paths)).toContain("/v1/chat/completions");
    expect(JSON.stringify(Object.keys(document.paths))).not.toContain("swagger");
    expect(document.info).toMatchObject({ title: "Hutch", version: "1.2.3" });
  });
});
