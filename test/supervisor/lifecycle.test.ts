import { describe, expect, test } from "bun:test";
import { AppError, asAppError } from "../../src/core/errors.ts";
import { model, never, settle, setUp } from "./set-up.ts";

describe("load and unload", () => {
  test("load a model without a request, evicting an idle one", async () => {
    const { supervisor, log, load, ready, stateOf } = setUp(1);
    await load("a");
    supervisor.load("b");
    expect(stateOf("b")).toBe("loading");
    await ready("b");
    expect([stateOf("a"), stateOf("b")]).toEqual(["unloaded", "ready"]);
    await supervisor.unload("b");
    expect(stateOf("b")).toBe("unloaded");
    expect(log).toEqual(["start a", "stop a", "start b", "stop b"]);
  });

  test("refuse what makes no sense", async () => {
    const { supervisor, leased } = setUp(1);
    await expect(supervisor.unload("a")).rejects.toThrow("model is not running");
    await expect(supervisor.unload("x")).rejects.toThrow("not found");
    expect(() => supervisor.load("x")).toThrow("not found");
    await leased("a");
    expect(() => supervisor.load("a")).toThrow("already running");
    expect(() => supervisor.load("b")).toThrow("model limit reached");
  });

  test("a request keeps its engine to its end; the next one gets a new one", async () => {
    const { supervisor, log, leased, ready, stateOf } = setUp(2);
    const busy = await leased("a");
    const gone = supervisor.unload("a");
    expect([stateOf("a"), log]).toEqual(["unloaded", ["start a"]]);
    const next = supervisor.acquire("a", never);
    await ready("a");
    await next;
    expect(log).toEqual(["start a", "start a"]);
    busy[Symbol.dispose]();
    await gone;
    expect([stateOf("a"), log.at(-1)]).toEqual(["ready", "stop a"]);
  });

  test("a request that takes too long loses its engine", async () => {
    const { supervisor, log, leased } = setUp(1, {}, [model("a", { stopSeconds: 0 })]);
    await leased("a");
    await supervisor.unload("a");
    expect(log).toEqual(["start a", "stop a"]);
  });

  test("a loading model is given up at once, and its requests are told", async () => {
    const { supervisor, stateOf } = setUp();
    const waiting = supervisor.acquire("a", never).catch(asAppError);
    await settle();
    await supervisor.unload("a");
    expect(await waiting).toMatchObject({ code: "conflict", message: 'model "a" was unloaded' });
    expect(stateOf("a")).toBe("unloaded");
  });
});

describe("expiry", () => {
  test("ends an idle engine at once, and a busy one with its last request", async () => {
    const { supervisor, log, load, leased, stateOf } = setUp();
    supervisor.expire("a"); // there is nothing to end
    await load("a");
    supervisor.expire("a");
    await settle();
    const busy = await leased("b");
    supervisor.expire("b");
    expect(stateOf("b")).toBe("ready");
    busy[Symbol.dispose]();
    await settle();
    expect(log).toEqual(["start a", "stop a", "start b", "stop b"]);
  });

  test("ends a load that nobody waits for, and lets another serve those who wait", async () => {
    const { supervisor, ready, stateOf } = setUp();
    supervisor.preload("a");
    await settle();
    supervisor.expire("a");
    expect(stateOf("a")).toBe("unloaded");
    const waiting = supervisor.acquire("b", never);
    await settle();
    supervisor.expire("b");
    await ready("b");
    (await waiting)[Symbol.dispose]();
    await settle();
    expect(stateOf("b")).toBe("sleeping");
  });
});

describe("sleep", () => {
  const soon = { sleepIdleSeconds: 0 };

  test("ends an idle engine, keeps what is known, and ends with the next request", async () => {
    const { supervisor, log, load, leased, stateOf, asleep } = setUp(1, soon);
    await load("a");
    await asleep("a");
    expect(supervisor.info(model("a"))).toMatchObject({ description: "a" });
    const awake = await leased("a");
    expect(stateOf("a")).toBe("ready");
    expect(log).toEqual(["start a", "stop a", "start a"]);
    awake[Symbol.dispose]();
  });

  test("begins without a request as well, and never under one", async () => {
    const { supervisor, ready, leased, stateOf, asleep } = setUp(2, soon);
    await leased("b");
    supervisor.preload("a");
    await ready("a");
    await asleep("a");
    expect(stateOf("b")).toBe("ready");
  });

  test("takes no room, and can be ended by unload", async () => {
    const { supervisor, load, leased, stateOf, asleep } = setUp(1, soon);
    await load("a");
    await asleep("a");
    await leased("b");
    expect([stateOf("a"), stateOf("b")]).toEqual(["sleeping", "ready"]);
    expect(() => supervisor.load("a")).toThrow("already running");
    await supervisor.unload("a");
    expect(stateOf("a")).toBe("unloaded");
  });

  test("a model may have its own patience", async () => {
    const models = [model("a", { sleepIdleSeconds: -1 }), model("b")];
    const { load, stateOf, asleep } = setUp(2, soon, models);
    await load("a");
    await load("b");
    await asleep("b");
    expect(stateOf("a")).toBe("ready");
  });

  test("counters go on over sleep, and reading them wakes nobody", async () => {
    const { supervisor, load, leased, asleep } = setUp(1, soon);
    await load("a");
    await asleep("a");
    const before = await supervisor.metrics(model("a"), never);
    expect(before).toMatchObject({ nPredicted: 10, nProcessing: 0 });
    await leased("a");
    const awake = await supervisor.metrics(model("a"), never);
    expect(awake).toMatchObject({ nPredicted: 20, nProcessing: 1 });
  });
});

describe("events", () => {
  test("tell what happens to a model, until nobody listens", async () => {
    const { supervisor, load, fail } = setUp(1);
    const seen: string[] = [];
    const end = supervisor.subscribe((event) => {
      if (event.type === "status") seen.push(`${event.model} ${event.status.state}`);
    });
    await load("a");
    await supervisor.unload("a");
    supervisor.preload("b");
    await fail("b", new AppError("model_load_failed", "no"));
    await settle();
    end();
    await load("a");
    expect(seen).toEqual(["a loading", "a ready", "a unloaded", "b loading", "b failed"]);
  });
});

describe("how long a model stays", () => {
  const expiry = (supervisor: ReturnType<typeof setUp>["supervisor"], name: string) => {
    const status = supervisor.status(supervisor.catalog.find(name));
    return status.state === "ready" ? status.expiresAt : null;
  };

  test("is told with its state, and begins anew with every request", async () => {
    const { supervisor, load } = setUp(2, { sleepIdleSeconds: 100 });
    const before = Date.now();
    await load("a");
    const first = expiry(supervisor, "a") ?? 0;
    expect(first).toBeGreaterThan(before + 100_000 - 2);
    const lease = await supervisor.acquire("a", never, { keepAliveMs: 200_000 });
    expect(expiry(supervisor, "a")).toBeGreaterThan(first + 90_000);
    lease[Symbol.dispose]();
    (await supervisor.acquire("a", never, { keepAliveMs: Infinity }))[Symbol.dispose]();
    expect(expiry(supervisor, "a")).toBe(Infinity);
  });
});
