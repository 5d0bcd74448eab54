import { join } from "node:path";
import { root } from "./paths.ts";

/** Folders of test/ whose tests need more than the sources, and the group they belong to. */
const groupOfFolder = {
  ffi: "native",
  native: "native",
  "engine-native": "native",
  e2e: "e2e",
  faults: "faults",
  browser: "browser",
  tiny: "tiny",
} as const;

/**
 * "unit": needs nothing built, runs in `npm run check`. "native": HUTCH_LIBRARY_DIR names the
 * built libraries. "e2e", "faults", "browser": HUTCH_BIN names the built executable. "tiny": so it
 * does, and HUTCH_TINY_TRAINING names the folder of a training that was a smoke run.
 */
export type TestGroup = "unit" | "native" | "e2e" | "faults" | "browser" | "tiny";

/** The test files of a group, by absolute path, sorted. Every file is in exactly one group. */
export function testFiles(group: TestGroup): string[] {
  const files = [...new Bun.Glob("test/**/*.test.ts").scanSync({ cwd: root })].sort();
  return files.filter((file) => groupOf(file) === group).map((file) => join(root, file));
}

function groupOf(file: string): TestGroup {
  const folder = file.split("/")[1] ?? "";
  return Object.hasOwn(groupOfFolder, folder)
    ? groupOfFolder[folder as keyof typeof groupOfFolder]
    : "unit";
}
