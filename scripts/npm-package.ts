import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { outputOf } from "./program.ts";

/** The npm that Bun fetches where none is installed. */
const npmPackage = "npm@11.19.1";

/** A package of npm's whose bytes are known: `sha512` is that of its file, base64. */
export interface PinnedPackage {
  package: string;
  version: string;
  sha512: string;
}

/**
 * Fetches a package without installing it.
 * @param pinnedBy the file that says what it must be
 * @param folder where it comes to lie: one without another package
 * @returns its path
 * @throws Error when npm fails, or has another package of this name and version
 */
export async function fetchPackage(
  wanted: PinnedPackage,
  pinnedBy: string,
  folder: string,
): Promise<string> {
  const name = `${wanted.package}@${wanted.version}`;
  const npm = Bun.which("npm");
  const runner = npm === null ? [process.execPath, "x", "--bun", npmPackage] : [npm];
  await outputOf([...runner, "pack", name, "--ignore-scripts", "--loglevel=error"], {
    cwd: folder,
    // `npm --dry-run test` and the like must not reach this npm.
    env: { npm_config_dry_run: undefined, npm_config_json: undefined },
  });
  const file = (await readdir(folder)).find((entry) => entry.endsWith(".tgz"));
  if (file === undefined) throw new Error(`npm pack ${name} left no tarball in ${folder}`);
  const tarball = join(folder, file);
  await verify(tarball, wanted, pinnedBy);
  return tarball;
}

/** @throws Error when the file's hash is not the one that is pinned */
export async function verify(
  tarball: string,
  wanted: PinnedPackage,
  pinnedBy: string,
): Promise<void> {
  const found = Bun.SHA512.hash(await Bun.file(tarball).bytes(), "base64");
  if (found === wanted.sha512) return;
  throw new Error(
    `${wanted.package}@${wanted.version} is not the package that ${pinnedBy} pins:\n` +
      `  sha512 expected ${wanted.sha512}\n  sha512 found    ${found}\nNothing in it was used.`,
  );
}
