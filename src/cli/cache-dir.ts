import { mkdirSync, statSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Folders that may hold what the executable unpacks, in order of preference. A read-only home
 * leaves
 * the temporary folder, in a subfolder that only this user may write: libraries are loaded from it.
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

/** Makes `dir` for this user alone. @throws when it cannot be made, or belongs to somebody else */
export function makePrivateDir(dir: string): void {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const { uid } = statSync(dir);
  if (typeof process.getuid === "function" && uid !== process.getuid()) {
    throw new Error(`${dir} belongs to another user`);
  }
}
