import { describe, expect, spyOn, test } from "bun:test";
import { AppError } from "../../src/core/errors.ts";
import type { MemorySettings } from "../../src/supervisor/memory-budget.ts";
import { processBytes } from "../../src/supervisor/memory-fit.ts";
import { model, never, settle, setUp } from "./set-up.ts";

const busy = "server busy, please try again.  maximum pending requests exceeded";
const messageOf = (error: Error) => error.message;
const mib = 1024 ** 2;
/** What the engine of a test takes. */
const each = processBytes + mib;

/** Room for so many engines, once they have been measured. */
const memoryFor = (nEngines: number): { memory: MemorySettings } => ({
  memory: {
    budgetBytes: nEngines * each,
    gpuOverheadBytes: 0,
    machine: () => ({ totalBytes: 1e12, availableBytes: 1e12 }),
  },
});

/** Models whose files nobody has seen: they need nothing until they are measured. */
const unseen = ["a", "b", "c", "d"].map((name) => model(name, { path: "" }));

describe("the queue", () => {
  test("is as long as it may be: one more is refused at once, whatever it wants", async () => {
    const { supervisor, leased, ready, log } = setUp(1, { nWaitingMax: 2 });
    const first = await leased("a");
    const waiting = ["b", "c"].map((name) => supervisor.acquire(name, never));
    for (const name of ["a", "b", "d"]) {
      const isFree = name === "a"; // its second place
      const more = supervisor.acquire(name, never);
      if (isFree) (await more)[Symbol.dispose]();
      else expect(await more.catch(messageOf)).toBe(busy);
    }
    await expect(supervisor.acquire("x", never)).rejects.toThrow("not found");
    first[Symbol.dispose]();
    await ready("b");
    (await waiting[0])?.[Symbol.dispose]();
    await ready("c");
    await waiting[1];
    expect(log).toEqual(["start a", "stop a", "start b", "stop b", "start c"]);
  });

  test("holds those that wait for a load or for a slot, too", async () => {
    const { supervisor, ready } = setUp(2, { nWaitingMax: 3 });
    const loading = [1, 2, 3].map(() => supervisor.acquire("a", never));
    expect(await supervisor.acquire("b", never).catch((e) => e.code)).toBe("overloaded");
    await ready("a");
    await Promise.all(loading); // two run, one waits in the engine
    const others = [1, 2].map(() => supervisor.acquire("b", never));
    expect(await supervisor.acquire("b", never).catch(messageOf)).toBe(busy);
    await ready("b");
    await Promise.all(others);
  });

  test("whoever leaves makes place for another", async () => {
    const { supervisor, leased } = setUp(1, { nWaitingMax: 1 });
    await leased("a");
    const client = new AbortController();
    const leaving = supervisor.acquire("b", client.signal).catch((error) => error.name);
    expect(await supervisor.acquire("c", never).catch(messageOf)).toBe(busy);
    client.abort();
    expect(await leaving).toBe("AbortError");
    const staying = supervisor.acquire("c", never).catch((error) => error.code);
    await supervisor.stop();
    expect(await staying).toBe("overloaded");
  });
});

describe("two models in turns", () => {
  test("a model that others wait for takes no more requests when its turn is over", async () => {
    const { supervisor, leased, ready, log } = setUp(1, { turns: { turnMs: 0, lingerMs: 0 } });
    const running = await leased("a");
    const other = supervisor.acquire("b", never);
    await Bun.sleep(5); // at least as long as its load took
    const late = [1, 2].map(() => supervisor.acquire("a", never));
    running[Symbol.dispose]();
    await ready("b");
    (await other)[Symbol.dispose]();
    await ready("a");
    await Promise.all(late);
    expect(log).toEqual(["start a", "stop a", "start b", "stop b", "start a"]);
  });

  test("before that it serves all who come, without a load between", async () => {
    const { supervisor, leased, ready, log } = setUp(1, { turns: { turnMs: 60_000, lingerMs: 0 } });
    const running = await leased("a");
    const other = supervisor.acquire("b", never);
    for (let i = 0; i < 5; i++) (await supervisor.acquire("a", never))[Symbol.dispose]();
    expect(log).toEqual(["start a"]);
    running[Symbol.dispose]();
    await ready("b");
    await other;
  });

  test("an engine that has just fallen idle stays a moment, in its turn", async () => {
    const { supervisor, leased, ready, log } = setUp(1, {
      turns: { turnMs: 60_000, lingerMs: 100 },
    });
    const running = await leased("a");
    const other = supervisor.acquire("b", never);
    running[Symbol.dispose]();
    await settle();
    (await supervisor.acquire("a", never))[Symbol.dispose](); // its client is back
    expect(log).toEqual(["start a"]);
    while (!log.includes("start b")) await Bun.sleep(5); // and now it is not
    await ready("b");
    await other;
    expect(log).toEqual(["start a", "stop a", "start b"]);
  });

  test("those who wait are served at the end of that moment, however the clock ticks", async () => {
    let ms = 0;
    using _clock = spyOn(performance, "now").mockImplementation(() => {
      ms += 4; // between two looks
      return ms;
    });
    const { supervisor, leased, ready, log } = setUp(1, {
      turns: { turnMs: 60_000, lingerMs: 10 },
    });
    const running = await leased("a");
    const other = supervisor.acquire("b", never);
    running[Symbol.dispose]();
    while (!log.includes("start b")) await Bun.sleep(5);
    await ready("b");
    await other;
  });

  test("who leaves the queue makes way for those behind", async () => {
    const { supervisor, leased, ready } = setUp(1, { turns: { turnMs: 0, lingerMs: 0 } });
    await leased("a"); // and goes on
    const client = new AbortController();
    const leaving = supervisor.acquire("b", client.signal).catch(() => {});
    await Bun.sleep(5); // at least as long as its load took
    const behind = supervisor.acquire("a", never);
    client.abort();
    await leaving;
    await ready("a");
    expect((await behind).model.name).toBe("a");
  });

  test("nobody overtakes those who wait, be there room for it or not", async () => {
    const { supervisor, leased, log, ready } = setUp(1);
    const running = await leased("a");
    const order: string[] = [];
    const waiting = ["b", "c", "b"].map(async (name) => {
      using _lease = await supervisor.acquire(name, never);
      order.push(name);
    });
    running[Symbol.dispose]();
    await ready("b");
    await ready("c");
    await Promise.all(waiting);
    expect(order).toEqual(["b", "b", "c"]);
    expect(log.filter((line) => line.startsWith("start"))).toHaveLength(3);
  });
});

