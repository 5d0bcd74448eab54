import { describe, expect, test } from "bun:test";
import { elfFaults, glibcOf, parseReadelf } from "../../scripts/release/elf.ts";
import { parseReleaseOptions } from "../../scripts/release/options.ts";
import { oldestGlibc, platforms } from "../../scripts/release/platforms.ts";
import { debianPackages } from "../../scripts/release/sysroot.ts";

describe("npm run release", () => {
  const names = (args: string[]) => {
    const options = parseReleaseOptions(args, {});
    return options === "help" ? options : options.platforms.map(({ name }) => name);
  };

  test("makes both, or those that are named, and runs them unless told not to", () => {
    expect(names([])).toEqual(["x64", "arm64"]);
    expect(names(["--target", "arm64", "--target", "arm64"])).toEqual(["arm64"]);
    expect(names(["--help"])).toBe("help");
    expect(parseReleaseOptions([], {})).toMatchObject({ run: true });
    expect(parseReleaseOptions(["--no-run"], {})).toMatchObject({ run: false });
  });

  test("refuses what it does not know, and flags that would make another file of it", () => {
    expect(() => names(["--target", "riscv"])).toThrow("riscv: it must be x64 or arm64");
    expect(() => names(["--fast"])).toThrow("--fast");
    expect(() => parseReleaseOptions([], { CFLAGS: "-O3" })).toThrow("CFLAGS is set");
    expect(parseReleaseOptions([], { CFLAGS: "" })).toBeObject();
  });
});

test("both kinds of machine have the same packages of Debian, pinned by hash", () => {
  const [x64, arm64] = platforms.map(debianPackages);
  const named = (list = x64) => list?.map((item) => [item.package, item.version]);
  expect(named(arm64)).toEqual(named(x64));
  expect(named(x64)).toContainEqual(["libc6-dev", expect.stringContaining(`${oldestGlibc}-`)]);
  for (const { file, sha256 } of [...(x64 ?? []), ...(arm64 ?? [])]) {
    expect([file, sha256]).toEqual([
      expect.stringMatching(/^pool\/main\/.+_(amd64|arm64)\.deb$/),
      expect.stringMatching(/^[0-9a-f]{64}$/),
    ]);
  }
});

/** As readelf of binutils writes it. */
const text = `
Dynamic section at offset 0x1d98 contains 27 entries:
  Tag        Type                         Name/Value
 0x0000000000000001 (NEEDED)             Shared library: [libours.so.1]
 0x0000000000000001 (NEEDED)             Shared library: [libc.so.6]
 0x000000000000000e (SONAME)             Library soname: [libx.so.0]
 0x000000000000001d (RUNPATH)            Library runpath: [$ORIGIN]

Version definition section '.gnu.version_d' contains 2 entries:
 Addr: 0x0000000000000520  Offset: 0x000520  Link: 6 (.dynstr)
  000000: Rev: 1  Flags: BASE  Index: 1  Cnt: 1  Name: libx.so.0
  0x001c: Rev: 1  Flags: none  Index: 2  Cnt: 1  Name: X_1.0

Version needs section '.gnu.version_r' contains 2 entries:
 Addr: 0x0000000000000560  Offset: 0x000560  Link: 6 (.dynstr)
  000000: Version: 1  File: libours.so.1  Cnt: 1
  0x0010:   Name: OURS_2.0  Flags: none  Version: 5
  0x0020: Version: 1  File: libc.so.6  Cnt: 2
  0x0030:   Name: GLIBC_2.4  Flags: none  Version: 4
  0x0040:   Name: GLIBC_2.31  Flags: none  Version: 3
`;

describe("what a library needs", () => {
  const library = parseReadelf("libx.so.0.1", text);
  const ours = { name: "libours.so.1", needed: [], wanted: [], offered: ["OURS_2.0"] };

  test("is read from readelf", () => {
    expect(library).toEqual({
      name: "libx.so.0",
      needed: ["libours.so.1", "libc.so.6"],
      wanted: [
        { library: "libours.so.1", version: "OURS_2.0" },
        { library: "libc.so.6", version: "GLIBC_2.4" },
        { library: "libc.so.6", version: "GLIBC_2.31" },
      ],
      offered: ["X_1.0"],
    });
    expect(glibcOf([library, ours])).toBe("2.31");
    expect(glibcOf([ours])).toBe("0");
  });

  test("must be there: in the C library, of the version that is promised, or among ours", () => {
    expect(elfFaults([library, ours], "2.31")).toEqual([]);
    expect(elfFaults([library, ours], "2.9")).toEqual(["libx.so.0 needs glibc 2.31, not 2.9"]);
    expect(elfFaults([library], "2.31")).toEqual([
      "libx.so.0 needs libours.so.1, which is not among them",
      "libx.so.0 needs OURS_2.0 of libours.so.1",
    ]);
    expect(elfFaults([library, { ...ours, offered: ["OURS_1.0"] }], "2.31")).toEqual([
      "libx.so.0 needs OURS_2.0 of libours.so.1",
    ]);
    const secret = { library: "libc.so.6", version: "GLIBC_PRIVATE" };
    expect(elfFaults([{ ...ours, wanted: [secret] }], "2.31")).toEqual([
      "libours.so.1 needs GLIBC_PRIVATE of libc.so.6",
    ]);
  });
});
