import { mkdir, readdir, rm } from "node:fs/promises";
import { dirname, join, relative } from "node:path";

/** Relative paths of all files below `folder`, sorted, so that a hash over them is stable. */
export async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
}

/** One hash over names and contents of `files`, which are relative to `folder`. */
export async function hashOf(folder: string, files: string[]): Promise<string> {
  const hasher = new Bun.CryptoHasher("sha256");
  for (const file of files) {
    const bytes = await Bun.file(join(folder, file)).bytes();
    hasher.update(`${file}\0${bytes.length}\0`).update(bytes);
  }
  return hasher.digest("hex");
}

/**
 * Makes `to` hold exactly `from`'s files. Files that are already equal keep their times, so that
 * a build rebuilds no more than it must.
 */
export async function mirror(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  const wanted = await filesBelow(from);
  for (const file of await filesBelow(to)) {
    if (!wanted.includes(file)) await rm(join(to, file));
  }
  for (const file of wanted) {
    const bytes = await Bun.file(join(from, file)).bytes();
    const target = Bun.file(join(to, file));
    if ((await target.exists()) && Buffer.from(await target.bytes()).equals(bytes)) continue;
    await mkdir(dirname(join(to, file)), { recursive: true });
    await Bun.write(target, bytes);
  }
}
