import type { Shown } from "../client/wire.ts";
import { modelInfo, parameterRows } from "../commands/model-info.ts";
import { printable } from "../terminal/graphemes.ts";
import { table } from "../terminal/table.ts";
import type { Session } from "./session.ts";
import { slashHelp } from "./slash-help.ts";

/** `/show …`. @returns what is said to the user */
export function show(what: string, session: Session): string {
  const { shown, system } = session;
  switch (what) {
    case "info":
      return `${modelInfo(shown)}\n`;
    case "license":
    case "modelfile":
    case "template":
      return partText(shown, what);
    case "parameters":
      return parameters(session);
    case "system":
      return system === undefined ? partText(shown, what) : `${system}\n`;
    default:
      return what === ""
        ? slashHelp("show")
        : `Unknown command '/show ${what}'. Type /? show for help\n`;
  }
}

function partText(shown: Shown, part: "license" | "modelfile" | "template" | "system"): string {
  const text = printable(shown[part] ?? "").trimEnd();
  return text === "" ? `This model has no ${part}.\n` : `${text}\n`;
}

function parameters({ shown, options }: Session): string {
  const set = Object.entries(options).flatMap(([name, value]) =>
    [value].flat().map((one) => [name, String(one)]),
  );
  const none = "  none";
  const ofModel = table(parameterRows(printable(shown.parameters ?? "")), { indent: 2 }) || none;
  const ofUser = table(set, { indent: 2 }) || none;
  return `Model defined parameters:\n${ofModel}\n\nUser defined parameters:\n${ofUser}\n`;
}
