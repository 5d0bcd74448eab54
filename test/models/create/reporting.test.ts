import { describe, expect, test } from "bun:test";
import { type Report, reporting } from "../../../src/models/create/reporting.ts";

const what = { status: "copying x", total: 1000 };
const never = new AbortController().signal;

/** What is reported when every report is taken at once. */
async function all(steps: AsyncGenerator<{ completed?: number }, string>) {
  const completed: (number | undefined)[] = [];
  for (;;) {
    const step = await steps.next();
    if (step.done) return { completed, result: step.value };
    completed.push(step.value.completed);
  }
}

describe("reporting a transfer", () => {
  test("begins with nothing, ends with all, and tells what came out", async () => {
    const work = async (report: Report) => {
      report(500);
      await Bun.sleep(0);
      report(1000);
      return "done";
    };
    expect(await all(reporting(what, work, never))).toEqual({
      completed: [500, 1000],
      result: "done",
    });
    const silent = reporting(what, async () => "done", never);
    expect(await all(silent)).toEqual({ completed: [0], result: "done" });
  });

  test("reports that nobody takes in time, and small steps, are left out", async () => {
    const work = async (report: Report) => {
      for (let n = 0; n <= 1000; n++) {
        report(n);
        if (n % 10 === 0) await Bun.sleep(0);
      }
      return "done";
    };
    const { completed } = await all(reporting(what, work, never));
    expect(completed.length).toBeLessThanOrEqual(101);
    expect(completed.at(-1)).toBe(1000);
  });

  test("ends the work when nobody listens any more, and waits until it has ended", async () => {
    let hasEnded = false;
    const work = async (_report: Report, signal: AbortSignal) => {
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      hasEnded = true;
      return "done";
    };
    const steps = reporting(what, work, never);
    await steps.next();
    await steps.return("");
    expect(hasEnded).toBe(true);
  });

  test("throws what the work throws", async () => {
    const work = async () => {
      throw new Error("bad luck");
    };
    await expect(all(reporting(what, work, never))).rejects.toThrow("bad luck");
  });
});
