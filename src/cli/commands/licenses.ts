import type { Command } from "../command.ts";
import { embedded } from "../embedded.ts";

export const licenses: Command = {
  name: "licenses",
  aliases: ["licences"],
  usage: "",
  summary: "print what this file carries of others, and under which licences",
  options: [],
  nWords: { min: 0, max: 0 },
  run: async () => {
    if (embedded === null) throw new Error("only the executable knows what it carries");
    process.stdout.write(await Bun.file(embedded.licences).text());
  },
};
