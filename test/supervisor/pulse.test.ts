import { describe, expect, test } from "bun:test";
import { type ProcessLook, Pulse } from "../../src/supervisor/pulse.ts";
import { lookAt } from "../../src/supervisor/watchdog.ts";

/** How many looks like `look(n)` it takes until the pulse is given up, and why. */
function looksUntilDead(pulse: Pulse, look: (n: number) => ProcessLook | null, isLoading = false) {
  for (let n = 1; n <= 1000; n++) {
    const why = pulse.beat(look(n), isLoading);
    if (why !== null) return { n, why };
  }
  return null;
}

const busy = (n: number): ProcessLook => ({ state: "R", cpuTicks: n });
const still = (): ProcessLook => ({ state: "S", cpuTicks: 7 });
const stopped = (): ProcessLook => ({ state: "T", cpuTicks: 7 });

describe("the pulse of an engine with work", () => {
  test("one that was stopped is noticed at the second look, while it loads too", () => {
    const expected = { n: 2, why: expect.stringContaining("SIGSTOP") };
    expect(looksUntilDead(new Pulse({ nSilentMax: 0 }), stopped)).toEqual(expected);
    expect(looksUntilDead(new Pulse({ nSilentMax: 0 }), stopped, true)).toEqual(expected);
  });

  test("one that a debugger holds is left alone", () => {
    const traced = () => ({ state: "t", cpuTicks: 7 });
    expect(looksUntilDead(new Pulse({ nSilentMax: 0 }), traced)).toBeNull();
  });

  test("one that sleeps and says nothing hangs", () => {
    const dead = looksUntilDead(new Pulse({ nSilentMax: 0 }), still);
    expect(dead).toEqual({ n: 21, why: expect.stringContaining("nothing for 20 s") });
  });

  test("one that sleeps while it loads, or waits for a disk, does not", () => {
    expect(looksUntilDead(new Pulse({ nSilentMax: 0 }), still, true)).toBeNull();
    const onDisk = () => ({ state: "D", cpuTicks: 7 });
    expect(looksUntilDead(new Pulse({ nSilentMax: 0 }), onDisk)).toBeNull();
  });

  test("nor does one that waits for the machines that compute for it", () => {
    expect(looksUntilDead(new Pulse({ nSilentMax: 0, hasWorkers: true }), still)).toBeNull();
    const dead = looksUntilDead(new Pulse({ nSilentMax: 300, hasWorkers: true }), still);
    expect(dead?.n).toBe(301);
  });

  test("one that answers never hangs, however little it does", () => {
    const pulse = new Pulse({ nSilentMax: 5 });
    const answering = () => {
      pulse.heard();
      return still();
    };
    expect(looksUntilDead(pulse, answering)).toBeNull();
  });

  test("a step that takes too long is one, where that is limited", () => {
    const dead = looksUntilDead(new Pulse({ nSilentMax: 300 }), busy);
    expect(dead).toEqual({ n: 301, why: expect.stringContaining("longer than 300 s") });
    expect(looksUntilDead(new Pulse({ nSilentMax: 300 }), busy, true)).toBeNull();
    expect(looksUntilDead(new Pulse({ nSilentMax: 0 }), busy)).toBeNull();
  });

  test("where the system tells nothing, the time of a step still counts", () => {
    expect(looksUntilDead(new Pulse({ nSilentMax: 3 }), () => null)?.n).toBe(4);
    expect(looksUntilDead(new Pulse({ nSilentMax: 0 }), () => null)).toBeNull();
  });
});

test("a look at a process finds its state and its processor time", () => {
  expect(lookAt(process.pid)).toEqual({
    state: expect.stringMatching(/^[RS]$/),
    cpuTicks: expect.any(Number),
  });
  expect(lookAt(2 ** 30)).toBeNull();
});
