import { statSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { join } from "node:path";
import { cacheRoot } from "./paths.ts";
import { exitCodeOf, outputOf } from "./program.ts";

/** The programs that build native code, by absolute path. */
export interface Toolchain {
  cc: string;
  cxx: string;
  cmake: string;
  /** null: CMake's default generator (Make) is used. */
  ninja: string | null;
  ccache: string | null;
}

/** What a compiler would make of the same source: part of the native build's cache key. */
export interface CompilerFacts {
  version: string;
  /** Hash of the macros that -march=native defines: two CPUs with the same features share it. */
  hostMacros: string;
}

type Tool = "C compiler" | "C++ compiler" | "CMake" | "git" | "Ninja or Make";

/** Names under which each tool is looked for; the first found is used. */
const programsOf: Record<Tool, () => string[]> = {
  "C compiler": () => [process.env.CC ?? "", "cc", "gcc", "clang"],
  "C++ compiler": () => [process.env.CXX ?? "", "c++", "g++", "clang++"],
  CMake: () => ["cmake"],
  git: () => ["git"],
  "Ninja or Make": () => ["ninja", "make"],
};

/** The package that holds each tool, for every package manager that we give advice for. */
const packageOf: Record<Tool, Record<"apt" | "dnf" | "pacman" | "brew", string>> = {
  "C compiler": { apt: "g++", dnf: "gcc-c++", pacman: "gcc", brew: "gcc" },
  "C++ compiler": { apt: "g++", dnf: "gcc-c++", pacman: "gcc", brew: "gcc" },
  CMake: { apt: "cmake", dnf: "cmake", pacman: "cmake", brew: "cmake" },
  git: { apt: "git", dnf: "git", pacman: "git", brew: "git" },
  "Ninja or Make": { apt: "ninja-build", dnf: "ninja-build", pacman: "ninja", brew: "ninja" },
};

function find(tool: Tool): string | null {
  for (const program of programsOf[tool]()) {
    const path = program === "" ? null : Bun.which(program);
    if (path !== null) return path;
  }
  return null;
}

/** Debian packages are installed without asking only where we may: as root, with apt-get there. */
export const mayInstallDebianPackages = (): boolean =>
  process.getuid?.() === 0 && Bun.which("apt-get") !== null;

/** @throws Error when apt-get fails; its own output says why */
export async function installDebianPackages(packages: string[]): Promise<void> {
  console.error(`hutch: installing Debian packages: ${packages.join(" ")} …`);
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  const install = ["apt-get", "install", "-y", "-q", "--no-install-recommends", ...packages];
  for (const command of [["apt-get", "update", "-q"], install]) {
    const code = await exitCodeOf(command, { env });
    if (code !== 0) throw new Error(`\`${command.join(" ")}\` failed (exit code ${code}).`);
  }
}

function advice(missing: Tool[]): string {
  const packages = (manager: "apt" | "dnf" | "pacman" | "brew") =>
    [...new Set(missing.map((tool) => packageOf[tool][manager]))].join(" ");
  return [
    `Missing: ${missing.join(", ")}. Install:`,
    `  Debian, Ubuntu   apt-get install ${packages("apt")}`,
    `  Fedora, RHEL     dnf install ${packages("dnf")}`,
    `  Arch             pacman -S ${packages("pacman")}`,
    `  macOS            brew install ${packages("brew")}`,
  ].join("\n");
}

/**
 * Paths of the tools, installed first where that is possible.
 * @throws Error naming the packages that hold what is missing
 */
async function ensureTools<T extends Tool>(...tools: T[]): Promise<Record<T, string>> {
  const missing = () => tools.filter((tool) => find(tool) === null);
  if (missing().length > 0 && mayInstallDebianPackages()) {
    await installDebianPackages([...new Set(missing().map((tool) => packageOf[tool].apt))]);
  }
  if (missing().length > 0) throw new Error(advice(missing()));
  return Object.fromEntries(tools.map((tool) => [tool, find(tool)])) as Record<T, string>;
}

/** git's path. @throws Error naming the packages that hold it when it is missing */
export async function ensureGit(): Promise<string> {
  return (await ensureTools("git")).git;
}

/** @throws Error naming the packages that hold what is missing */
export async function ensureToolchain(): Promise<Toolchain> {
  const found = await ensureTools("C compiler", "C++ compiler", "CMake", "git", "Ninja or Make");
  return {
    cc: found["C compiler"],
    cxx: found["C++ compiler"],
    cmake: found.CMake,
    ninja: Bun.which("ninja"),
    ccache: Bun.which("ccache"),
  };
}

/** Identifies this machine's CPU features without starting a compiler. */
async function hostCpu(): Promise<string> {
  const cpuinfo = await readFile("/proc/cpuinfo", "utf8").catch(() => "");
  const lines = cpuinfo.match(/^(model name|flags|Features|CPU implementer|CPU part)\s*:.*$/gm);
  return [...new Set(lines ?? [cpus()[0]?.model ?? ""])].join("\n");
}

/**
 * Facts about the toolchain's compilers. Asking them takes some 50 ms, so the answers are kept in
 * the cache until a compiler (path, time, size) or the CPU changes.
 */
export async function compilerFacts({ cc, cxx }: Toolchain): Promise<CompilerFacts> {
  const identity = [cc, cxx].map((path) => {
    const { mtimeMs, size } = statSync(path);
    return [path, mtimeMs, size];
  });
  const key = Bun.SHA256.hash(JSON.stringify([identity, await hostCpu()]), "hex").slice(0, 16);
  const file = join(cacheRoot(), `compiler-${key}.json`);
  const known = await readFile(file, "utf8").catch(() => null);
  if (known !== null) return JSON.parse(known) as CompilerFacts;

  const macros = await outputOf([cc, "-march=native", "-dM", "-E", "-x", "c", "/dev/null"]).catch(
    () => "", // a compiler without -march=native has no host-dependent output either
  );
  const facts: CompilerFacts = {
    version: await outputOf([cxx, "--version"]),
    hostMacros: Bun.SHA256.hash(macros, "hex"),
  };
  await mkdir(cacheRoot(), { recursive: true });
  await writeFile(file, JSON.stringify(facts));
  return facts;
}
