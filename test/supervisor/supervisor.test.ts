import { describe, expect, test } from "bun:test";
import { AppError } from "../../src/core/errors.ts";
import { never, settle, setUp } from "./set-up.ts";

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
      'model "zzz" not found; this server has "a", "b", "c", "d"',
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

describe("a full server", () => {
  test("serves models in order of arrival", async () => {
    const { supervisor, log, leased, ready } = setUp(1);
    const busy = await leased("a");
    const order: string[] = [];
    const wait = (name: string) =>
      supervisor.acquire(name, never).then((lease) => {
        order.push(name);
        lease[Symbol.dispose]();
      });
    const waiting = [wait("b"), wait("c"), wait("b"), wait("d")];
    busy[Symbol.dispose]();
    for (const name of ["b", "c", "d"]) await ready(name);
    await Promise.all(waiting);
    expect(order).toEqual(["b", "b", "c", "d"]);
    expect(log.filter((line) => line.startsWith("start"))).toEqual([
      "start a",
      "start b",
      "start c",
      "start d",
    ]);
  });

  test("gives up one model for many requests of another, the one unused for longest", async () => {
    const { supervisor, log, leased, load, ready } = setUp(2);
    const busy = await leased("a");
    await load("b");
    const waiting = [1, 2, 3].map(() => supervisor.acquire("c", never));
    await ready("c");
    for (const lease of await Promise.all(waiting)) lease[Symbol.dispose]();
    busy[Symbol.dispose]();
    await settle();
    expect(log).toEqual(["start a", "start b", "stop b", "start c"]);
  });

  test("a client that leaves costs no model its place, nor another client its turn", async () => {
    const { supervisor, log, leased, ready } = setUp(1);
    const busy = await leased("a");
    const client = new AbortController();
    const leaving = supervisor.acquire("b", client.signal).catch((error) => error.name);
    const staying = supervisor.acquire("c", never);
    client.abort();
    expect(await leaving).toBe("AbortError");
    await settle();
    expect(log).toEqual(["start a"]);
    busy[Symbol.dispose]();
    await ready("c");
    expect((await staying).model.name).toBe("c");
    expect(log).toEqual(["start a", "stop a", "start c"]);
  });

  test("two requests that find the same idle model are both served", async () => {
    const { supervisor, load, ready } = setUp(1);
    await load("a");
    const first = supervisor.acquire("b", never);
    const second = supervisor.acquire("c", never);
    await ready("b");
    (await first)[Symbol.dispose]();
    await ready("c");
    expect((await second).model.name).toBe("c");
  });

  test("a model that has waited is not evicted before its requests have it", async () => {
    const { supervisor, leased, ready, stateOf } = setUp(1);
    const busy = await leased("a");
    const first = supervisor.acquire("b", never);
    const second = supervisor.acquire("c", never);
    busy[Symbol.dispose]();
    await ready("b");
    const lease = await first;
    expect([stateOf("b"), stateOf("c")]).toEqual(["ready", "unloaded"]);
    lease[Symbol.dispose]();
    await ready("c");
    await second;
  });

  test("0 means any number of engines", async () => {
    const { load, stateOf } = setUp(0);
    for (const name of ["a", "b", "c"]) await load(name);
    expect(["a", "b", "c"].map(stateOf)).toEqual(["ready", "ready", "ready"]);
  });

  test("whoever waits when it stops is told", async () => {
    const { supervisor, leased } = setUp(1);
    await leased("a");
    const waiting = supervisor.acquire("b", never).catch((error) => error.code);
    await supervisor.stop();
    expect(await waiting).toBe("overloaded");
  });
});
