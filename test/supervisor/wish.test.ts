import { describe, expect, test } from "bun:test";
import { AppError } from "../../src/core/errors.ts";
import type { LoadOptions } from "../../src/core/load.ts";
import type { Lease } from "../../src/supervisor/supervisor.ts";
import { model, never, settle, setUp } from "./set-up.ts";

const noMemory = new AppError("model_load_failed", "no memory");
const nCtxOf = ({ engine }: Lease) => engine.info.nCtxSeq;

describe("a wish for longer sequences", () => {
  test("loads the model anew when its requests are done, and not before", async () => {
    const { supervisor, log, leased, ready, stateOf } = setUp(1);
    const busy = await leased("a");
    const long = supervisor.acquire("a", never, { nCtx: 3000 });
    const silent = supervisor.acquire("a", never);
    await settle();
    expect([stateOf("a"), log]).toEqual(["loading", ["start a"]]);
    busy[Symbol.dispose]();
    await ready("a");
    expect((await Promise.all([long, silent])).map(nCtxOf)).toEqual([3000, 3000]);
    expect(log).toEqual(["start a", "stop a", "start a 3000"]);
  });

  test("changes nothing where there is enough, be it all that the model was trained for", async () => {
    const models = [model("a"), model("b", { load: { nCtxSeq: 8000 } })];
    const { supervisor, log, load } = setUp(2, {}, models);
    await load("a");
    await load("b");
    expect(nCtxOf(await supervisor.acquire("a", never, { nCtx: 1000 }))).toBe(1000);
    expect(nCtxOf(await supervisor.acquire("b", never, { nCtx: 9000 }))).toBe(8000);
    expect(log).toEqual(["start a", "start b 8000"]);
  });

  test("is part of the first load", async () => {
    const { supervisor, log, ready } = setUp(1);
    const long = supervisor.acquire("a", never, { nCtx: 3000 });
    await ready("a");
    expect(nCtxOf(await long)).toBe(3000);
    expect(log).toEqual(["start a 3000"]);
  });

  test("does not count on what a model of that name was before it was unloaded", async () => {
    const { supervisor, log, load, ready } = setUp(1, {}, [model("a", { load: { nCtxSeq: 500 } })]);
    await load("a");
    await supervisor.unload("a");
    supervisor.catalog.replaceAll([model("a", { load: { nCtxSeq: 6000 } })]);
    const long = supervisor.acquire("a", never, { nCtx: 3000 });
    await ready("a");
    expect(nCtxOf(await long)).toBe(6000);
    expect(log).toEqual(["start a 500", "stop a", "start a 6000 3000"]);
  });

  test("of several that wait, the largest wins", async () => {
    const { supervisor, log, leased, ready } = setUp(1);
    const busy = await leased("a");
    const waiting = [2000, 5000, 3000].map((nCtx) => supervisor.acquire("a", never, { nCtx }));
    busy[Symbol.dispose]();
    await ready("a");
    expect((await Promise.all(waiting)).map(nCtxOf)).toEqual([5000, 5000, 5000]);
    expect(log).toEqual(["start a", "stop a", "start a 5000"]);
  });

  test("that cannot be had fails alone; the others get what they would have had", async () => {
    const { supervisor, log, leased, ready, fail } = setUp(1);
    const busy = await leased("a");
    const long = supervisor.acquire("a", never, { nCtx: 3000 }).catch((error) => error.message);
    const silent = supervisor.acquire("a", never);
    busy[Symbol.dispose]();
    await fail("a", noMemory);
    expect(await long).toBe("no memory");
    await ready("a");
    expect(nCtxOf(await silent)).toBe(1000);
    expect(log).toEqual(["start a", "stop a", "start a 3000", "start a"]);
  });

  test("that the engine could not fulfil is not tried again", async () => {
    const models = [model("a", { load: { nCtxSeq: 500 } })];
    const { supervisor, log, load, engines, ready } = setUp(1, {}, models);
    await load("a");
    const first = supervisor.acquire("a", never, { nCtx: 3000 });
    await ready("a");
    Object.assign(engines.get("a")?.info ?? {}, { nCtxSeq: 2000 });
    const second = supervisor.acquire("a", never, { nCtx: 3000 });
    expect((await Promise.all([first, second])).map(nCtxOf)).toEqual([2000, 2000]);
    expect(log).toEqual(["start a 500", "stop a", "start a 500 3000"]);
  });

  test("waits for room like every other request", async () => {
    const { supervisor, log, load, leased, ready } = setUp(1);
    await load("a");
    const busy = await leased("b");
    const long = supervisor.acquire("a", never, { nCtx: 3000 });
    const longer = supervisor.acquire("a", never, { nCtx: 4000 });
    busy[Symbol.dispose]();
    await ready("a");
    expect((await Promise.all([long, longer])).map(nCtxOf)).toEqual([4000, 4000]);
    expect(log.slice(2)).toEqual(["start b", "stop b", "start a 4000"]);
  });

  test("keeps nobody else waiting: the old engine's place is the new one's", async () => {
    const { supervisor, log, leased, ready } = setUp(2);
    const busy = await leased("a");
    const long = supervisor.acquire("a", never, { nCtx: 3000 });
    (await leased("b"))[Symbol.dispose]();
    expect(log).toEqual(["start a", "start b"]);
    busy[Symbol.dispose]();
    await ready("a");
    expect(nCtxOf(await long)).toBe(3000);
  });

  test("unload ends both, the one that is still in use after the model's patience", async () => {
    const { supervisor, log, leased } = setUp(1, {}, [model("a", { stopSeconds: 0 })]);
    await leased("a");
    const long = supervisor.acquire("a", never, { nCtx: 3000 }).catch((error) => error.message);
    await settle();
    await supervisor.unload("a");
    expect([await long, log]).toEqual(['model "a" was unloaded', ["start a", "stop a"]]);
  });

  test("the end of the server does not wait for the requests of the old engine", async () => {
    const { supervisor, log, leased } = setUp(1);
    await leased("a");
    const long = supervisor.acquire("a", never, { nCtx: 3000 }).catch((error) => error.code);
    await settle();
    await supervisor.stop();
    expect([await long, log]).toEqual(["overloaded", ["start a", "stop a"]]);
  });
});

