import { existsSync } from "node:fs";
import { lstat, mkdir, mkdtemp, readdir, readlink, rename, rm, symlink } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import { cacheRoot } from "../paths.ts";
import { outputOf } from "../program.ts";
import pinned from "./debian-packages.json";
import type { Platform } from "./platforms.ts";

/** A Debian package, by its place below a mirror. */
interface DebianPackage {
  package: string;
  version: string;
  file: string;
  sha256: string;
}

export const debianPackages = ({ debian }: Platform): DebianPackage[] => pinned.packages[debian];

/**
 * The headers and libraries of the oldest Debian that releases run on, for one kind of machine:
 * its packages, each checked by its hash, unpacked side by side.
 * @returns the folder, complete: it gets its name only when everything is in it
 */
export async function ensureSysroot(platform: Platform): Promise<string> {
  const packages = debianPackages(platform);
  const id = Bun.SHA256.hash(JSON.stringify(packages), "hex").slice(0, 12);
  const folder = join(cacheRoot(), `${pinned.suite}-${platform.debian}-${id}`);
  if (existsSync(folder)) return folder;

  console.error(`hutch: unpacking Debian's ${pinned.suite} packages for ${platform.name} …`);
  await mkdir(cacheRoot(), { recursive: true });
  const mirror = await debianMirror();
  const work = await mkdtemp(join(cacheRoot(), "fetching-"));
  try {
    const tree = join(work, "tree");
    await mkdir(tree);
    for (const wanted of packages) {
      const file = join(work, basename(wanted.file));
      await Bun.write(file, await fetchPackage(mirror, wanted));
      await outputOf(["dpkg-deb", "-x", file, tree]);
    }
    await makeLinksRelative(tree, tree);
    await placeOpenMp(tree, platform);
    await rename(tree, folder).catch((error) => {
      if (!existsSync(folder)) throw error; // somebody else may have been faster
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return folder;
}

/** @throws Error when it is not there, or not what was pinned */
async function fetchPackage(mirror: string, { file, sha256 }: DebianPackage): Promise<Uint8Array> {
  const response = await fetch(`${mirror}/${file}`);
  if (!response.ok) {
    throw new Error(
      `${mirror}/${file}: ${response.status}. Old releases of Debian move to its archive: ` +
        "HUTCH_DEBIAN_MIRROR names another mirror.",
    );
  }
  const bytes = await response.bytes();
  const found = Bun.SHA256.hash(bytes, "hex");
  if (found === sha256) return bytes;
  throw new Error(
    `${mirror}/${file} is not what scripts/release/debian-packages.json pins:\n` +
      `  sha256 expected ${sha256}\n  sha256 found    ${found}`,
  );
}

/** The mirror that HUTCH_DEBIAN_MIRROR names, or else this machine's own. */
export async function debianMirror(): Promise<string> {
  const own = process.env.HUTCH_DEBIAN_MIRROR;
  if (own) return own.replace(/\/$/, "");
  const fields = ["Created-By: Packages", "Origin: Debian", "Label: Debian"];
  const targets = ["apt-get", "indextargets", "--format", "$(REPO_URI)", ...fields];
  const lines = await outputOf(targets).catch(() => "");
  const [first] = lines.split("\n").filter((line) => /^https?:/.test(line));
  if (first !== undefined) return first.replace(/\/$/, "");
  throw new Error("apt-get knows no mirror of Debian: HUTCH_DEBIAN_MIRROR must name one.");
}

/** Links such as libm.so → /lib/…/libm.so.6 would lead out of the tree. */
async function makeLinksRelative(folder: string, tree: string): Promise<void> {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isSymbolicLink()) continue;
    const path = join(entry.parentPath, entry.name);
    const target = await readlink(path);
    if (target.startsWith("/")) await replaceLink(join(tree, target), path);
  }
}

/** Debian keeps LLVM's OpenMP where only its own clang looks. */
async function placeOpenMp(tree: string, { triple }: Platform): Promise<void> {
  const llvm = join(tree, "usr/lib/llvm-11");
  await replaceLink(join(llvm, "include/openmp/omp.h"), join(tree, "usr/include/omp.h"));
  await replaceLink(join(llvm, "lib/libomp.so.5"), join(tree, "usr/lib", triple, "libomp.so"));
}

async function replaceLink(target: string, path: string): Promise<void> {
  if (await lstat(path).catch(() => null)) await rm(path);
  await symlink(relative(dirname(path), target), path);
}
