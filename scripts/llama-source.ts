import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import pinned from "../native/llama-cpp.json";
import { cacheRoot } from "./paths.ts";
import { outputOf } from "./program.ts";
import { ensureGit } from "./toolchain.ts";

/** The npm that Bun fetches where none is installed. */
const npmPackage = "npm@11.19.1";

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
    const tarball = await fetchTarball(work);
    await verify(tarball);
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

async function fetchTarball(work: string): Promise<string> {
  const wanted = `${pinned.package}@${pinned.version}`;
  console.error(`hutch: fetching llama.cpp ${pinned.tag} (npm package ${wanted}, 36 MB) …`);
  const npm = Bun.which("npm");
  const runner = npm === null ? [process.execPath, "x", "--bun", npmPackage] : [npm];
  await outputOf([...runner, "pack", wanted, "--ignore-scripts", "--loglevel=error"], {
    cwd: work,
    // `npm --dry-run test` and the like must not reach this npm.
    env: { npm_config_dry_run: undefined, npm_config_json: undefined },
  });
  const name = (await readdir(work)).find((file) => file.endsWith(".tgz"));
  if (name === undefined) throw new Error(`npm pack ${wanted} left no tarball in ${work}`);
  return join(work, name);
}

/** @throws Error when the file's SHA-512 (base64) is not `expected` */
export async function verify(tarball: string, expected = pinned.sha512): Promise<void> {
  const bytes = await Bun.file(tarball).bytes();
  const found = Bun.SHA512.hash(bytes, "base64");
  if (found === expected) return;
  throw new Error(
    `${pinned.package}@${pinned.version} is not the package that native/llama-cpp.json pins:\n` +
      `  sha512 expected ${expected}\n  sha512 found    ${found}\nNothing in it was used.`,
  );
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
