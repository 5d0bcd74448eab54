import { copyFile, mkdir, mkdtemp, readdir, realpath, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { outputOf } from "./program.ts";

/** Sets of libraries kept beside a build: the newest, and some that may still be running. */
const nSetsKept = 4;

/** What an engine loads. llama-server's and llama-bench's own libraries lie in the same folder. */
const ours = /^lib(ggml[\w.-]*|llama|llama-common|mtmd|hutch-shim)\.so(\.\d+)?$/;

/**
 * The compiler's own run-time libraries. An empty machine may lack them, or have older ones. The
 * C library itself is never taken along: it belongs to the machine's kernel and loader.
 */
const compilerRuntime = /^lib(stdc\+\+|gcc_s|gomp|omp|atomic|quadmath)\.so(\.\d+)?$/;

/** What the libraries were made with. */
export interface LibraryTools {
  /** The C++ compiler, and the flags that say for which machine. */
  compiler: string[];
  /** null: there is none. */
  strip: string | null;
}

/** Makes the folder `to` with all libraries that Hutch loads, side by side, stripped. */
export async function collectLibraries(
  bin: string,
  to: string,
  { compiler, strip }: LibraryTools,
): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  const work = await mkdtemp(join(dirname(to), "collecting-"));
  try {
    for (const name of await loadedNames(bin)) {
      await copyFile(await realpath(join(bin, name)), join(work, name));
    }
    await copyCompilerRuntime(work, compiler);
    const paths = (await readdir(work)).map((name) => join(work, name));
    if (strip !== null) await outputOf([strip, "--strip-unneeded", ...paths]);
    await rename(work, to);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  await removeOldSets(dirname(to), basename(to));
}

/** Names by which the loader asks for the libraries in `bin`: the DT_SONAME where there is one. */
async function loadedNames(bin: string): Promise<string[]> {
  const entries = (await readdir(bin, { withFileTypes: true })).filter((entry) =>
    ours.test(entry.name),
  );
  // CMake makes libx.so → libx.so.0 → libx.so.0.1.2, and a plain libx.so without a version.
  const isLoaded = (name: string, isLink: boolean) => /\.so\.\d+$/.test(name) || !isLink;
  return entries
    .filter((entry) => isLoaded(entry.name, entry.isSymbolicLink()))
    .map((entry) => entry.name);
}

async function copyCompilerRuntime(folder: string, compiler: string[]): Promise<void> {
  const queue = await readdir(folder);
  const seen = new Set(queue);
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    const dynamic = await outputOf(["readelf", "-d", join(folder, name)]);
    for (const [, needed] of dynamic.matchAll(/\(NEEDED\).*\[(.+)\]/g)) {
      if (needed === undefined || seen.has(needed) || !compilerRuntime.test(needed)) continue;
      seen.add(needed);
      const path = (await outputOf([...compiler, `-print-file-name=${needed}`])).trim();
      if (path === needed) continue; // not the compiler's: it prints the bare name back
      const file = await realpath(path);
      const name = unpackedName(needed, basename(file));
      await copyFile(file, join(folder, name));
      queue.push(name);
    }
  }
}

/**
 * The C++ library keeps the version in its name, libstdc++.so.6.0.28, by which the loader finds
 * none: ffi/cxx-runtime.ts loads it, or the system's if that is newer.
 */
const unpackedName = (needed: string, file: string) =>
  needed.startsWith("libstdc++") && /\.so\.6\.0\.\d+$/.test(file) ? file : needed;

async function removeOldSets(folder: string, newest: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name !== newest);
  const sets = await Promise.all(
    names.map(async (name) => ({ name, time: (await stat(join(folder, name))).mtimeMs })),
  );
  sets.sort((a, b) => b.time - a.time);
  for (const { name } of sets.slice(nSetsKept - 1)) {
    await rm(join(folder, name), { recursive: true, force: true });
  }
}