describe("a wish to stay", () => {
  const soon = { sleepIdleSeconds: 0 };

  test("for no time ends the engine as soon as it is idle", async () => {
    const { supervisor, load, stateOf, asleep } = setUp();
    await load("a");
    const [one, other] = await Promise.all([
      supervisor.acquire("a", never, { keepAliveMs: 0 }),
      supervisor.acquire("a", never),
    ]);
    one[Symbol.dispose]();
    await settle();
    expect(stateOf("a")).toBe("ready");
    other[Symbol.dispose]();
    await asleep("a");
  });

  test("for no time is not what the next request gets, however soon it comes", async () => {
    const { supervisor, load, leased, stateOf } = setUp();
    await load("a");
    (await supervisor.acquire("a", never, { keepAliveMs: 0 }))[Symbol.dispose]();
    expect(stateOf("a")).toBe("sleeping");
    const next = supervisor.acquire("a", never);
    await settle();
    (await leased("a"))[Symbol.dispose]();
    (await next)[Symbol.dispose]();
    await Bun.sleep(5);
    expect(stateOf("a")).toBe("ready");
  });

  test("for ever holds over the server's habit, until another request says otherwise", async () => {
    const { supervisor, leased, ready, stateOf, asleep, load } = setUp(2, soon);
    const first = supervisor.acquire("a", never, { keepAliveMs: Number.POSITIVE_INFINITY });
    await ready("a");
    (await first)[Symbol.dispose]();
    (await supervisor.acquire("a", never))[Symbol.dispose]();
    await load("b");
    await asleep("b"); // by when it would have ended as well
    expect(stateOf("a")).toBe("ready");
    (await supervisor.acquire("a", never, { keepAliveMs: 0 }))[Symbol.dispose]();
    await asleep("a");
    (await leased("a"))[Symbol.dispose]();
    await asleep("a"); // a new engine knows nothing of it
  });

  test("of longer than a timer counts is for ever", async () => {
    const { supervisor, ready, stateOf, asleep, load } = setUp(2, soon);
    const first = supervisor.acquire("a", never, { keepAliveMs: 2 ** 31 });
    await ready("a");
    (await first)[Symbol.dispose]();
    await load("b");
    await asleep("b");
    expect(stateOf("a")).toBe("ready");
  });
});

