import { homedir } from "node:os";
import { join, resolve } from "node:path";

/** The checkout. */
export const root = resolve(import.meta.dir, "..");

/** The executable that `npm run build` makes. */
export const executable = join(root, "dist", "hutch");

/**
 * Where llama.cpp's source and its builds are kept: outside the checkout, so that a second clone
 * starts at once. HUTCH_BUILD_CACHE moves it.
 */
export function cacheRoot(): string {
  const own = process.env.HUTCH_BUILD_CACHE;
  if (own) return resolve(own);
  return join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "hutch-build");
}
