import { dlopen } from "bun:ffi";
import { readdirSync, realpathSync } from "node:fs";
import { basename, join } from "node:path";

/** libstdc++ with its version in its name, as every system installs it. */
const versioned = /^libstdc\+\+\.so\.6\.0\.(\d+)$/;

/** bun:ffi opens nothing without a symbol. */
const anySymbolOf = {
  // void * __cxa_get_globals(void)
  cxx: { __cxa_get_globals: { args: [], returns: "ptr" } },
  // _Unwind_Ptr _Unwind_GetIP(struct _Unwind_Context * context)
  gcc: { _Unwind_GetIP: { args: ["ptr"], returns: "ptr" } },
} as const;

/** Where Linux systems keep libraries of this kind of machine. */
function systemDirs(): string[] {
  const triple = process.arch === "arm64" ? "aarch64-linux-gnu" : "x86_64-linux-gnu";
  return [`/usr/lib/${triple}`, "/usr/lib64", "/usr/lib"];
}

/**
 * C++ run-time libraries, the newest first: the one in `dir`, which travels with us, and those of
 * `systems`. Newer ones can do whatever older ones can.
 */
export function cxxRuntimes(dir: string, systems: string[]): string[] {
  const own = readdirSync(dir).map((name) => join(dir, name));
  const theirs = systems.flatMap((system) => {
    try {
      return [realpathSync(join(system, "libstdc++.so.6"))];
    } catch {
      return []; // it has none
    }
  });
  const minor = (path: string) => Number(versioned.exec(basename(path))?.[1] ?? -1);
  const found = [...new Set([...own, ...theirs])].filter((path) => minor(path) >= 0);
  return found.sort((a, b) => minor(b) - minor(a)); // stable: of equals, ours
}

/**
 * Loads the newest C++ run-time library for all that is loaded later. There can be only one in a
 * process, and drivers of graphics processors, which come from the system, need one as new as its.
 */
export function loadCxxRuntime(dir: string): void {
  for (const path of cxxRuntimes(dir, systemDirs())) {
    try {
      // What it is built upon: the system's is found by the loader, ours by nobody but us.
      if (path === join(dir, basename(path))) dlopen(join(dir, "libgcc_s.so.1"), anySymbolOf.gcc);
      dlopen(path, anySymbolOf.cxx);
      return;
    } catch {
      // For another kind of processor: some systems have both in the same place.
    }
  }
}
