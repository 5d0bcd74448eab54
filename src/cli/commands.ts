import type { Command } from "./command.ts";
import { backend } from "./commands/backend.ts";
import { completion } from "./commands/completion.ts";
import { config } from "./commands/config.ts";
import { create } from "./commands/create.ts";
import { devices } from "./commands/devices.ts";
import { doctor } from "./commands/doctor.ts";
import { health } from "./commands/health.ts";
import { key } from "./commands/key.ts";
import { licenses } from "./commands/licenses.ts";
import { list, ps } from "./commands/listings.ts";
import { run } from "./commands/run.ts";
import { show } from "./commands/show.ts";
import { systemdUnit } from "./commands/systemd-unit.ts";
import { pull, push } from "./commands/transfers.ts";
import { cp, rm, stop } from "./commands/upkeep.ts";
import { worker } from "./commands/worker.ts";

/** Those beside `serve`, by what they are for. */
export const commandGroups: readonly { name: string; commands: readonly Command[] }[] = [
  { name: "Talk", commands: [run, stop, ps] },
  { name: "Models", commands: [list, show, pull, push, create, cp, rm] },
  {
    name: "Operate",
    commands: [
      ...[devices, backend, worker, key, config, doctor, health, completion, systemdUnit],
      licenses,
    ],
  },
];

export const commands = commandGroups.flatMap(({ commands }) => commands);

/** Words that may stand first, beside `serve`. */
export const commandNames = commands.flatMap(({ name, aliases = [] }) => [name, ...aliases]);

export function commandNamed(word: string): Command | undefined {
  return commands.find(({ name, aliases }) => name === word || aliases?.includes(word));
}
