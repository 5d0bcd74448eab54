import { join } from "node:path";
import type { CrossTools } from "../native.ts";
import { outputOf } from "../program.ts";
import { ensureToolchain, installDebianPackages, mayInstallDebianPackages } from "../toolchain.ts";
import type { Platform } from "./platforms.ts";
import { debianPackages, ensureSysroot } from "./sysroot.ts";

/** One version for every release, so that they are the same wherever they are made. */
const llvm = "19";

/** Programs that a release is made with, and the Debian package of each. */
const packageOf = {
  [`clang-${llvm}`]: `clang-${llvm}`,
  [`clang++-${llvm}`]: `clang-${llvm}`,
  [`ld.lld-${llvm}`]: `lld-${llvm}`,
  [`llvm-strip-${llvm}`]: `llvm-${llvm}`,
  readelf: "binutils",
  "dpkg-deb": "dpkg",
};

/**
 * Installs what is missing where that is possible.
 * @param packages program → the Debian package that holds it
 * @throws Error naming the packages
 */
export async function ensurePrograms(packages: Record<string, string>): Promise<void> {
  const missing = () =>
    [...new Set(Object.keys(packages).filter((name) => Bun.which(name) === null))].map(
      (name) => packages[name] ?? name,
    );
  if (missing().length > 0 && mayInstallDebianPackages()) await installDebianPackages(missing());
  if (missing().length === 0) return;
  const names = [...new Set(missing())].join(" ");
  throw new Error(`A release is made on Debian 12 or later, with: apt-get install ${names}`);
}

/**
 * The same compiler for every kind of machine, against the headers and libraries of the oldest
 * Debian that we promise to run on.
 */
export async function crossTools(platform: Platform): Promise<CrossTools> {
  await ensurePrograms(packageOf);
  const { cmake, ninja, ccache } = await ensureToolchain();
  const sysroot = await ensureSysroot(platform);
  const [cc, cxx, strip] = [`clang-${llvm}`, `clang++-${llvm}`, `llvm-strip-${llvm}`].map(
    (name) => Bun.which(name) ?? name,
  ) as [string, string, string];
  return {
    tools: { cc, cxx, cmake, ninja, ccache },
    facts: {
      version: await outputOf([cxx, "--version"]),
      // Not this machine's: the release has a library for each kind of processor.
      hostMacros: JSON.stringify(debianPackages(platform)),
    },
    sysroot,
    strip,
    compilerFlags: [`--target=${platform.triple}`, `--sysroot=${sysroot}`],
    options: cmakeOptions(platform, sysroot),
  };
}

function cmakeOptions({ processor, triple }: Platform, sysroot: string): string[] {
  const both = (option: (language: string) => string) => ["C", "CXX"].map(option);
  const kinds = ["EXE", "SHARED", "MODULE"];
  return [
    "-DCMAKE_SYSTEM_NAME=Linux",
    `-DCMAKE_SYSTEM_PROCESSOR=${processor}`,
    `-DCMAKE_SYSROOT=${sysroot}`,
    ...both((language) => `-DCMAKE_${language}_COMPILER_TARGET=${triple}`),
    ...kinds.map((kind) => `-DCMAKE_${kind}_LINKER_FLAGS=-fuse-ld=lld`),
    ...["LIBRARY", "INCLUDE", "PACKAGE"].map((what) => `-DCMAKE_FIND_ROOT_PATH_MODE_${what}=ONLY`),
    "-DCMAKE_FIND_ROOT_PATH_MODE_PROGRAM=NEVER",
    ...both((language) => `-DOpenMP_${language}_FLAGS=-fopenmp=libomp`),
    ...both((language) => `-DOpenMP_${language}_LIB_NAMES=omp`),
    `-DOpenMP_omp_LIBRARY=${join(sysroot, "usr/lib/llvm-11/lib/libomp.so.5")}`,
    "-DGGML_CPU_ALL_VARIANTS=ON",
  ];
}
