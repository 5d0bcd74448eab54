import { describe, expect, test } from "bun:test";
import { longRunning, prompt, setUp, sizes } from "../support/scheduling.ts";
import { SimulatedRunner } from "../support/simulated-runner.ts";

const wait = { queueSeconds: 1, ms: 200 };

describe("a request that may not wait for long", () => {
  test("is refused when its slot does not come, and those that wait longer are not", () => {
    const s = setUp(undefined, { nParallel: 1 });
    s.scheduler.add(s.runner.request(0, longRunning(), { nPredict: 20 }));
    s.scheduler.add(s.runner.request(1, prompt(4, 10), {}, { wait }));
    s.scheduler.add(s.runner.request(2, prompt(5, 10)));
    s.scheduler.step();
    s.clock.ms += 800; // it had waited for 200 before
    s.scheduler.step();
    expect(s.errors.size).toBe(0);
    s.clock.ms += 1;
    s.scheduler.step();
    const message = "no turn within 1 s (the server's --max-queue-wait), try again later";
    expect(s.errors.get(1)).toMatchObject({ code: "overloaded", message });
    s.run();
    expect([...s.completions.keys()].sort()).toEqual([0, 2]);
  });

  test("is not refused once it runs, even if it loses its place", () => {
    const s = setUp(new SimulatedRunner({ ...sizes, nCells: 60 }));
    for (const id of [0, 1, 2]) {
      s.scheduler.add(s.runner.request(id, longRunning(), { nPredict: 40 }, { wait }));
    }
    s.scheduler.step();
    s.clock.ms += 10_000;
    s.run();
    expect([...s.completions.keys(), ...s.errors.keys()].sort()).toEqual([0, 1, 2]);
    expect(s.completions.has(0)).toBe(true);
  });
});
