import { describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { freemem, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { machineMemory } from "../../src/core/machine-memory.ts";
import { temporaryDir } from "../support/server.ts";

/** What the machine says when its files hold this. */
function memoryWith(files: Record<string, string>) {
  using root = temporaryDir();
  for (const [path, text] of Object.entries(files)) {
    const file = join(root.path, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  return machineMemory(root.path);
}

const limited =
  (max: string, used: string, stat = "") =>
  (dir: string) => ({
    [`sys/fs/cgroup/${dir}memory.max`]: max,
    [`sys/fs/cgroup/${dir}memory.current`]: used,
    [`sys/fs/cgroup/${dir}memory.stat`]: stat,
  });

describe("the memory there is", () => {
  test("is the machine's, where nothing limits it", () => {
    const { totalBytes, availableBytes } = memoryWith({});
    expect(totalBytes).toBe(totalmem());
    expect(Math.abs((availableBytes ?? 0) - freemem())).toBeLessThan(2e9);
    const unlimited = { "proc/self/cgroup": "0::/\n", ...limited("max\n", "5\n")("") };
    expect(memoryWith(unlimited).totalBytes).toBe(totalmem());
  });

  test("in a container is its limit, less what is used and cannot be dropped", () => {
    const files = limited("1000000\n", "400000\n", "anon 1\ninactive_file 100000\nx 2\n");
    const expected = { totalBytes: 1e6, availableBytes: 7e5 };
    expect(memoryWith({ "proc/self/cgroup": "0::/\n", ...files("") })).toEqual(expected);
    // As the container's own files are at the top, whatever the group is called outside.
    expect(memoryWith({ "proc/self/cgroup": "0::/a/b\n", ...files("") })).toEqual(expected);
  });

  test("is what the narrowest of the groups around it leaves", () => {
    const files = { ...limited("900000", "0")("a/"), ...limited("max", "0")("a/b/") };
    const memory = memoryWith({ "proc/self/cgroup": "0::/a/b", ...files });
    expect(memory).toEqual({ totalBytes: 9e5, availableBytes: 9e5 });
  });

  test("is understood in the older form, too", () => {
    const dir = "sys/fs/cgroup/memory/x";
    const memory = memoryWith({
      "proc/self/cgroup": "5:cpu,cpuacct:/\n4:memory:/x\n0::/\n",
      [`${dir}/memory.limit_in_bytes`]: "500000",
      [`${dir}/memory.usage_in_bytes`]: "600000",
    });
    expect(memory).toEqual({ totalBytes: 5e5, availableBytes: 0 });
  });
});
