import { join } from "node:path";
import { root } from "./paths.ts";
import type { Stages } from "./stages.ts";
import { testFiles } from "./test-files.ts";

/** Programs that come as Node scripts are run by our own bun: a machine may have no Node. */
const biome = [process.execPath, join(root, "node_modules/@biomejs/biome/bin/biome")];
const tsc = [process.execPath, join(root, "node_modules/typescript/bin/tsc")];

/** For the few tests that start processes, which takes seconds on a busy machine. */
const unitTimeoutMs = 30_000;

/** Everything that the sources alone can be held to: no library, executable or model is built. */
export async function checkSources(stages: Stages): Promise<void> {
  await stages.program("format (biome format)", [...biome, "format"]);
  await stages.program("lint (biome lint)", [...biome, "lint", "--error-on-warnings"]);
  await stages.program("types (tsc)", [...tsc, "--noEmit"]);
  await stages.program("types of the web pages (tsc)", [...tsc, "-p", "src/web/browser"]);
  await stages.tests({
    name: "tests of the sources (bun test)",
    files: testFiles("unit"),
    timeoutMs: unitTimeoutMs,
  });
}

/** Rewrites what can be rewritten safely. */
export async function formatSources(stages: Stages): Promise<void> {
  await stages.program("lint (safe fixes)", [...biome, "lint", "--write"]);
  await stages.program("format", [...biome, "format", "--write"]);
}