describe("a load", () => {
  test("that nobody waits for any more is given up", async () => {
    const { supervisor, stateOf, ready, log } = setUp(1, { abandonsLoads: true });
    const clients = [new AbortController(), new AbortController()];
    const waiting = clients.map(({ signal }) =>
      supervisor.acquire("a", signal).catch((e) => e.name),
    );
    await settle();
    clients[0]?.abort();
    await settle();
    expect(stateOf("a")).toBe("loading");
    clients[1]?.abort();
    expect(await Promise.all(waiting)).toEqual(["AbortError", "AbortError"]);
    await settle();
    expect(stateOf("a")).toBe("unloaded");
    const next = supervisor.acquire("a", never);
    await ready("a");
    await next;
    expect(log).toEqual(["start a", "start a"]);
  });

  test("that was given up costs the engine before it none of its requests", async () => {
    const models = [model("a", { stopSeconds: 0 })];
    const { supervisor, leased, ready, log } = setUp(1, { abandonsLoads: true }, models);
    const running = await leased("a");
    const client = new AbortController();
    const wish = { load: { nBatch: 64 } };
    const waiting = supervisor.acquire("a", client.signal, wish).catch((e) => e.name);
    await settle();
    client.abort();
    await waiting;
    await Bun.sleep(5);
    expect(log).toEqual(["start a"]);
    const next = supervisor.acquire("a", never);
    running[Symbol.dispose]();
    await ready("a");
    await next;
    expect(log).toEqual(["start a", "stop a", "start a"]);
  });

  test("that somebody asked for goes on", async () => {
    const { supervisor, stateOf } = setUp(1, { abandonsLoads: true });
    supervisor.preload("a");
    const client = new AbortController();
    const waiting = supervisor.acquire("a", client.signal).catch((e) => e.name);
    await settle();
    client.abort();
    await waiting;
    await settle();
    expect(stateOf("a")).toBe("loading");
  });

  test("without progress ends", async () => {
    const { supervisor } = setUp(1, { loadTimeoutSeconds: 0.001 });
    const error = await supervisor.acquire("a", never).catch((e) => e);
    expect([error.code, error.message]).toEqual([
      "model_load_failed",
      'timed out waiting for "a" to load: no progress for 0.001 s',
    ]);
  });
});

describe("memory", () => {
  test("models stay beside each other as long as there is some", async () => {
    const { load, stateOf } = setUp(0, memoryFor(3), unseen);
    for (const name of ["a", "b", "c"]) await load(name);
    expect(["a", "b", "c"].map(stateOf)).toEqual(["ready", "ready", "ready"]);
  });

  test("the one unused for longest makes room, as measured", async () => {
    const { load, stateOf, log } = setUp(0, memoryFor(2), unseen);
    for (const name of ["a", "b", "a"]) await load(name);
    await load("c"); // of which nobody knows before it is there
    expect(["a", "b", "c"].map(stateOf)).toEqual(["ready", "unloaded", "ready"]);
    await load("b"); // which is known
    expect(["a", "b", "c"].map(stateOf)).toEqual(["unloaded", "ready", "ready"]);
    expect(log).toEqual(["start a", "start b", "start c", "stop b", "stop a", "start b"]);
  });

  test("while one is busy that others need, they wait", async () => {
    const { supervisor, load, leased, ready, log, stateOf } = setUp(0, memoryFor(1), unseen);
    for (const name of ["a", "b"]) await load(name);
    const lease = await leased("b");
    const waiting = supervisor.acquire("a", never);
    await settle();
    expect([stateOf("a"), log.at(-1)]).toEqual(["unloaded", "stop a"]);
    lease[Symbol.dispose]();
    await ready("a");
    expect((await waiting).model.name).toBe("a");
    expect(log.slice(-2)).toEqual(["stop b", "start a"]);
  });

  test("a load that runs short of it evicts those that are idle, and tries once more", async () => {
    const { supervisor, load, fail, ready, log } = setUp(0, memoryFor(100), unseen);
    await load("a");
    const lease = supervisor.acquire("b", never);
    await fail("b", new AppError("model_load_failed", "b: failed to allocate buffer"));
    await ready("b");
    expect((await lease).model.name).toBe("b");
    expect(log).toEqual(["start a", "start b", "stop a", "start b"]);
  });

  test("other failures cost nobody a place", async () => {
    const { supervisor, load, fail, stateOf } = setUp(0, memoryFor(100), unseen);
    await load("a");
    const lease = supervisor.acquire("b", never).catch(messageOf);
    await fail("b", new AppError("model_load_failed", "b: bad magic"));
    expect([await lease, stateOf("a")]).toEqual(["b: bad magic", "ready"]);
  });
});
