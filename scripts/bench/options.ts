import { existsSync } from "node:fs";
import { parseArgs } from "node:util";

const nRoundsDefault = 3;

/** Rounds at most: a mistyped number must not keep the machine busy for days. */
const nRoundsMax = 100;

export const usage = `Compares hutch with llama-server on this machine; takes most of an hour.

  npm run bench -- [--rounds N] [--quick] [--only PATTERN] [--hutch FILE] [--list]

  --rounds N      how often each server is measured (default ${nRoundsDefault})
  --quick         1 round with a quarter of the tokens; docs/benchmark.* stay as they are
  --only PATTERN  stages and workloads whose names contain it; docs/benchmark.* stay as they are
  --hutch FILE    measure this executable instead of building one
  --list          the stages and workloads, without running them
  --help          this text`;

export interface Options {
  readonly nRounds: number;
  readonly quick: boolean;
  readonly only?: string;
  readonly hutch?: string;
  readonly list: boolean;
}

/** @throws Error naming what is wrong with the arguments */
export function parseOptions(args: readonly string[]): Options | "help" {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: "string" },
      quick: { type: "boolean", default: false },
      only: { type: "string" },
      hutch: { type: "string" },
      list: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return "help";
  const { quick, list, only, hutch } = values;
  if (hutch !== undefined && !existsSync(hutch)) throw new Error(`--hutch: no such file: ${hutch}`);
  const nRounds = Number(values.rounds ?? (quick ? 1 : nRoundsDefault));
  if (!Number.isInteger(nRounds) || nRounds < 1 || nRounds > nRoundsMax) {
    throw new Error(`--rounds takes a whole number from 1 to ${nRoundsMax}`);
  }
  return {
    ...{ nRounds, quick, list },
    ...(only === undefined ? {} : { only }),
    ...(hutch === undefined ? {} : { hutch }),
  };
}

/** Whether a run with these options is one whose figures belong into the documentation. */
export function isFullRun({ quick, only }: Options): boolean {
  return !quick && only === undefined;
}
