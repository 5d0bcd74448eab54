import { parseArgs } from "node:util";

const nParallelDefault = 8;

/** What one server answers at once at most; more would wait there. */
const nParallelMax = 64;

export const usage = `Measures what the tiny model can do, through the server and all its dialects.

  npm run tiny:eval -- [--hutch FILE] [--model FILE [--mmproj FILE]] [--cases FOLDER] [--free]
                       [--only PATTERN] [--parallel N] [--out FILE] [--outcomes FILE]

  --hutch FILE     measure this executable instead of building one
  --model FILE     measure this model instead of the built-in one
  --mmproj FILE    its projector
  --cases FOLDER   the folder of a cases.json, instead of one from scripts/tiny/cases.py
  --free           only the cases of scripts/tiny/eval/free-wording.json
  --only PATTERN   skills whose names contain it
  --parallel N     requests at once (default ${nParallelDefault})
  --out FILE       where the report goes (default docs/tiny-model.md, if all of the built-in
                   model is measured; else nowhere)
  --outcomes FILE  every answer, one JSON object a line
  --help           this text

Ends with 1 if a target is missed; with --free or --only, one that has cases.`;

export interface Options {
  readonly hutch?: string;
  readonly model?: string;
  readonly mmproj?: string;
  readonly cases?: string;
  readonly free: boolean;
  readonly only?: string;
  readonly nParallel: number;
  readonly out?: string;
  readonly outcomes?: string;
}

/** @throws Error naming what is wrong with the arguments */
export function parseOptions(args: readonly string[]): Options | "help" {
  const { values } = parseArgs({
    args: [...args],
    options: {
      hutch: { type: "string" },
      model: { type: "string" },
      mmproj: { type: "string" },
      cases: { type: "string" },
      free: { type: "boolean", default: false },
      only: { type: "string" },
      parallel: { type: "string" },
      out: { type: "string" },
      outcomes: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  const { help, parallel, ...given } = values;
  if (help) return "help";
  const nParallel = Number(parallel ?? nParallelDefault);
  if (!Number.isInteger(nParallel) || nParallel < 1 || nParallel > nParallelMax) {
    throw new Error(`--parallel takes a whole number from 1 to ${nParallelMax}`);
  }
  if (given.mmproj !== undefined && given.model === undefined) {
    throw new Error("--mmproj goes with --model");
  }
  if (given.free && given.cases !== undefined) throw new Error("--free leaves --cases out");
  return { ...given, nParallel };
}

/** Whether only some of the cases are asked. */
export function isPartial({ free, only }: Options): boolean {
  return free || only !== undefined;
}

/** Where the report goes; undefined: it is not kept. */
export function reportPath(options: Options, documented: string): string | undefined {
  if (options.out !== undefined) return options.out;
  return isPartial(options) || options.model !== undefined ? undefined : documented;
}