describe("a wish for options of loading", () => {
  const told = (load: object) =>
    Object.values(load)
      .map((value) => JSON.stringify(value))
      .join(" ");

  test("loads the model anew when it was loaded otherwise, and not before its requests are done", async () => {
    const { supervisor, log, leased, ready } = setUp(1);
    const busy = await leased("a");
    const wish = supervisor.acquire("a", never, { load: { nBatch: 64 } });
    await settle();
    expect(log).toEqual(["start a"]);
    busy[Symbol.dispose]();
    await ready("a");
    expect((await wish).engine.info.nBatch).toBe(64);
    expect(log).toEqual(["start a", "stop a", "start a 64"]);
  });

  test.each<[string, LoadOptions]>([
    ["what it came to be", { nBatch: 512 }],
    ["llama.cpp's habit", { model: { load_mode: "mmap" }, context: { type_k: "f16" } }],
    ["what changes nothing without a GPU", { model: { n_gpu_layers: 0, main_gpu: 3 } }],
    ["nothing", { nBatch: undefined }],
  ])("changes nothing for %s", async (_, load) => {
    const { supervisor, log, load: loaded } = setUp(1);
    await loaded("a");
    await supervisor.acquire("a", never, { load });
    expect(log).toEqual(["start a"]);
  });

  test("a request without wishes, or with the same, takes what is there", async () => {
    const { supervisor, log, ready } = setUp(1);
    const wish = { load: { nBatch: 64, threads: { n_threads: 1 } } };
    const first = supervisor.acquire("a", never, wish);
    await ready("a");
    (await first)[Symbol.dispose]();
    for (const again of [{}, wish, { nCtx: 500 }]) {
      (await supervisor.acquire("a", never, again))[Symbol.dispose]();
    }
    expect(log).toEqual([`start a ${told(wish.load)}`]);
  });

  test("counts over the model's own and the server's", async () => {
    const models = [model("a", { load: { nBatch: 32 } })];
    const { supervisor, log, load, ready } = setUp(1, { load: { nUbatch: 16 } }, models);
    await load("a");
    (await supervisor.acquire("a", never, { load: { nBatch: 32 } }))[Symbol.dispose]();
    (await supervisor.acquire("a", never, { load: { nUbatch: 16 } }))[Symbol.dispose]();
    const other = supervisor.acquire("a", never, { load: { nBatch: 64 } });
    await ready("a");
    await other;
    expect(log).toEqual(["start a 32", "stop a", "start a 64"]);
  });

  test("is kept beside the next one, so that two clients do not load in turns", async () => {
    const { supervisor, log, ready } = setUp(1);
    const wishes = [{ load: { nBatch: 64 } }, { nCtx: 3000 }, { load: { nBatch: 64 } }];
    for (const wish of wishes) {
      const lease = supervisor.acquire("a", never, wish);
      await ready("a");
      (await lease)[Symbol.dispose]();
    }
    expect(log).toEqual(["start a 64", "stop a", "start a 64 3000"]);
  });

  test("of two that contradict each other, the later waits for the first to be done", async () => {
    const { supervisor, log, ready } = setUp(1);
    const first = supervisor.acquire("a", never, { load: { nBatch: 64 } });
    const second = supervisor.acquire("a", never, { load: { nBatch: 128 } });
    await ready("a");
    const lease = await first;
    await settle();
    expect(log).toEqual(["start a 64"]);
    lease[Symbol.dispose]();
    await ready("a");
    expect((await second).engine.info.nBatch).toBe(128);
    expect(log).toEqual(["start a 64", "stop a", "start a 128"]);
  });

  test("that cannot be had fails alone", async () => {
    const { supervisor, log, leased, ready, fail } = setUp(1);
    const busy = await leased("a");
    const wish = supervisor.acquire("a", never, { load: { nBatch: 64 } }).catch((e) => e.message);
    const silent = supervisor.acquire("a", never);
    busy[Symbol.dispose]();
    await fail("a", noMemory);
    expect(await wish).toBe("no memory");
    await ready("a");
    expect((await silent).engine.info.nBatch).toBe(512);
    expect(log).toEqual(["start a", "stop a", "start a 64", "start a"]);
  });
});
