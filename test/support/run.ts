import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { bareEnvironment, executable, temporaryDir } from "./server.ts";

export interface RunOptions {
  env?: Record<string, string>;
  /** What lies in its home, by path there. */
  files?: Record<string, string>;
  stdin?: string;
  /** Where it runs; its home unless given. */
  cwd?: string;
}

/** Runs a command of the executable to its end, in an empty home and without a terminal. */
export async function run(args: string[], options: RunOptions = {}) {
  const { env = {}, files = {}, stdin } = options;
  using home = temporaryDir();
  for (const [name, text] of Object.entries(files)) {
    const path = join(home.path, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  const child = Bun.spawn([executable, ...args], {
    env: bareEnvironment(home.path, env),
    cwd: options.cwd ?? home.path,
    stdin: stdin === undefined ? "ignore" : Buffer.from(stdin),
    stdout: "pipe",
    stderr: "pipe",
  });
  const [code, stdout, stderr] = await Promise.all([
    child.exited,
    child.stdout.text(),
    child.stderr.text(),
  ]);
  return { code, stdout, stderr };
}
