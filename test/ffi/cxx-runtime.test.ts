import { expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cxxRuntimes } from "../../ffi/cxx-runtime.ts";
import { openNative } from "../../ffi/native.ts";

const libraryDir = process.env.HUTCH_LIBRARY_DIR ?? "";

test("the newest C++ library comes first, and ours of equals", () => {
  const dir = mkdtempSync(join(tmpdir(), "hutch-cxx-"));
  try {
    const folder = (name: string, version: string, link: boolean) => {
      mkdirSync(join(dir, name));
      writeFileSync(join(dir, name, `libstdc++.so.6.0.${version}`), "");
      if (link) symlinkSync(`libstdc++.so.6.0.${version}`, join(dir, name, "libstdc++.so.6"));
      return join(dir, name);
    };
    const own = folder("own", "28", false);
    writeFileSync(join(own, "libllama.so.0"), "");
    const same = folder("same", "28", true);
    const newer = folder("newer", "100", true);
    const older = folder("older", "9", true);
    const none = join(dir, "none");
    expect(cxxRuntimes(own, [older, same, none, newer])).toEqual([
      join(newer, "libstdc++.so.6.0.100"),
      join(own, "libstdc++.so.6.0.28"),
      join(same, "libstdc++.so.6.0.28"),
      join(older, "libstdc++.so.6.0.9"),
    ]);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});

test("one alone is loaded, and it is the newest there is", () => {
  openNative(libraryDir);
  const maps = readFileSync("/proc/self/maps", "utf8");
  const loaded = new Set(maps.match(/\S*libstdc\+\+\S*/g));
  expect([...loaded]).toHaveLength(1);
});
