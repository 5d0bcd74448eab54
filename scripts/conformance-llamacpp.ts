/**
 * `npm run conformance:llamacpp`: llama.cpp's own server tests against llama-server and hutch, and
 * the same requests to both. Writes docs/conformance.md.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import pinned from "../native/llama-cpp.json";
import { version } from "../package.json";
import type { Contender } from "./bench/server.ts";
import { buildExecutable } from "./build.ts";
import { exceptions } from "./conformance/exceptions.ts";
import { ensurePython, findKit, runSuite, suiteDir } from "./conformance/kit.ts";
import { chatTrials, compareNumbers, textTrials } from "./conformance/numbers.ts";
import { type ConformanceReport, markdownReport, totals, unexcused } from "./conformance/report.ts";
import { ensureSource } from "./llama-source.ts";
import { buildLlamaServer } from "./native.ts";
import { root } from "./paths.ts";
import { runMain } from "./program.ts";
import { ensureRandomModel } from "./random-model.ts";

const usage = `Runs llama.cpp's own server tests against llama-server and hutch; takes minutes.

  npm run conformance:llamacpp -- [--numbers] [unit/test_x.py …]

  unit/…     only these test files; docs/conformance.md stays as it is
  --numbers  only compare answers of both servers
  --help     this text

The suite's kit is looked for beside the checkout (../shared/conformance/llama-server);
HUTCH_CONFORMANCE_KIT names another place.`;

const port = 18_100;

const say = (line: string) => console.error(`conformance: ${line}`);

await runMain(async () => {
  const argv = process.argv.slice(2);
  if (argv.includes("--help")) {
    console.log(usage);
    return 0;
  }
  const kit = findKit();
  if (kit === null) throw new Error(`the suite's kit is not there.\n\n${usage}`);
  await ensurePython();
  say("building hutch and llama-server …");
  const programs = {
    hutch: await buildExecutable(),
    "llama-server": (await buildLlamaServer()).server,
  };
  const sourceDir = await ensureSource();
  const files = argv.filter((argument) => !argument.startsWith("--"));
  const onlyNumbers = argv.includes("--numbers");
  const suite = async (program: keyof typeof programs) => {
    if (onlyNumbers) return [];
    say(`running the suite against ${program} …`);
    const tests = files.length > 0 ? files : ["unit"];
    return await runSuite({ kit, sourceDir, program: programs[program], tests, port });
  };
  const report: ConformanceReport = {
    date: new Date().toISOString().slice(0, 10),
    versions: { hutch: version, "llama.cpp": `${pinned.tag} (${pinned.commit.slice(0, 7)})` },
    llamaServer: await suite("llama-server"),
    hutch: await suite("hutch"),
    comparisons: files.length > 0 ? [] : await numbers(programs, sourceDir),
  };
  if (files.length === 0 && !onlyNumbers) {
    await Bun.write(join(root, "docs/conformance.md"), markdownReport(report, exceptions));
  }
  return conclude(report);
});

async function numbers(programs: Record<"hutch" | "llama-server", string>, sourceDir: string) {
  say("comparing answers …");
  const hub = join(suiteDir(), "hub/ggml-org");
  const stories = join(hub, "test-model-stories260K/stories260K-F32.gguf");
  if (!existsSync(stories)) {
    throw new Error("the kit makes its models when it first runs: run once without --numbers");
  }
  const contenderOf = (name: "hutch" | "llama-server", model: string): Contender => ({
    name,
    command: (port) => [
      ...[programs[name], "-m", model, "--host", "127.0.0.1", "--port", `${port}`],
      ...["--ctx-size", "2048", "--parallel", "2", "--no-webui"],
    ],
  });
  const tiny = join(root, "assets/tiny-text.gguf");
  return await compareNumbers(
    [
      { name: "tiny", path: tiny, trials: [...chatTrials, ...textTrials] },
      { name: "stories260K", path: stories, trials: [...chatTrials, ...textTrials] },
      {
        name: "random llama 15M",
        path: ensureRandomModel("llama-15m", sourceDir),
        trials: textTrials,
      },
    ],
    contenderOf,
    AbortSignal.timeout(600_000),
  );
}

function conclude(report: ConformanceReport): number {
  const failures = unexcused(report, exceptions);
  const different = report.comparisons.filter(({ differences }) => differences.length > 0);
  for (const failure of failures) console.log(`not as llama-server: ${failure}`);
  for (const { model, request, differences } of different) {
    console.log(`other numbers: ${model}, ${request}: ${differences.join(", ")}`);
  }
  console.log(`llama-server: ${totals(report.llamaServer)}`);
  console.log(`hutch: ${totals(report.hutch)}`);
  console.log(
    `${report.comparisons.length - different.length} of ${report.comparisons.length} answers agree`,
  );
  return failures.length + different.length === 0 ? 0 : 1;
}
