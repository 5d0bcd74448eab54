import { describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { AppError } from "../../src/core/errors.ts";
import { CrashLoops } from "../../src/supervisor/crash-loops.ts";
import { temporaryDir } from "../support/server.ts";
import { model, never, settle, setUp, type TestEngine } from "./set-up.ts";

function withClock() {
  const clock = { ms: 0 };
  return { clock, loops: new CrashLoops(() => clock.ms) };
}

describe("a model that crashes", () => {
  test("twice is started again at once; three times in a row is left alone, and why is said", () => {
    const { loops } = withClock();
    const crash = () => {
      loops.add(model("a"), "GGML_ASSERT(x) failed", false);
      return loops.refusal(model("a"));
    };
    expect([crash(), crash()]).toEqual([null, null]);
    const refusal = crash();
    expect([refusal?.code, refusal?.status, refusal?.retryAfterSeconds, refusal?.message]).toEqual([
      "crash_loop",
      503,
      5,
      'model "a" has crashed 3 times in a row and is left alone for 5 s: GGML_ASSERT(x) failed',
    ]);
    expect(loops.refusal(model("b"))).toBeNull();
  });

  test("is left alone twice as long after each further crash, five minutes at most", () => {
    const { clock, loops } = withClock();
    const waits: (number | undefined)[] = [];
    for (let i = 0; i < 12; i++) {
      loops.add(model("a"), "x", false);
      const seconds = loops.refusal(model("a"))?.retryAfterSeconds;
      waits.push(seconds);
      clock.ms += (seconds ?? 0) * 1000;
      expect(loops.refusal(model("a"))).toBeNull();
    }
    expect(waits.slice(2)).toEqual([5, 10, 20, 40, 80, 160, 300, 300, 300, 300]);
  });

  test("after it has answered something, or long ago, is no loop", () => {
    const { clock, loops } = withClock();
    for (let i = 0; i < 5; i++) loops.add(model("a"), "x", true);
    expect(loops.refusal(model("a"))).toBeNull();
    loops.add(model("a"), "x", false);
    clock.ms += 601_000;
    for (let i = 0; i < 2; i++) loops.add(model("a"), "x", false);
    expect(loops.refusal(model("a"))).toBeNull();
  });
});

test("a model whose file was mended is no longer the one that crashed", () => {
  using dir = temporaryDir();
  const path = join(dir.path, "a.gguf");
  const mmprojPath = join(dir.path, "mmproj.gguf");
  writeFileSync(path, "broken");
  const a = { ...model("a"), path, mmprojPath };
  const { loops } = withClock();
  for (let i = 0; i < 3; i++) loops.add(a, "x", false);
  expect(loops.refusal(a)?.code).toBe("crash_loop");
  writeFileSync(path, "as it should be");
  expect(loops.refusal(a)).toBeNull();
  for (let i = 0; i < 3; i++) loops.add(a, "x", false);
  expect(loops.refusal(a)?.code).toBe("crash_loop");
  writeFileSync(mmprojPath, "a projector");
  expect(loops.refusal(a)).toBeNull();
});

describe("the supervisor", () => {
  const crash = async (engine: TestEngine | undefined, nAnswered: number) => {
    if (!engine) throw new Error("no engine");
    const error = new AppError("engine_crashed", "the engine ended (SIGABRT)");
    const rest = { phase: "running", ranMs: 1, requests: [], lines: [] } as const;
    engine.crashed = { model: model("a"), error, nAnswered, ...rest, requests: [], lines: [] };
    engine.crash();
    await settle();
  };

  test("refuses requests for a model in a crash loop, and no others", async () => {
    const { supervisor, load, engines, stateOf } = setUp();
    for (let i = 0; i < 3; i++) {
      await load("a");
      await crash(engines.get("a"), 0);
    }
    expect(supervisor.acquire("a", never)).rejects.toMatchObject({
      code: "crash_loop",
      message: expect.stringContaining("the engine ended (SIGABRT)"),
    });
    expect(stateOf("a")).toBe("failed");
    await load("b");
    supervisor.forgetLoads(); // its files may be others now
    await load("a");
  });

  test("goes on with a model whose engines answer before they crash", async () => {
    const { load, engines } = setUp();
    for (let i = 0; i < 5; i++) {
      await load("a");
      await crash(engines.get("a"), 1);
    }
    await load("a");
  });

  test("counts no crashes from before an engine that ended as it should", async () => {
    const { supervisor, load, engines } = setUp();
    for (let i = 0; i < 5; i++) {
      await load("a");
      await crash(engines.get("a"), 0);
      await load("a");
      await supervisor.unload("a");
    }
    await load("a");
  });

  test("counts crashes while loading, but no model that says why it cannot be loaded", async () => {
    const { supervisor, fail, stateOf } = setUp();
    const attempt = async (cause: unknown) => {
      const lease = supervisor.acquire("a", never).catch((error: AppError) => error.code);
      await fail("a", new AppError("model_load_failed", "a.gguf", { cause }));
      return lease;
    };
    for (let i = 0; i < 4; i++) expect(await attempt(undefined)).toBe("model_load_failed");
    const killed = new AppError("engine_crashed", "SIGKILL");
    for (let i = 0; i < 3; i++) expect(await attempt(killed)).toBe("model_load_failed");
    expect(supervisor.acquire("a", never)).rejects.toMatchObject({ code: "crash_loop" });
    expect(stateOf("a")).toBe("failed");
  });
});
