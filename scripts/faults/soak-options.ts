import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { positive } from "./options.ts";

const minutesDefault = 60;
const nClientsDefault = 8;

export const usage = `Uses a server for long, as a household does, and looks what it holds on to.

  npm run soak -- [--minutes N] [--clients N] [--seed N] [--hutch FILE]

  --minutes N     how long, with the warm-up (default ${minutesDefault}); with as many or more
                  memory may not grow, and the figures go into docs/reliability.md
  --clients N     how many at once (default ${nClientsDefault})
  --seed N        the seed of everything random (default: printed)
  --hutch FILE    test this executable instead of building one
  --help          this text`;

export interface SoakOptions {
  minutes: number;
  nClients: number;
  seed: number;
  hutch?: string;
}

export const isLong = ({ minutes }: SoakOptions) => minutes >= minutesDefault;

/** @throws Error naming what is wrong with the arguments */
export function parseSoakOptions(args: readonly string[]): SoakOptions | "help" {
  const text = { type: "string" } as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      ...{ minutes: text, clients: text, seed: text, hutch: text },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return "help";
  const { hutch, minutes = minutesDefault, clients = nClientsDefault, seed } = values;
  if (hutch !== undefined && !existsSync(hutch)) throw new Error(`--hutch: no such file: ${hutch}`);
  return {
    minutes: positive("--minutes", String(minutes)),
    nClients: positive("--clients", String(clients)),
    seed: seed === undefined ? Date.now() % 1_000_000 : positive("--seed", seed),
    ...(hutch === undefined ? {} : { hutch: resolve(hutch) }),
  };
}
