import type { MediaSize } from "../../ffi/media.ts";
import type { EngineLimits } from "../core/limits.ts";

/** Longest sound, and the most that a prompt's sounds last together: a minute takes 4 MB. */
const secondsMax = 60 * 60;

/** The first of a prompt's files that is more than is decoded, and why; null: none is. */
export function firstTooLarge(
  sizes: readonly MediaSize[],
  { imagePixels, promptPixels }: Pick<EngineLimits, "imagePixels" | "promptPixels">,
): { index: number; reason: string } | null {
  let nPixels = 0;
  let nSeconds = 0;
  for (const [index, { width, height, seconds }] of sizes.entries()) {
    nPixels += width * height;
    nSeconds += seconds;
    if (width * height > imagePixels) {
      const most = `${megapixels(imagePixels)} are decoded (--max-image-megapixels)`;
      return { index, reason: `is ${width} x ${height} pixels; at most ${most}` };
    }
    if (nPixels > promptPixels) {
      const most = `${megapixels(promptPixels)} are decoded (--max-prompt-megapixels)`;
      return { index, reason: `makes ${megapixels(nPixels)} of pictures; at most ${most}` };
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
