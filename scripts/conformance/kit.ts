import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseJunit, type TestCase } from "../junit.ts";
import { cacheRoot, root } from "../paths.ts";
import { exitCodeOf } from "../program.ts";
import { temporaryFolder } from "../temporary-folder.ts";
import { installDebianPackages, mayInstallDebianPackages } from "../toolchain.ts";

/** Where the kit lies unless HUTCH_CONFORMANCE_KIT says otherwise: beside the checkout. */
const kitBesideCheckout = "../shared/conformance/llama-server";

/** Debian's packages of what the kit's Python imports. */
const packages = {
  pytest: "python3-pytest",
  requests: "python3-requests",
  numpy: "python3-numpy",
  yaml: "python3-yaml",
  tqdm: "python3-tqdm",
};

/** Debian's own interpreter, for which Debian's packages are. */
const python = "/usr/bin/python3";

/** The folder of llama-server's own pytest suite with its models; null where it is not. */
export function findKit(): string | null {
  const own = process.env.HUTCH_CONFORMANCE_KIT;
  const folder = own ? resolve(own) : resolve(root, kitBesideCheckout);
  return existsSync(join(folder, "run.sh")) ? folder : null;
}

/** Installs what the kit needs, where that is possible. @throws Error naming what is missing */
export async function ensurePython(): Promise<void> {
  if ((await missingModules()).length === 0) return;
  if (mayInstallDebianPackages()) await installDebianPackages(Object.values(packages));
  const missing = await missingModules();
  if (missing.length === 0) return;
  const names = missing.map((module) => packages[module]).join(" ");
  throw new Error(`The suite needs ${python} with ${missing.join(", ")} (Debian: ${names}).`);
}

async function missingModules(): Promise<(keyof typeof packages)[]> {
  const modules = Object.keys(packages) as (keyof typeof packages)[];
  if (!existsSync(python)) return modules;
  const codes = await Promise.all(
    modules.map(
      (module) =>
        Bun.spawn([python, "-c", `import ${module}`], { stdio: ["ignore", "ignore", "ignore"] })
          .exited,
    ),
  );
  return modules.filter((_, i) => codes[i] !== 0);
}

export interface SuiteRun {
  /** The kit's folder. */
  kit: string;
  /** llama.cpp's source, which holds the suite. */
  sourceDir: string;
  /** The executable under test, which takes llama-server's flags. */
  program: string;
  /** Such as "unit" or "unit/test_slot_save.py". */
  tests: string[];
  /** First port that its servers listen on. */
  port: number;
}

/** Runs llama-server's suite, unmodified, against a program. The kit's models are made once. */
export async function runSuite(run: SuiteRun): Promise<TestCase[]> {
  await using folder = await temporaryFolder("suite");
  const report = join(folder.path, "report.xml");
  await exitCodeOf([join(run.kit, "run.sh"), ...run.tests, `--junitxml=${report}`], {
    env: {
      LLAMA_CPP: run.sourceDir,
      BIN: run.program,
      PORT: String(run.port),
      HUTCH_FETCH_IMAGES: "on",
      HUTCH_FETCH_HOSTS: "127.0.0.1", // the kit's pictures lie there
      WORK: suiteDir(),
      LLAMA_CACHE: join(folder.path, "models"), // every run downloads them, from the kit's own hub
    },
  });
  const xml = Bun.file(report);
  if (!(await xml.exists())) throw new Error("pytest ended without a report");
  return parseJunit(await xml.text());
}

/** Where the kit makes its models and its copy of the suite. */
export function suiteDir(): string {
  return join(cacheRoot(), "llama-server-suite");
}
