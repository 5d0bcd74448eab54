import { expect, test } from "bun:test";
import { explained, failureText } from "../../../src/cli/backends/failure.ts";

const loader = (words: string) =>
  `ggml cannot use /b/x.so\nload_backend: failed to load x: ${words}`;
const missing = (name: string) =>
  loader(`${name}: cannot open shared object file: No such file or directory`);

test.each([
  [missing("libvulkan.so.1"), "libvulkan.so.1 is missing", "libvulkan1"],
  [missing("libcuda.so.1"), "libcuda.so.1 is missing", "libcuda1"],
  [missing("libcublas.so.13"), "libcublas.so.13 is missing", "libcublas-13-0"],
  [
    loader("/lib/libc.so.6: version `GLIBC_2.34' not found (required by x)"),
    "this system is too old for it: it needs GLIBC_2.34",
    "Debian 12",
  ],
])("%p: what is missing, and the package that has it", (reason, says, mend) => {
  expect(explained(reason)).toEqual({ says, mend: expect.stringContaining(mend) });
  expect(failureText({ path: "/b/x.so", reason })).toStartWith(`/b/x.so does not load: ${says}; `);
});

test("what nobody knows is shown as the loader says it", () => {
  expect(explained("ggml cannot use x\nx: invalid ELF header")).toEqual({
    says: "x: invalid ELF header",
    mend: null,
  });
});
