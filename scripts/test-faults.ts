/**
 * `npm run test:faults`: the tests of test/faults, as long and as often as their promises say. Puts
 * the figures into docs/reliability.md.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { buildExecutable } from "./build.ts";
import { documentFigures, type Figure, figureTable } from "./faults/figures.ts";
import { isFullRun, type Options, parseOptions, usage } from "./faults/options.ts";
import { exitCodeOf, runMain } from "./program.ts";
import { temporaryFolder } from "./temporary-folder.ts";
import { testFiles } from "./test-files.ts";

/** Tests that are sized by options have their own. */
const timeoutMs = 120_000;

await runMain(async () => {
  const options = parseOptions(process.argv.slice(2));
  if (options === "help") {
    console.log(usage);
    return 0;
  }
  await using folder = await temporaryFolder("faults");
  return await run(options, join(folder.path, "figures"));
});

async function run(options: Options, figuresPath: string): Promise<number> {
  const { seed, sizes, only } = options;
  const env = {
    ...sizes,
    HUTCH_BIN: options.hutch ?? (await buildExecutable()),
    HUTCH_FAULT_SEED: String(seed),
    HUTCH_FAULT_FIGURES: figuresPath,
  };
  console.log(`faults: the seed is ${seed}`);
  const selected = only === undefined ? [] : ["--test-name-pattern", only];
  const command = [process.execPath, "test", `--timeout=${timeoutMs}`, ...selected];
  const code = await exitCodeOf([...command, ...testFiles("faults")], { env });
  if (!existsSync(figuresPath)) return code;
  const lines = readFileSync(figuresPath, "utf8").trimEnd().split("\n");
  const figures = lines.map((line) => JSON.parse(line) as Figure);
  const table = await figureTable(`npm run test:faults -- --seed ${seed}`, figures);
  console.log(`\n${table}`);
  if (code === 0 && isFullRun(options)) await documentFigures("faults", table);
  return code;
}
