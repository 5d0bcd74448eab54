import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import pinned from "../native/llama-cpp.json";
import { fetchPackage } from "./npm-package.ts";
import { cacheRoot } from "./paths.ts";
import { outputOf } from "./program.ts";
import { ensureGit } from "./toolchain.ts";

/** Where llama.cpp's source tree lies once ensureSource() has been there. */
export function sourceFolder(): string {
  return join(cacheRoot(), `llama.cpp-${pinned.tag}-${pinned.commit.slice(0, 7)}`);
}

/**
 * llama.cpp's source tree at the pinned commit. It comes from the one npm package that carries it
 * as a git bundle; the package's hash is checked before anything in it is used.
 * @returns the folder, complete: it gets its name only when everything is in it
 */
export async function ensureSource(): Promise<string> {
  const folder = sourceFolder();
  if (existsSync(folder)) return folder;

  const git = await ensureGit();
  await mkdir(cacheRoot(), { recursive: true });
  const work = await mkdtemp(join(cacheRoot(), "fetching-"));
  try {
    console.error(`hutch: fetching llama.cpp ${pinned.tag} …`);
    const tarball = await fetchPackage(pinned, "native/llama-cpp.json", work);
    await outputOf(["tar", "-xzf", tarball, "-C", work, pinned.bundle]);
    const clone = await cloneBundle(git, work);
    // Somebody else may have been faster; theirs is the same.
    await rename(clone, folder).catch((error) => {
      if (!existsSync(folder)) throw error;
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return folder;
}

async function cloneBundle(git: string, work: string): Promise<string> {
  const clone = join(work, "llama.cpp");
  // Inside a git hook these would point git at our own repository.
  const env = { GIT_DIR: undefined, GIT_WORK_TREE: undefined, GIT_INDEX_FILE: undefined };
  const run = (...args: string[]) => outputOf([git, ...args], { env });
  await run("clone", "--quiet", "--no-checkout", join(work, pinned.bundle), clone);
  await run("-C", clone, "checkout", "--quiet", "--detach", pinned.commit);
  const commit = (await run("-C", clone, "rev-parse", "HEAD")).trim();
  if (commit !== pinned.commit) {
    throw new Error(`${pinned.bundle} holds commit ${commit}, expected ${pinned.commit}`);
  }
  await run("-C", clone, "remote", "remove", "origin");
  return clone;
}
