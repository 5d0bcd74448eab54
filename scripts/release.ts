/**
 * `npm run release`: the executables that are given to others, with checksums and an SBOM each.
 */
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { bundle, bundleInputs, gitCommit } from "./bundle.ts";
import { buildNative } from "./native.ts";
import { executable, root } from "./paths.ts";
import { outputOf, runMain } from "./program.ts";
import { ensureBun } from "./release/bun-runtime.ts";
import { crossTools } from "./release/compilers.ts";
import { componentsOf } from "./release/components.ts";
import { elfFaults, glibcOf, readElf } from "./release/elf.ts";
import { runInOldDebian } from "./release/old-debian.ts";
import { startOnOldProcessor } from "./release/old-processor.ts";
import { parseReleaseOptions, usage } from "./release/options.ts";
import { oldestGlibc, type Platform } from "./release/platforms.ts";
import { sbomOf } from "./release/sbom.ts";
import { debianPackages } from "./release/sysroot.ts";

const dist = dirname(executable);
const sbomSuffix = ".cdx.json";

await runMain(async () => {
  const options = parseReleaseOptions(process.argv.slice(2), process.env);
  if (options === "help") {
    console.log(usage);
    return 0;
  }
  for (const platform of options.platforms) {
    const made = await makeRelease(platform);
    if (options.run) {
      await startOnOldProcessor(made, platform);
      await runInOldDebian(made, platform);
    } else console.error(`hutch: ${basename(made)} was not run (--no-run)`);
  }
  console.log(await writeSums());
  return 0;
});

/** Makes the executable and its SBOM, unless they are there. @returns the executable's path */
async function makeRelease(platform: Platform): Promise<string> {
  const { libDir, sourceDir, key } = await buildNative({ cross: await crossTools(platform) });
  const bun = await ensureBun(platform);
  await checkElf(libDir, bun, platform);

  const commit = await gitCommit();
  if (commit.endsWith("changes")) console.error("hutch: this is no commit: files were changed");
  const to = join(dist, `hutch-linux-${platform.name}`);
  const inputs = await bundleInputs(key, commit);
  const stamp = Bun.file(`${to}.inputs`);
  if (existsSync(to) && (await stamp.exists()) && (await stamp.text()) === inputs) return to;
  const versions = debianPackages(platform).map((item) => [item.package, item.version]);
  const runtimeVersions = Object.fromEntries(versions);
  const components = await componentsOf({ libDir, sourceDir, runtimeVersions });
  const target = `bun-linux-${platform.name}` as const;
  await bundle({ libDir, components, commit, to, runtime: { target, path: bun } });
  const sbom = await sbomOf({
    target: `linux-${platform.name}`,
    commit,
    time: await commitTime(),
    sha256: await sha256Of(to),
    components,
  });
  await Bun.write(`${to}${sbomSuffix}`, sbom);
  await Bun.write(stamp, inputs);
  return to;
}

/** @throws Error naming what would not run on the oldest system that we promise */
async function checkElf(libDir: string, bun: string, { name }: Platform): Promise<void> {
  const paths = [...(await readdir(libDir)).map((file) => join(libDir, file)), bun];
  const files = await Promise.all(paths.map(readElf));
  const faults = elfFaults(files, oldestGlibc);
  if (faults.length > 0) throw new Error(`It would not run everywhere:\n${faults.join("\n")}`);
  const glibc = glibcOf(files);
  console.error(
    `hutch: ${files.length} files for ${name} need glibc ${glibc} (${oldestGlibc} is promised)`,
  );
}

async function commitTime(): Promise<string> {
  const show = ["git", "-C", root, "show", "--no-patch", "--format=%cI", "HEAD"];
  return (await outputOf(show)).trim();
}

async function sha256Of(path: string): Promise<string> {
  return Bun.SHA256.hash(await Bun.file(path).bytes(), "hex");
}

/** Over every release that lies in dist/. @returns the text, as `sha256sum` writes it */
async function writeSums(): Promise<string> {
  const isRelease = (name: string) => /^hutch-linux-(x64|arm64)(\.cdx\.json)?$/.test(name);
  const names = (await readdir(dist)).filter(isRelease).sort();
  const lines = names.map(async (name) => `${await sha256Of(join(dist, name))}  ${name}`);
  const text = (await Promise.all(lines)).join("\n");
  await Bun.write(join(dist, "SHA256SUMS"), `${text}\n`);
  return text;
}
