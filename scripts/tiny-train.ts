/**
 * `npm run tiny:train`: makes the tiny model's files from nothing but scripts/tiny/. Stopped, it
 * goes on from where it was; what it makes on the way lies in the build cache.
 */
import { join } from "node:path";
import { cacheRoot, root } from "./paths.ts";
import { handOver, runMain } from "./program.ts";
import { ensurePython } from "./tiny-python.ts";

const usage = `Trains the tiny model on two cores, in five to six hours.

  npm run tiny:train -- [--smoke] [--out DIR] [--work DIR] [--drill DIR] [--stop-after MINUTES]

  --smoke               tiny sizes: shows in a minute that everything works together
  --out DIR             folder for the GGUF files (default assets)
  --work DIR            folder for what is made on the way (default in the build cache)
  --drill DIR           no training from nothing, but the last courses again for the files in DIR
  --stop-after MINUTES  save and end after so long; the same command goes on from there
  --help                this text`;

async function main(): Promise<number> {
  const args = process.argv.slice(2);
  if (args.includes("--help")) {
    console.log(usage);
    return 0;
  }
  const isSmoke = args.includes("--smoke");
  if (isSmoke && !args.includes("--out")) throw new Error("--smoke needs --out: it is no model");
  const work = join(cacheRoot(), isSmoke ? "tiny-smoke" : "tiny");
  const folders = [
    ...(args.includes("--work") ? [] : ["--work", work]),
    ...(args.includes("--out") ? [] : ["--out", join(root, "assets")]),
  ];
  const python = await ensurePython();
  return await handOver([python, join(root, "scripts/tiny/train.py"), ...folders, ...args], {});
}

if (import.meta.main) await runMain(main);
