import type { MediaSize } from "../../ffi/media.ts";

/**
 * Largest picture that is decoded, and the largest that a prompt's pictures are together, pixels: a
 * pixel takes up to 12 bytes meanwhile, and a few kB of a file may promise thousands of millions.
 */
const pixelsMax = 2 ** 26;
const pixelsTogetherMax = 2 ** 28;
/** Longest sound, and the most that a prompt's sounds last together: a minute takes 4 MB. */
const secondsMax = 60 * 60;

/** The first of a prompt's files that is more than is decoded, and why; null: none is. */
export function firstTooLarge(
  sizes: readonly MediaSize[],
): { index: number; reason: string } | null {
  let nPixels = 0;
  let nSeconds = 0;
  for (const [index, { width, height, seconds }] of sizes.entries()) {
    nPixels += width * height;
    nSeconds += seconds;
    if (width * height > pixelsMax) {
      const size = `${width} x ${height} pixels`;
      return { index, reason: `is ${size}; at most ${megapixels(pixelsMax)} are decoded` };
    }
    if (nPixels > pixelsTogetherMax) {
      const size = megapixels(nPixels);
      const most = megapixels(pixelsTogetherMax);
      return { index, reason: `makes ${size} of pictures; at most ${most} are decoded` };
    }
    if (nSeconds > secondsMax) {
      const minutes = Math.ceil(nSeconds / 60);
      const most = `${secondsMax / 60} minutes`;
      return { index, reason: `makes ${minutes} minutes of sound; at most ${most} are decoded` };
    }
  }
  return null;
}

function megapixels(nPixels: number): string {
  return `${Math.floor(nPixels / 1e6)} megapixels`;
}
