/** A kind of machine that releases are made for. */
export interface Platform {
  /** In our file names, and in Bun's. */
  name: "x64" | "arm64";
  debian: "amd64" | "arm64";
  /** As CMake and uname call it. */
  processor: "x86_64" | "aarch64";
  triple: string;
  /** The npm package that holds Bun for it. */
  bunPackage: string;
  /** The oldest processor that it runs on, as QEMU names it, and the library for it. */
  oldest: { name: string; library: string };
}

export const platforms: readonly Platform[] = [
  {
    name: "x64",
    debian: "amd64",
    processor: "x86_64",
    triple: "x86_64-linux-gnu",
    // One executable for all: it needs SSE4.2, and finds AVX2 and more when it runs.
    bunPackage: "@oven/bun-linux-x64",
    oldest: { name: "Nehalem", library: "libggml-cpu-sse42.so" },
  },
  {
    name: "arm64",
    debian: "arm64",
    processor: "aarch64",
    triple: "aarch64-linux-gnu",
    bunPackage: "@oven/bun-linux-aarch64",
    oldest: { name: "cortex-a53", library: "libggml-cpu-armv8.0_1.so" },
  },
];

/**
 * The oldest C library that a release runs on: Debian 11's, whose headers and libraries it is
 * compiled against. Ubuntu 20.04 has it, too.
 */
export const oldestGlibc = "2.31";
