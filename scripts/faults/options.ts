import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";

export const usage = `Breaks what can break, and looks whether the server lives on; half an hour.

  npm run test:faults -- [--quick] [--minutes N] [--requests N] [--cases N] [--clients N]
                         [--seed N] [--only PATTERN] [--hutch FILE]

  --quick         little of everything, as in npm test; docs/reliability.md stays as it is
  --minutes N     how long clients connect and vanish (default 10)
  --clients N     how many at once (default 200)
  --requests N    requests of the fuzzer (default 10000)
  --cases N       places where files and registries are broken, of each kind (default 150)
  --seed N        the seed of everything random (default: printed)
  --only PATTERN  tests whose names match it; docs/reliability.md stays as it is
  --hutch FILE    test this executable instead of building one
  --help          this text`;

export interface Options {
  quick: boolean;
  seed: number;
  /** Variables that test/faults/sizes.ts reads. */
  sizes: Record<string, string>;
  only?: string;
  hutch?: string;
}

/** What a full run does, by option; and the variable that says so. */
const full = {
  minutes: { count: 10, variable: "HUTCH_FAULT_MINUTES" },
  clients: { count: 200, variable: "HUTCH_FAULT_CLIENTS" },
  requests: { count: 10_000, variable: "HUTCH_FAULT_REQUESTS" },
  cases: { count: 150, variable: "HUTCH_FAULT_CASES" },
} as const;

/** @throws Error naming what is wrong with the arguments */
export function parseOptions(args: readonly string[]): Options | "help" {
  const text = { type: "string" } as const;
  const flag = { type: "boolean", default: false } as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      ...{ quick: flag, help: flag, minutes: text, clients: text, requests: text, cases: text },
      ...{ seed: text, only: text, hutch: text },
    },
  });
  if (values.help) return "help";
  const { quick, only, hutch } = values;
  if (hutch !== undefined && !existsSync(hutch)) throw new Error(`--hutch: no such file: ${hutch}`);
  const sizes: Record<string, string> = {};
  for (const [option, { count, variable }] of Object.entries(full)) {
    const given = values[option as keyof typeof full];
    if (given === undefined && quick) continue;
    sizes[variable] = String(positive(`--${option}`, given ?? String(count)));
  }
  return {
    quick,
    seed: values.seed === undefined ? Date.now() % 1_000_000 : positive("--seed", values.seed),
    sizes,
    ...(only === undefined ? {} : { only }),
    ...(hutch === undefined ? {} : { hutch: resolve(hutch) }),
  };
}

/** @throws Error unless the text is a number above 0 */
export function positive(option: string, text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new Error(`${option} takes a number above 0, not ${text}`);
}

/** Whether a run with these options is one whose figures belong into the documentation. */
export const isFullRun = ({ quick, only }: Options): boolean => !quick && only === undefined;
