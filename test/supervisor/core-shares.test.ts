import { describe, expect, test } from "bun:test";
import { CoreShares } from "../../src/supervisor/core-shares.ts";

function sharer() {
  const told: number[] = [];
  return { told, share: (nSharers: number) => void told.push(nSharers) };
}

describe("CoreShares", () => {
  test("tells an engine that computes alone nothing", () => {
    const shares = new CoreShares();
    const one = sharer();
    shares.enter(one);
    shares.enter(one);
    shares.leave(one);
    shares.enter(one);
    expect(one.told).toEqual([]);
  });

  test("tells all that compute when one comes, and when one goes", () => {
    const shares = new CoreShares();
    const [one, two, three] = [sharer(), sharer(), sharer()];
    shares.enter(one);
    shares.enter(two);
    shares.enter(three);
    shares.leave(one);
    shares.leave(two);
    expect(one.told).toEqual([2, 3]);
    expect(two.told).toEqual([2, 3, 2]);
    expect(three.told).toEqual([3, 2, 1]);
  });

  test("tells one that comes back what has changed meanwhile", () => {
    const shares = new CoreShares();
    const [one, two] = [sharer(), sharer()];
    shares.enter(one);
    shares.enter(two);
    shares.leave(one);
    shares.leave(two);
    shares.enter(one);
    expect(one.told).toEqual([2, 1]);
  });
});
