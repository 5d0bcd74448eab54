import { UsageError } from "../../core/flags/flag.ts";
import { connect } from "../client/connect.ts";
import type { Shown } from "../client/wire.ts";
import type { Command } from "../command.ts";
import { printable } from "../terminal/graphemes.ts";
import { modelInfo } from "./model-info.ts";

/** What can be shown alone, and the field of the answer that holds it. */
export const parts = ["license", "modelfile", "parameters", "template", "system"] as const;
export type Part = (typeof parts)[number];

export const show: Command = {
  name: "show",
  usage: "MODEL",
  summary: "tell about a model",
  options: [
    ...parts.map((name) => ({ name, help: `only its ${name}` })),
    { name: "verbose", short: "v", help: "all that its file says, and its tensors" },
  ],
  nWords: { min: 1, max: 1 },
  run: async (line) => {
    const asked = parts.filter((part) => line.has(part));
    const [part, other] = asked;
    if (other) throw new UsageError(`--${part} and --${other} cannot both be shown`);
    const [model = ""] = line.words;
    const verbose = line.has("verbose");
    await using connection = await connect(process.env);
    const shown = await connection.client.post<Shown>("/api/show", { model, verbose });
    console.log(part ? partOf(shown, part) : modelInfo(shown, verbose));
  },
};

export const partOf = (shown: Shown, part: Part): string => printable(shown[part] ?? "").trimEnd();
