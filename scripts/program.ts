import { constants } from "node:os";
import { isatty } from "node:tty";

/** What a program is run with. `env` is added to ours; undefined removes a variable. */
export interface ProgramOptions {
  cwd?: string;
  env?: Record<string, string | undefined>;
}

/**
 * Standard output of a program that must succeed.
 * @throws Error with everything it printed when it does not
 */
export async function outputOf(command: string[], options: ProgramOptions = {}): Promise<string> {
  const child = Bun.spawn(command, {
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: { ...process.env, ...options.env },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  if ((await child.exited) !== 0) {
    throw new Error(`\`${command.join(" ")}\` failed (${child.exitCode}):\n${stderr}${stdout}`);
  }
  return stdout;
}

/** Runs a program with our output, without input; its exit code. */
export async function exitCodeOf(command: string[], options: ProgramOptions = {}): Promise<number> {
  const child = Bun.spawn(command, {
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: { ...process.env, ...options.env },
    stdio: ["ignore", "inherit", "inherit"],
  });
  return await child.exited;
}

/** Runs a program as if it were this process: same terminal, signals passed on; its exit code. */
export async function handOver(command: string[], env: Record<string, string>): Promise<number> {
  // Ctrl-C on a terminal reaches the child without us; sent twice it would mean "at once".
  const onTerminal = [0, 1, 2].some(isatty);
  // Before the child is there: a signal in between would end us alone and leave it behind.
  process.on("SIGINT", () => onTerminal || child.kill("SIGINT"));
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  const child = Bun.spawn(command, {
    env: { ...process.env, ...env },
    stdio: ["inherit", "inherit", "inherit"],
  });
  await child.exited;
  const signals: Record<string, number> = constants.signals;
  return child.exitCode ?? 128 + (signals[child.signalCode ?? ""] ?? 0);
}

/** Runs `main`, printing an error's message alone: these are reports to a person, not crashes. */
export async function runMain(main: () => Promise<number>): Promise<never> {
  try {
    process.exit(await main());
  } catch (error) {
    console.error(`hutch: ${error instanceof Error ? error.message : String(error)}`);
    process.exit(1);
  }
}
