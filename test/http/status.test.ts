import { describe, expect, test } from "bun:test";
import { apiKey } from "../../src/core/api-keys.ts";
import { noMetrics } from "../../src/core/calls.ts";
import type { ServerStatus } from "../../src/http/status-schema.ts";
import { appOver, json, says } from "../support/fake-engine.ts";

const answers = { metrics: () => ({ ...noMetrics, nProcessing: 2, nDeferred: 3, nPredicted: 9 }) };
const messages = [{ role: "user", content: "Hi" }];

describe("GET /status", () => {
  test("tells of models, loading none", async () => {
    const { get, engine } = appOver(says("Hi."), { answers });
    const status = await json<ServerStatus>(get("/status"));
    expect(status).toMatchObject({ version: "1.2.3", can_load: true, waiting: 0, errors: [] });
    expect(status.models).toEqual([{ name: "tiny", state: "unloaded", size: 5_000_000 }]);
    expect(engine.questions).toEqual([]);
  });

  test("tells what a loaded model holds and does", async () => {
    const { get, post } = appOver(says("Hi."), { answers });
    await post("/v1/chat/completions", { messages });
    const [model] = (await json<ServerStatus>(get("/status"))).models;
    expect(model).toMatchObject({
      state: "ready",
      loaded: {
        memory: { weights: 6e6, context: 2e6, compute: 1e6, on_gpus: 0 },
        context_length: 1024,
        expires_at: null,
        sequences: { total: 4, running: 2, waiting: 3 },
        tokens: { prompt: 0, cached: 0, generated: 9 },
      },
    });
  });

  test("does not wait for an engine in the middle of a long step", async () => {
    const never = { metrics: () => new Promise<never>(() => {}) };
    const { get, post } = appOver(says("Hi."), { answers: never });
    await post("/v1/chat/completions", { messages });
    const [model] = (await json<ServerStatus>(get("/status"))).models;
    expect(model?.loaded?.sequences).toEqual({ total: 4, running: null, waiting: null });
  });

  test("remembers errors, the latest first, without what clients gave up", async () => {
    const { get, post } = appOver(says("Hi."), { answers });
    await post("/v1/chat/completions", { messages, temperature: "hot" });
    await post("/api/chat", { model: "nobody", messages });
    const { errors } = await json<ServerStatus>(get("/status"));
    expect(errors).toMatchObject([
      { method: "POST", path: "/api/chat", status: 404, code: "model_not_found" },
      { path: "/v1/chat/completions", status: 400, code: "invalid_request" },
    ]);
    expect(errors[1]?.message).toContain("temperature");
  });

  test("wants a key that may use all models", async () => {
    const some = { ...apiKey("some", "some"), limits: { models: ["tiny"] } };
    const { app } = appOver(says("Hi."), {
      answers,
      settings: { apiKeys: [apiKey("all", "all"), some], hasPage: true },
    });
    const ask = async (headers: Record<string, string>) =>
      (await app.handle(new Request("http://localhost/status", { headers }))).status;
    expect(await ask({})).toBe(401);
    expect(await ask({ authorization: "Bearer some" })).toBe(403);
    expect(await ask({ authorization: "Bearer all" })).toBe(200);
    expect(await ask({ accept: "text/html" })).toBe(200); // the page, which then asks for a key
  });
});

describe("pages", () => {
  const { app } = appOver(says("Hi."), { settings: { hasPage: true } });
  const get = (path: string, headers: Record<string, string> = {}) =>
    Promise.resolve(app.handle(new Request(`http://localhost${path}`, { headers })));

  test.each(["/", "/status"])("%s loads its parts from this server alone", async (path) => {
    const page = await get(path, { accept: "text/html" });
    const policy = page.headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self';");
    expect(policy).not.toContain("unsafe");
    const html = await page.text();
    expect(html).not.toMatch(/https?:|style=|onclick=/);
    const parts = [...html.matchAll(/(?:src|href)="(web\/[^"]+)"/g)].map(([, part]) => part);
    expect(parts.length).toBeGreaterThan(2);
    for (const part of new Set(parts)) {
      const answer = await get(`/${part}`);
      expect([part, answer.status]).toEqual([part, 200]);
      const etag = answer.headers.get("etag") ?? "";
      expect((await get(`/${part}`, { "if-none-match": etag })).status).toBe(304);
    }
  });

  test("are not there when they are switched off", async () => {
    const { get } = appOver(says("Hi."));
    expect((await get("/web/chat.js")).status).toBe(404);
  });
});
