import { existsSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { runLogged } from "./build-progress.ts";
import { withLock } from "./file-lock.ts";
import { mirror } from "./file-tree.ts";
import { ensureSource } from "./llama-source.ts";
import { nativeKeys } from "./native-key.ts";
import { collectLibraries } from "./native-libraries.ts";
import { cacheRoot, root } from "./paths.ts";
import { outputOf, runMain } from "./program.ts";
import {
  type CompilerFacts,
  compilerFacts,
  ensureGit,
  ensureToolchain,
  type Toolchain,
} from "./toolchain.ts";

export interface NativeOptions {
  /** CMake targets to build besides the libraries; programs come out in `buildDir`/bin. */
  targets?: string[];
  /** More CMake options, `-DGGML_CUDA=ON`. Those in HUTCH_CMAKE_OPTIONS come before them. */
  options?: string[];
  /** What compiles for other machines; this one's own compilers otherwise. */
  cross?: CrossTools;
}

/** Compilers and system libraries of the machines that a release is made for. */
export interface CrossTools {
  tools: Toolchain;
  facts: CompilerFacts;
  /** Folder of the system's headers and libraries. */
  sysroot: string;
  /** Options by which CMake, and `tools.cxx` itself, compile for it. */
  options: string[];
  compilerFlags: string[];
  /** Strips its libraries. */
  strip: string;
}

export interface NativeBuild {
  /** Every library that an engine loads, side by side under the names the loader asks for. */
  libDir: string;
  buildDir: string;
  /** llama.cpp's source tree. */
  sourceDir: string;
  /** Changes with every input of the libraries. */
  key: string;
}

/** `ggml` depends on every backend that is configured: all CPU variants, CUDA, Vulkan … */
const libraryTargets = ["ggml", "llama", "llama-common", "mtmd", "hutch-shim"];

/** Folders of one build in the cache. `project` is a copy of native/: it has one path always. */
interface Places {
  base: string;
  project: string;
  build: string;
  libraries: string;
}

/**
 * Builds llama.cpp's libraries and our shim, or finds them in the cache, which lies outside the
 * checkout (paths.ts). Says what it does and how far it is on standard error; when nothing is to
 * do it is silent and takes some milliseconds.
 * @throws Error with the end of the compiler's output, or naming packages that must be installed
 */
export async function buildNative(request: NativeOptions = {}): Promise<NativeBuild> {
  const targets = request.targets ?? [];
  const { cross } = request;
  const environment = (process.env.HUTCH_CMAKE_OPTIONS ?? "").split(/\s+/).filter(Boolean);
  const options = [...environment, ...(cross?.options ?? []), ...(request.options ?? [])];

  const tools = cross?.tools ?? (await ensureToolchain());
  const sourceDir = await ensureSource();
  const facts = cross?.facts ?? (await compilerFacts(tools));
  const keys = await nativeKeys(join(root, "native"), options, facts);
  const base = join(cacheRoot(), `native-${keys.build}`);
  const places: Places = {
    base,
    project: join(base, "project"),
    build: join(base, "build"),
    libraries: join(base, "lib", keys.libraries),
  };
  const result = {
    libDir: places.libraries,
    buildDir: places.build,
    sourceDir,
    key: keys.libraries,
  };
  if (existsSync(places.libraries) && targets.length === 0) return result;

  await mkdir(base, { recursive: true });
  const onWait = () => console.error("hutch: another native build is running; waiting for it …");
  await withLock(join(base, "lock.sqlite"), onWait, async () => {
    const wanted = existsSync(places.libraries) ? targets : [...libraryTargets, ...targets];
    if (wanted.length === 0) return; // somebody else built it while we waited
    await mirror(join(root, "native"), places.project);
    const copied = await nativeKeys(places.project, options, facts);
    if (copied.libraries !== keys.libraries) throw new Error("native/ was edited meanwhile: again");
    await configure(places, tools, foldersToHide(places, sourceDir, cross), options);
    await build(places, tools, wanted);
    if (!existsSync(places.libraries)) {
      await collectLibraries(join(places.build, "bin"), places.libraries, {
        compiler: [tools.cxx, ...(cross?.compilerFlags ?? [])],
        strip: cross?.strip ?? Bun.which("strip"),
      });
    }
  });
  return result;
}

/** llama.cpp's own server and benchmark, from the same source, options and compiler as ours. */
export async function buildLlamaServer(
  options: string[] = [],
): Promise<{ server: string; bench: string }> {
  const targets = ["llama-server", "llama-bench"];
  const { buildDir } = await buildNative({ targets, options });
  return { server: join(buildDir, "bin/llama-server"), bench: join(buildDir, "bin/llama-bench") };
}

/** Asserts carry __FILE__: this machine's folders must not end up in what we ship. */
function foldersToHide(
  { project }: Places,
  sourceDir: string,
  cross?: CrossTools,
): Record<"llama.cpp" | "native", string> & Record<string, string> {
  const sysroot = cross === undefined ? {} : { sysroot: cross.sysroot };
  return { "llama.cpp": sourceDir, native: project, ...sysroot };
}

async function configure(
  { base, project, build }: Places,
  { cc, cxx, cmake, ninja, ccache }: Toolchain,
  hidden: ReturnType<typeof foldersToHide>,
  options: string[],
): Promise<void> {
  const launcher = ccache === null ? [] : [`-DCMAKE_C_COMPILER_LAUNCHER=${ccache}`];
  if (ccache !== null) launcher.push(`-DCMAKE_CXX_COMPILER_LAUNCHER=${ccache}`);
  const command = [
    ...[cmake, "-S", project, "-B", build, ...(ninja === null ? [] : ["-G", "Ninja"])],
    `-DLLAMA_CPP_DIR=${hidden["llama.cpp"]}`,
    `-DCMAKE_C_COMPILER=${cc}`,
    `-DCMAKE_CXX_COMPILER=${cxx}`,
    `-DCMAKE_RUNTIME_OUTPUT_DIRECTORY=${join(build, "bin")}`,
    `-DCMAKE_LIBRARY_OUTPUT_DIRECTORY=${join(build, "bin")}`,
    "-DGGML_CCACHE=OFF", // it warns where there is none; we name the launcher ourselves
    "-DHUTCH_LLAMA_SERVER=ON", // changes no library, and spares the benchmark a build of its own
    ...launcher,
    ...options,
  ];
  // The same libraries by other means (Ninja installed since, say): CMake cannot switch in place.
  const stamp = Bun.file(join(base, "configured.json"));
  const wanted = JSON.stringify(command);
  if ((await stamp.exists()) && (await stamp.text()) === wanted) return;
  await rm(build, { recursive: true, force: true });

  // A source that was copied, or came back from a cache, looks changed to git until it looks again;
  // and ggml notes in its libraries whether it was.
  const refresh = ["update-index", "-q", "--refresh"];
  await outputOf([await ensureGit(), "-C", hidden["llama.cpp"], ...refresh]);

  const maps = Object.entries(hidden).map(([name, dir]) => `-ffile-prefix-map=${dir}=${name}`);
  const map = maps.join(" ");
  await runLogged(command, join(base, "configure.log"), "configuring llama.cpp", {
    CFLAGS: `${process.env.CFLAGS ?? ""} ${map}`.trim(),
    CXXFLAGS: `${process.env.CXXFLAGS ?? ""} ${map}`.trim(),
  });
  await Bun.write(stamp, wanted);
}

async function build(places: Places, { cmake }: Toolchain, targets: string[]): Promise<void> {
  const parallel = String(availableParallelism());
  const command = [cmake, "--build", places.build, "--parallel", parallel, "--target", ...targets];
  const log = join(places.base, "build.log");
  try {
    await runLogged(command, log, `building ${targets.join(", ")}`, {});
  } catch (error) {
    // The compiler names our files by their copies in the cache; the reader wants the originals.
    const text = error instanceof Error ? error.message : String(error);
    throw new Error(text.replaceAll(`${places.project}/`, "native/"));
  }
}

if (import.meta.main) {
  await runMain(async () => {
    const { libDir } = await buildNative({ options: process.argv.slice(2) });
    console.log(libDir);
    return 0;
  });
}
