/**
 * `npm run tiny:eval`: what the tiny model can do, measured through the running server in all
 * dialects. Writes docs/tiny-model.md.
 */
import { basename, join, resolve } from "node:path";
import { buildExecutable } from "./build.ts";
import { root } from "./paths.ts";
import { exitCodeOf, outputOf, runMain } from "./program.ts";
import { temporaryFolder } from "./temporary-folder.ts";
import { type Case, readCases } from "./tiny-eval/cases.ts";
import { dialects } from "./tiny-eval/dialects.ts";
import { isPartial, type Options, parseOptions, reportPath, usage } from "./tiny-eval/options.ts";
import { type EvaluationReport, markdownReport, targetTable } from "./tiny-eval/report.ts";
import { type Outcome, runCases } from "./tiny-eval/run.ts";
import { scoresOf } from "./tiny-eval/scores.ts";
import { startHutch } from "./tiny-eval/server.ts";
import { resultOf, targets } from "./tiny-eval/targets.ts";
import { ensurePython } from "./tiny-python.ts";

const documented = join(root, "docs", "tiny-model.md");
const freeWording = join(root, "scripts", "tiny", "eval", "free-wording.json");

const say = (line: string) => console.error(`tiny-eval: ${line}`);

async function main(): Promise<number> {
  const options = parseOptions(process.argv.slice(2));
  if (options === "help") {
    console.log(usage);
    return 0;
  }
  await using folder = await temporaryFolder("tiny-eval");
  const cases = selected(await collectCases(options, folder.path), options);
  if (cases.length === 0) throw new Error(`no skill is named like ${options.only}`);
  const hutch = options.hutch === undefined ? await buildExecutable() : resolve(options.hutch);
  const outcomes = await measure(hutch, cases, options, folder.path);
  return await conclude(hutch, outcomes, options);
}

/** Those of the hand-written file, and of the one that a program makes with its pictures. */
async function collectCases({ cases: made, free }: Options, folder: string): Promise<Case[]> {
  const freely = readCases(freeWording, "free");
  if (free) return freely;
  const from = made === undefined ? join(folder, "cases") : resolve(made);
  if (made === undefined) {
    say("making the cases …");
    const program = [await ensurePython(), "-m", "tiny.cases", "--out", from];
    const code = await exitCodeOf(program, { cwd: join(root, "scripts") });
    if (code !== 0) throw new Error(`scripts/tiny/cases.py ended with ${code}`);
  }
  return [...readCases(join(from, "cases.json")), ...freely];
}

function selected(cases: readonly Case[], { only = "" }: Options): Case[] {
  return cases.filter(({ skill }) => skill.includes(only));
}

async function measure(
  hutch: string,
  cases: readonly Case[],
  { nParallel, model, mmproj }: Options,
  folder: string,
): Promise<Outcome[]> {
  const interrupt = new AbortController();
  const onSignal = () => interrupt.abort(new Error("interrupted"));
  // A second signal, which npm may send, must not end us before the server has ended.
  process.on("SIGINT", onSignal).on("SIGTERM", onSignal);
  const { signal } = interrupt;
  const files = {
    ...(model === undefined ? {} : { model: resolve(model) }),
    ...(mmproj === undefined ? {} : { mmproj: resolve(mmproj) }),
  };
  say(`asking ${cases.length} cases …`);
  await using server = await startHutch(hutch, files, nParallel, folder, signal);
  return await runCases(cases, dialects, server.post, { nParallel, signal, say });
}

/** Prints and writes what was found. @returns 1 if a target is missed */
async function conclude(
  hutch: string,
  outcomes: readonly Outcome[],
  options: Options,
): Promise<number> {
  const scores = scoresOf(outcomes);
  const results = targets.map((target) => resultOf(target, scores));
  const report: EvaluationReport = {
    date: new Date().toISOString().slice(0, 10),
    command: shownCommandLine(process.argv.slice(2)),
    version: (await outputOf([hutch, "--version"])).trim().split("\n")[0] ?? "",
    files: describeFiles(options),
    scores,
    dialects: dialects.map(({ name }) => name),
  };
  if (options.outcomes !== undefined) {
    const lines = outcomes.map((outcome) => `${JSON.stringify(outcome)}\n`);
    await Bun.write(options.outcomes, lines.join(""));
  }
  const path = reportPath(options, documented);
  if (path !== undefined) await Bun.write(path, markdownReport(report));
  const due = isPartial(options) ? results.filter(({ n }) => n > 0) : results;
  console.log(targetTable(due));
  if (path !== undefined) console.log(`\nAll of it: ${path}`);
  return due.every(({ isMet }) => isMet) ? 0 : 1;
}

/** The files that the figures are about. */
function describeFiles({ model, mmproj }: Options): Record<string, string> {
  const assets = join(root, "assets");
  const text = model ?? join(assets, "tiny-text.gguf");
  const vision = mmproj ?? (model === undefined ? join(assets, "tiny-mmproj.gguf") : undefined);
  return {
    "text model": fileText(text),
    ...(vision === undefined ? {} : { projector: fileText(vision) }),
  };
}

function fileText(path: string): string {
  return `\`${basename(path)}\`, ${(Bun.file(path).size / 1e6).toFixed(2)} MB`;
}

/** The command without this machine's folders. */
function shownCommandLine(args: readonly string[]): string {
  const shown = args.map((arg) => (arg.includes("/") ? basename(arg) : arg));
  return ["npm run tiny:eval", ...(shown.length > 0 ? ["--", ...shown] : [])].join(" ");
}

if (import.meta.main) await runMain(main);
