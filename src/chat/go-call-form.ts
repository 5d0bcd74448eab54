import type { Node } from "./go-template/nodes.ts";
import { GoTemplate } from "./go-template/template.ts";
import { namesIn, nodesOf } from "./go-template/walk.ts";

/** How a template writes tool calls as JSON objects. */
export interface CallForm {
  /** What comes before the objects: a tag; "" where there is none. */
  before: string;
  /** The objects are in a list. */
  isList: boolean;
  /** What comes behind. */
  after: string;
  nameKey: string;
  argumentsKey: string;
}

/** Null where a template shows no calls, or not as JSON objects. */
export function callFormOf(text: string): CallForm | null {
  const shown = callsText(GoTemplate.parse(text).root);
  const [, nameKey] = /"(name|tool_name)"\s*:/.exec(shown) ?? [];
  const [, argumentsKey] = /"(arguments|parameters)"\s*:/.exec(shown) ?? [];
  if (nameKey === undefined || argumentsKey === undefined) return null;
  const [start = ""] = shown.split("{");
  const begin = start.trim();
  const isList = begin.endsWith("[");
  const [, end = ""] = /\}([^}]*)$/.exec(shown) ?? [];
  return {
    before: isList ? begin.slice(0, -1).trim() : begin,
    isList,
    after: end.trim().replace(/^\]/, "").trim(),
    nameKey,
    argumentsKey,
  };
}

/** All texts of the branch for messages with tool calls. */
function callsText(root: Node[]): string {
  for (const { node } of nodesOf(root)) {
    if (node.kind !== "if" || !namesIn(node.pipe).includes("ToolCalls")) continue;
    return Array.from(nodesOf(node.list), ({ node: inner }) => textOf(inner)).join("");
  }
  return "";
}

/** A text, and what an action prints that is one: `{{ print "<tool_call>" .Name }}`. */
function textOf(node: Node): string {
  if (node.kind === "text") return node.text;
  if (node.kind !== "action" || node.pipe.decl.length > 0) return "";
  const args = node.pipe.commands.flatMap((command) => command.args);
  return args.map((arg) => (arg.kind === "string" ? arg.text : "")).join("");
}
