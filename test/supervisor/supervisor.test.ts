import { describe, expect, test } from "bun:test";
import { AppError } from "../../src/core/errors.ts";
import type { Engine } from "../../src/core/generate.ts";
import { Catalog, type Model } from "../../src/models/catalog.ts";
import { type RunningEngine, Supervisor } from "../../src/supervisor/supervisor.ts";

const model = (name: string): Model => ({ name, path: name, sizeBytes: 0, modifiedAt: 0 });
const never = new AbortController().signal;

/** Engines that load, crash and stop when the test says so; `log` tells what happened. */
function setUp(nEnginesMax = 2) {
  const log: string[] = [];
  const starts = new Map<string, PromiseWithResolvers<RunningEngine>>();
  const engineOf = (name: string) => {
    const gone = Promise.withResolvers<void>();
    return {
      info: { description: name } as Engine["info"],
      generate: () => {
        throw new Error("not in this test");
      },
      exited: gone.promise,
      async stop() {
        log.push(`stop ${name}`);
        gone.resolve();
      },
      crash: () => gone.resolve(),
    };
  };
  const engines = new Map<string, ReturnType<typeof engineOf>>();
  const start = (m: Model) => {
    log.push(`start ${m.name}`);
    const starting = Promise.withResolvers<RunningEngine>();
    starts.set(m.name, starting);
    return starting.promise;
  };
  const ready = async (name: string) => {
    await Bun.sleep(0); // evictions come before the start
    const engine = engineOf(name);
    engines.set(name, engine);
    starts.get(name)?.resolve(engine);
  };
  const fail = async (name: string, error: AppError) => {
    await Bun.sleep(0);
    starts.get(name)?.reject(error);
  };
  const catalog = new Catalog([model("a"), model("b"), model("c")]);
  return { supervisor: new Supervisor(catalog, start, nEnginesMax), log, fail, engines, ready };
}

describe("Supervisor", () => {
  test("many requests for a model that loads start it once", async () => {
    const { supervisor, log, ready } = setUp();
    const leases = Promise.all([1, 2, 3].map(() => supervisor.acquire("a", never)));
    ready("a");
    expect((await leases).map((lease) => lease.model.name)).toEqual(["a", "a", "a"]);
    expect(log).toEqual(["start a"]);
  });

  test("no name means the default model; an unknown one is a 404 that lists what there is", async () => {
    const { supervisor, ready } = setUp();
    const lease = supervisor.acquire(undefined, never);
    ready("a");
    expect((await lease).model.name).toBe("a");
    const error = await supervisor.acquire("zzz", never).catch((e) => e);
    expect([error.status, error.message]).toEqual([
      404,
      'model "zzz" not found; this server has "a", "b", "c"',
    ]);
  });

  test("evicts an idle engine for another model, and waits for a busy one", async () => {
    const { supervisor, log, ready } = setUp(1);
    const first = supervisor.acquire("a", never);
    ready("a");
    const lease = await first;
    const second = supervisor.acquire("b", never);
    await Bun.sleep(0);
    expect(log).toEqual(["start a"]);
    lease[Symbol.dispose]();
    lease[Symbol.dispose](); // twice is once
    await Bun.sleep(0);
    expect(log).toEqual(["start a", "stop a", "start b"]);
    ready("b");
    expect((await second).model.name).toBe("b");
  });

  test("a client that hangs up in the queue never triggers a load", async () => {
    const { supervisor, log, ready } = setUp(1);
    const first = supervisor.acquire("a", never);
    ready("a");
    const lease = await first;
    const client = new AbortController();
    const second = supervisor.acquire("b", client.signal).catch((error) => error);
    client.abort();
    expect((await second).name).toBe("AbortError");
    lease[Symbol.dispose]();
    await Bun.sleep(0);
    expect(log).toEqual(["start a"]);
  });

  test("a failed load reaches everybody who waits; the next request tries again", async () => {
    const { supervisor, log, fail, ready } = setUp();
    const waiting = [1, 2].map(() => supervisor.acquire("a", never).catch((error) => error));
    await fail("a", new AppError("model_load_failed", "bad magic"));
    expect((await Promise.all(waiting)).map((error) => error.message)).toEqual([
      "bad magic",
      "bad magic",
    ]);
    expect(supervisor.status(supervisor.catalog.default)).toMatchObject({ state: "failed" });
    const again = supervisor.acquire("a", never);
    ready("a");
    await again;
    expect(log).toEqual(["start a", "start a"]);
  });

  test("after a crash the next request gets a fresh engine", async () => {
    const { supervisor, engines, log, ready } = setUp();
    const first = supervisor.acquire("a", never);
    ready("a");
    using _lease = await first;
    engines.get("a")?.crash();
    await Bun.sleep(0);
    expect(supervisor.status(supervisor.catalog.default)).toEqual({ state: "unloaded" });
    const next = supervisor.acquire("a", never);
    ready("a");
    await next;
    expect(log).toEqual(["start a", "start a"]);
  });

  test("preload does not throw; stop ends every engine and refuses new work", async () => {
    const { supervisor, log, fail, ready } = setUp();
    supervisor.preload();
    expect(supervisor.status(supervisor.catalog.default)).toEqual({
      state: "loading",
      fraction: 0,
    });
    await ready("a");
    supervisor.preload("b");
    await fail("b", new AppError("model_load_failed", "no"));
    await supervisor.stop();
    expect(log).toContain("stop a");
    const error = await supervisor.acquire("a", never).catch((e) => e);
    expect(error.code).toBe("overloaded");
  });
});
