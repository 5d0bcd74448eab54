import { describe, expect, test } from "bun:test";
import { AppError } from "../../src/core/errors.ts";
import { type AppOverOptions, appOver, FakeEngine, says } from "../support/fake-engine.ts";

const over = (options: AppOverOptions) => appOver(says("a"), options);
const seen = async (response: Response | Promise<Response>): Promise<[number, unknown]> => [
  (await response).status,
  await (await response).json(),
];
/** llama-server's error object. */
const error = (code: number, type: string, message: unknown) => ({
  error: expect.objectContaining({ code, type, message }),
});
const invalid = (message: unknown) => error(400, "invalid_request_error", message);

describe("llama-server's profile", () => {
  const settings = { profile: "llama-server" } as const;

  test("is 503 while the model loads, for everything, and takes any name afterwards", async () => {
    const loaded = Promise.withResolvers<FakeEngine>();
    const { get, post, supervisor } = over({ settings, start: () => loaded.promise });
    supervisor.preload();
    const loading = error(503, "unavailable_error", "Loading model");
    for (const path of ["/health", "/props", "/v1/models", "/nope"]) {
      expect([path, ...(await seen(get(path)))]).toEqual([path, 503, loading]);
    }
    expect(await seen(post("/completion", { prompt: "a" }))).toEqual([503, loading]);
    loaded.resolve(new FakeEngine(says("a")));
    await Bun.sleep(0);
    const named = await post("/completion", { prompt: "a", model: "davinci-002" });
    expect([named.status, await named.json()]).toMatchObject([200, { model: "tiny" }]);
  });
});

describe("the router's profile", () => {
  const settings = { profile: "router", autoload: false } as const;
  const complete = (path: string, body: object, autoload = false) =>
    seen(over({ settings: { ...settings, autoload } }).post(path, { prompt: "a", n: 1, ...body }));

  test("is healthy without any model loaded", async () => {
    expect(await seen(over({ settings }).get("/health"))).toEqual([200, { status: "ok" }]);
  });

  test.each([
    [{}, "model name is missing from the request"],
    [{ model: "nope" }, "model 'nope' not found"],
    [{ model: "tiny" }, "model is not loaded"],
  ])("%j is a 400", async (body, message) => {
    expect(await complete("/completion", body)).toEqual([400, invalid(message)]);
  });

  test("loads what is asked for, if it may", async () => {
    expect(await complete("/completion", { model: "tiny" }, true)).toMatchObject([200, {}]);
    expect(await complete("/completion?autoload=true", { model: "tiny" })).toMatchObject([200, {}]);
    expect(await complete("/completion?autoload=false", { model: "tiny" }, true)).toEqual([
      400,
      invalid("model is not loaded"),
    ]);
  });
});

describe("GET /health", () => {
  const loading = { code: 503, message: "Loading model", type: "unavailable_error", param: null };

  test("is 503 before and while the default model loads, then 200", async () => {
    const loaded = Promise.withResolvers<FakeEngine>();
    const { get, supervisor } = appOver(says(), { start: () => loaded.promise });
    expect(await seen(get("/health"))).toEqual([503, { error: loading }]);
    supervisor.preload();
    expect(await seen(get("/health"))).toEqual([503, { error: loading }]);
    loaded.resolve(new FakeEngine(says()));
    await Bun.sleep(0);
    expect(await seen(get("/health"))).toEqual([200, { status: "ok" }]);
    expect(await seen(get("/v1/health"))).toEqual([200, { status: "ok" }]);
  });

  test("stays 200 when a model that was ready has been unloaded", async () => {
    const { get, post, engine } = appOver(says("a"));
    await post("/completion", { prompt: "a" });
    expect((await get("/health")).status).toBe(200);
    await engine.stop();
    await Bun.sleep(0);
    expect((await get("/health")).status).toBe(200);
  });

  test("says why the model could not be loaded", async () => {
    const start = () => Promise.reject(new AppError("model_load_failed", "not a GGUF file"));
    const { get, supervisor } = appOver(says(), { start });
    supervisor.preload();
    await Bun.sleep(0);
    expect(await seen(get("/health"))).toEqual([
      503,
      { error: { ...loading, message: "not a GGUF file" } },
    ]);
  });
});
