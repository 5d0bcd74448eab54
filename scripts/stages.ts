import { join, relative } from "node:path";
import { parseJunit, type TestCase } from "./junit.ts";
import { exitCodeOf } from "./program.ts";
import { temporaryFolder } from "./temporary-folder.ts";

/** One `bun test` process. */
export interface TestStage {
  name: string;
  /** Absolute paths. */
  files: string[];
  env?: Record<string, string>;
  timeoutMs?: number;
}

/** Runs the stages of `npm run check` and `npm test`, and counts what passed and failed. */
export class Stages {
  readonly #failures: string[] = [];
  readonly #skips: string[] = [];
  #nPassed = 0;
  #nFailed = 0;
  #nSkipped = 0;

  pass(): void {
    this.#nPassed++;
  }

  fail(what: string): void {
    this.#nFailed++;
    this.#failures.push(what);
  }

  skip(what: string): void {
    this.#nSkipped++;
    this.#skips.push(what);
  }

  /** A stage that is one check: it passes if `work` ends without throwing. */
  async check<T>(name: string, work: () => Promise<T>): Promise<T | null> {
    console.log(`\n── ${name}`);
    try {
      const result = await work();
      this.pass();
      return result;
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      console.log(message);
      this.fail(`${name}: ${message.split("\n").at(-1)}`);
      return null;
    }
  }

  /** A stage that is one program, judged by its exit code; whether it passed. */
  async program(
    name: string,
    command: string[],
    env: Record<string, string> = {},
  ): Promise<boolean> {
    const passed = await this.check(name, async () => {
      const code = await exitCodeOf(command, { env });
      if (code !== 0) throw new Error(`exit code ${code}`);
      return true;
    });
    return passed === true;
  }

  /** A stage of test files: its tests are counted one by one. */
  async tests({ name, files, env = {}, timeoutMs }: TestStage): Promise<void> {
    if (files.length === 0) {
      this.fail(`${name}: there are no test files`);
      return;
    }
    const limit = timeoutMs === undefined ? [] : [`--timeout=${timeoutMs}`];
    const paths = files.map((file) => `./${relative(process.cwd(), file)}`);
    const bun = [process.execPath, "test", ...limit, ...paths];
    const junit = (report: string) => ["--reporter=junit", `--reporter-outfile=${report}`];
    await this.#reported(name, paths, (report) => [...bun, ...junit(report)], env);
  }

  /**
   * A stage of a program that runs tests and writes a JUnit report to the path that stands last of
   * its arguments: its tests are counted one by one.
   */
  async reported(name: string, command: string[]): Promise<void> {
    await this.#reported(name, [], (report) => [...command, report], {});
  }

  /** Counts the tests of a report one by one. */
  cases(stage: string, cases: TestCase[]): void {
    for (const { file, group, name, outcome } of cases) {
      const title = `${stage}: ${[file, group, name].filter(Boolean).join(" › ")}`;
      if (outcome === "passed") this.pass();
      else if (outcome === "failed") this.fail(title);
      else this.skip(title);
    }
  }

  /** @param paths test files, each of which must be in the report */
  async #reported(
    name: string,
    paths: string[],
    command: (report: string) => string[],
    env: Record<string, string>,
  ): Promise<void> {
    console.log(`\n── ${name}`);
    await using folder = await temporaryFolder("junit");
    const report = join(folder.path, "report.xml");
    const code = await exitCodeOf(command(report), { env });
    const xml = await Bun.file(report)
      .text()
      .catch(() => null);
    this.#count(name, paths, code, xml);
  }

  #count(stage: string, paths: string[], code: number, xml: string | null): void {
    if (xml === null) {
      this.fail(`${stage}: it ended without a report (exit code ${code})`);
      return;
    }
    const before = this.#nFailed;
    const cases = parseJunit(xml);
    this.cases(stage, cases);
    // A file that fails before its first test is missing from the report.
    for (const path of paths.filter((path) => !cases.some(({ file }) => file === path.slice(2)))) {
      this.fail(`${stage}: ${path} ran no test`);
    }
    if (code !== 0 && this.#nFailed === before) {
      this.fail(`${stage}: it failed outside of any test (exit code ${code})`);
    }
  }

  /** Prints failures, skips, and last the one line that CI reads; the process's exit code. */
  finish(): number {
    console.log("");
    for (const failure of this.#failures) console.log(`failed: ${failure}`);
    for (const skip of this.#skips) console.log(`skipped: ${skip}`);
    const skipped = this.#nSkipped > 0 ? `, ${this.#nSkipped} skipped` : "";
    console.log(`${this.#nPassed} passed, ${this.#nFailed} failed${skipped}`);
    return this.#nFailed === 0 ? 0 : 1;
  }
}
