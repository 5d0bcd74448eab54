import { mkdirSync, statSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Folders that may hold what the executable unpacks, in order of preference. A read-only home
 * leaves the temporary folder, in a subfolder that only this user may write: libraries are loaded
 * from it.
 */
export function cacheDirs(env: Record<string, string | undefined>): string[] {
  if (env.HUTCH_CACHE) return [env.HUTCH_CACHE];
  const home = env.XDG_CACHE_HOME ? [env.XDG_CACHE_HOME] : safeHome();
  const user = typeof process.getuid === "function" ? process.getuid() : "user";
  return [...home.map((dir) => nest(dir, env)), join(tmpdir(), `hutch-${user}`)];
}

function nest(dir: string, env: Record<string, string | undefined>): string {
  return env.XDG_CACHE_HOME ? join(dir, "hutch") : join(dir, ".cache", "hutch");
}

function safeHome(): string[] {
  const home = homedir();
  return home === "" || home === "/" ? [] : [home];
}

/** Mode bits: others may write; and only owners may remove or rename what lies in it. */
const othersWrite = 0o002;
const sticky = 0o1000;

/**
 * Makes `dir`, for this user alone where it is new. Libraries are loaded from it, so nobody else
 * may be able to put others in their place.
 * @throws Error when it cannot be made, or another user could change what lies in it
 */
export function makePrivateDir(dir: string): void {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  checkPrivateDir(dir);
}

/** @throws Error when another user could change what lies in `dir`, or it is not there */
export function checkPrivateDir(dir: string): void {
  const { uid, mode } = statSync(dir);
  const user = process.getuid?.();
  if (user === undefined) return; // Windows has no such owners
  if (uid !== user && uid !== 0) throw new Error(`${dir} belongs to another user`);
  if ((mode & othersWrite) !== 0 && (mode & sticky) === 0) {
    throw new Error(`${dir} can be changed by every user`);
  }
}
