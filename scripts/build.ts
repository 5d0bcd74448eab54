import { existsSync } from "node:fs";
import { bundle, bundleInputs, gitCommit } from "./bundle.ts";
import { buildNative } from "./native.ts";
import { executable } from "./paths.ts";
import { runMain } from "./program.ts";
import { componentsOf } from "./release/components.ts";

/**
 * Makes dist/hutch, for machines such as this one. Does nothing when no input has changed.
 * @param options CMake options for the native build
 * @returns its path
 */
export async function buildExecutable(options: string[] = []): Promise<string> {
  const { libDir, sourceDir, key } = await buildNative({ options });
  const commit = await gitCommit();
  const inputs = await bundleInputs(key, commit);
  const stamp = Bun.file(`${executable}.inputs`);
  if (existsSync(executable) && (await stamp.exists()) && (await stamp.text()) === inputs) {
    return executable;
  }
  const components = await componentsOf({ libDir, sourceDir });
  await bundle({ libDir, components, commit, to: executable });
  await Bun.write(stamp, inputs);
  return executable;
}

if (import.meta.main) {
  await runMain(async () => {
    const path = await buildExecutable(process.argv.slice(2));
    const megabytes = (Bun.file(path).size / 1e6).toFixed(0);
    console.log(`${path} (${megabytes} MB)`);
    return 0;
  });
}
