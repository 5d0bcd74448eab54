import { describe, expect, test } from "bun:test";
import { engineLimits } from "../../src/core/limits.ts";
import { firstTooLarge } from "../../src/engine/media-limits.ts";

const picture = (width: number, height = width) => ({ width, height, seconds: 0 });
const sound = (minutes: number) => ({ width: 0, height: 0, seconds: 60 * minutes });

describe("what is decoded", () => {
  test("pictures of 67 megapixels, 268 together, and an hour of sound", () => {
    expect(firstTooLarge([], engineLimits)).toBeNull();
    const most = [...Array(4).fill(picture(8192)), sound(20), sound(40)];
    expect(firstTooLarge(most, engineLimits)).toBeNull();
  });

  test.each([
    [
      [picture(10), picture(30_000)],
      1,
      "is 30000 x 30000 pixels; at most 67 megapixels are decoded (--max-image-megapixels)",
    ],
    [
      Array(5).fill(picture(8192)),
      4,
      "makes 335 megapixels of pictures; at most 268 megapixels are decoded (--max-prompt-megapixels)",
    ],
    [[sound(30), sound(31)], 1, "makes 61 minutes of sound; at most 60 minutes are decoded"],
  ])("of %j, number %d is too much", (sizes, index, reason) => {
    expect(firstTooLarge(sizes, engineLimits)).toEqual({ index, reason });
  });
});
