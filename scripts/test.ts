import { join } from "node:path";
import { buildExecutable } from "./build.ts";
import { ensurePython, findKit, runSuite } from "./conformance/kit.ts";
import { buildNative, type NativeBuild } from "./native.ts";
import { executable, root } from "./paths.ts";
import { runMain } from "./program.ts";
import { checkSources } from "./source-checks.ts";
import { Stages } from "./stages.ts";
import { temporaryFolder } from "./temporary-folder.ts";
import { testFiles } from "./test-files.ts";
import { ensurePython as ensureTrainingPython } from "./tiny-python.ts";
import { installDebianPackages, mayInstallDebianPackages } from "./toolchain.ts";
import { ensureVulkan } from "./vulkan.ts";

/** A test that starts the executable may wait for a model to load on a busy machine. */
const e2eTimeoutMs = 120_000;

/** Of llama-server's own tests: together under a minute. */
const fastPart = {
  tests: ["completion", "ctx_shift", "embedding", "infill", "lora", "rerank", "slot_save"].map(
    (topic) => `unit/test_${topic}.py`,
  ),
  port: 18_500,
};

/** Everything: what the sources can be held to, then each thing we build, by its tests. */
await runMain(async () => {
  process.chdir(root);
  const stages = new Stages();
  await checkSources(stages);
  const native = await stages.check("native libraries, shim-test and grammar-test", () =>
    buildNative({ targets: ["shim-test", "grammar-test"] }),
  );
  await testNative(stages, native);
  const built = native !== null && (await stages.check("dist/hutch", buildExecutable)) !== null;
  if (native === null) stages.fail("dist/hutch: not built, because the native build failed");
  await testExecutable(stages, built);
  await testTraining(stages, built);
  await testConformance(stages, native, built);
  return stages.finish();
});

async function testNative(stages: Stages, native: NativeBuild | null): Promise<void> {
  if (native === null) {
    stages.fail("shim-test: not run, because the native build failed");
    stages.fail("native tests: not run, because the native build failed");
    return;
  }
  const { libDir, buildDir } = native;
  const models = ["assets/tiny-text.gguf", "assets/tiny-mmproj.gguf"];
  // The library path makes it load the stripped set that we ship, not the build's own.
  await stages.program(
    "the shim's C test (shim-test)",
    [join(buildDir, "bin/shim-test"), libDir, ...models.map((model) => join(root, model))],
    { LD_LIBRARY_PATH: libDir },
  );
  await testGrammars(stages, native);
  await stages.tests({
    name: "tests of the native layer (bun test)",
    files: testFiles("native"),
    env: { HUTCH_LIBRARY_DIR: libDir },
    timeoutMs: e2eTimeoutMs,
  });
}

/** Our grammars and samplers beside llama.cpp's own. */
async function testGrammars(
  stages: Stages,
  { libDir, buildDir, sourceDir }: NativeBuild,
): Promise<void> {
  const program = join(buildDir, "bin/grammar-test");
  const tiny = join(root, "assets/tiny-text.gguf");
  const vocabulary = join(sourceDir, "models/ggml-vocab-llama-spm.gguf");
  const env = { HUTCH_LIBRARY_DIR: libDir };
  await stages.program("grammars beside llama.cpp's", [program, tiny, vocabulary], env);
  await stages.program("samplers beside llama-common's", [program, "--sample", tiny], env);
}

async function testExecutable(stages: Stages, built: boolean): Promise<void> {
  const groups = ["e2e", "faults", "browser"] as const;
  for (const group of groups) {
    const name = `tests of dist/hutch, ${group} (bun test)`;
    if (!built) {
      stages.fail(`${name}: not run, because dist/hutch was not built`);
      continue;
    }
    const env: Record<string, string> = { HUTCH_BIN: executable };
    if (group === "e2e") {
      await ensureDebian("tmux");
      const vulkan = await ensureVulkan().catch((error: Error) => error);
      if (vulkan instanceof Error) stages.skip(`${name}, a GPU by Vulkan: ${vulkan.message}`);
      else env.HUTCH_VULKAN_PACKAGE = vulkan;
    }
    if (group === "e2e" && (await found(["docker-registry"], "docker-registry")) === null) {
      stages.skip(`${name}, Docker's registry: it is not here, and could not be installed`);
    }
    if (group === "browser") {
      const chromium = await found(["chromium", "chromium-browser"], "chromium");
      if (chromium === null) {
        stages.skip(`${name}: no Chromium here, and it could not be installed`);
        continue;
      }
      env.HUTCH_CHROMIUM = chromium;
    }
    await stages.tests({ name, files: testFiles(group), env, timeoutMs: e2eTimeoutMs });
  }
}

/** That the tiny model can be made anew: its parts, and all of them together in small. */
async function testTraining(stages: Stages, built: boolean): Promise<void> {
  const name = "the tiny model's training, a smoke run";
  const python = await ensureTrainingPython().catch((error: Error) => error);
  if (python instanceof Error) {
    stages.skip(`${name}: ${python.message.replace(/\s+/g, " ")}`);
    return;
  }
  const script = (path: string) => join(root, path);
  await stages.reported(`${name}: its parts (unittest)`, [python, script("test/tiny/run.py")]);
  await using folder = await temporaryFolder("training");
  const folders = ["--work", join(folder.path, "work"), "--out", folder.path];
  const train = [process.execPath, script("scripts/tiny-train.ts"), "--smoke", ...folders];
  const isTrained = await stages.program(name, train);
  const tests = `${name}: what it made (bun test)`;
  if (!isTrained || !built) {
    stages.fail(`${tests}: not run, because ${built ? "it failed" : "dist/hutch was not built"}`);
  } else {
    const env = { HUTCH_BIN: executable, HUTCH_TINY_TRAINING: folder.path, HUTCH_PYTHON: python };
    await stages.tests({ name: tests, files: testFiles("tiny"), env, timeoutMs: e2eTimeoutMs });
  }
}

/** llama-server's own tests, those that take seconds; `npm run conformance:llamacpp` runs all. */
async function testConformance(
  stages: Stages,
  native: NativeBuild | null,
  built: boolean,
): Promise<void> {
  const name = "llama-server's own tests against dist/hutch, a fast part";
  const kit = findKit();
  if (kit === null) {
    stages.skip(`${name}: the kit is not beside the checkout (HUTCH_CONFORMANCE_KIT names it)`);
  } else if (native === null || !built) {
    stages.fail(`${name}: not run, because dist/hutch was not built`);
  } else {
    const { sourceDir } = native;
    const cases = await stages.check(name, async () => {
      await ensurePython();
      return runSuite({ kit, sourceDir, program: executable, ...fastPart });
    });
    stages.cases(name, cases ?? []);
  }
}

/** Programs without which some tests skip themselves, installed where that is possible. */
async function ensureDebian(...packages: string[]): Promise<void> {
  const missing = packages.filter((name) => Bun.which(name) === null);
  if (missing.length === 0 || !mayInstallDebianPackages()) return;
  await installDebianPackages(missing).catch((error) => console.log(String(error)));
}

/** The program's path, installed first where that is possible; null where there is none. */
async function found(names: string[], debianPackage: string): Promise<string | null> {
  const find = () => names.map((name) => Bun.which(name)).find((path) => path !== null) ?? null;
  if (find() === null && mayInstallDebianPackages()) {
    await installDebianPackages([debianPackage]).catch((error) => console.log(String(error)));
  }
  return find();
}
