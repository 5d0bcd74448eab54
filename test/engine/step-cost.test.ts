import { describe, expect, test } from "bun:test";
import { StepCost } from "../../src/engine/step-cost.ts";

/** As measured with 0.5 B parameters on 2 cores, milliseconds. */
const curve: [number, number][] = [
  [1, 18],
  [4, 50],
  [8, 75],
  [64, 355],
];

function measured(points = curve, nTimes = 20) {
  const cost = new StepCost();
  for (let i = 0; i < nTimes; i++) for (const [n, ms] of points) cost.observe(n, ms);
  return cost;
}

/** Whether `a` is `b`, give or take a part of it. */
function expectAbout(a: number, b: number, part = 0.05) {
  expect(a).toBeGreaterThan(b * (1 - part));
  expect(a).toBeLessThan(b * (1 + part));
}

describe("the cost of a step", () => {
  test("is guessed until it was measured", () => {
    const cost = new StepCost();
    expect(cost.isUnknown).toBe(true);
    expect(cost.msOf(5) / cost.msOf(1)).toBe(2);
    cost.observe(2, 10);
    expect(cost.isUnknown).toBe(false);
    expect([cost.msOf(1), cost.msOf(2), cost.msOf(6)]).toEqual([8, 10, 18]);
  });

  test("is what was measured, and between it a line with steps of four rows", () => {
    const cost = measured();
    for (const [n, ms] of curve) expectAbout(cost.msOf(n), ms);
    expectAbout(cost.msOf(6), 62.5);
    expectAbout(cost.msOf(36), 235);
    expect(cost.msOf(9)).toBe(cost.msOf(12));
    expectAbout(cost.msOf(127), 18 + (126 * (355 - 18)) / 63);
  });

  test("goes on as it went, beyond what was measured", () => {
    const cost = measured([
      [1, 10],
      [4, 13],
    ]);
    expectAbout(cost.msOf(32), 41);
  });

  test("is no more than half of the first row's for a row that is far from all measured", () => {
    const cost = measured([
      [1, 10],
      [2, 28],
    ]);
    expectAbout(cost.msOf(4), 38);
    expectAbout(cost.msOf(32), 28 + 30 * 5);
  });

  test("is no less for more rows than were ever measured", () => {
    const cost = measured([
      [1, 10],
      [4, 9],
    ]);
    expect(cost.msOf(31)).toBeGreaterThan(9);
  });

  test("a step that was held up changes little", () => {
    const cost = measured();
    cost.observe(4, 5000);
    expectAbout(cost.msOf(4), 50, 0.35);
    expectAbout(cost.msOf(1), 18, 0.25);
    for (let i = 0; i < 10; i++) for (const [n, ms] of curve) cost.observe(n, ms);
    expectAbout(cost.msOf(4), 50);
  });

  test("follows a machine that is slower for all, seen with one number of rows", () => {
    const cost = measured();
    for (let i = 0; i < 20; i++) cost.observe(1, 36);
    expectAbout(cost.msOf(1), 36);
    expect(cost.msOf(8)).toBeGreaterThan(75 * 1.5);
  });

  test("forgets what was not measured for long", () => {
    const cost = measured([[1, 10]], 5);
    cost.observe(8, 90);
    expect(cost.msOf(8)).toBeGreaterThan(28);
    for (let i = 0; i < 400; i++) cost.observe(1, 10);
    expectAbout(cost.msOf(8), 27.5);
  });

  test("time that stands still costs nothing, and breaks nothing", () => {
    const cost = measured([
      [1, 0],
      [8, 0],
    ]);
    expectAbout(cost.msOf(32), cost.msOf(1));
  });
});
