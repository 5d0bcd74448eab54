import { expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { elfFaults, glibcOf, readElf } from "../../scripts/release/elf.ts";

const libraryDir = process.env.HUTCH_LIBRARY_DIR ?? "";

test("the libraries need nothing but each other and the C library", async () => {
  const files = await Promise.all(
    readdirSync(libraryDir).map((name) => readElf(join(libraryDir, name))),
  );
  expect(files.map(({ name }) => name)).toContain("libllama.so.0");
  // They were compiled for this machine: whatever its C library is, it will do.
  const glibc = glibcOf(files);
  expect(glibc).toMatch(/^2\.\d+$/);
  expect(elfFaults(files, glibc)).toEqual([]);
  expect(elfFaults(files, "2.0")).not.toEqual([]);
  const alone = files.filter(({ name }) => !name.startsWith("libggml-base.so"));
  expect(elfFaults(alone, glibc)).toContainEqual(expect.stringContaining("libggml-base.so"));
});
