import type { Node } from "./go-template/nodes.ts";
import { GoTemplate } from "./go-template/template.ts";
import { namesIn, namesOf, nodesOf } from "./go-template/walk.ts";

/** What can be read off a template without running it. */
export interface GoTemplateFacts {
  /** What requests can ask of it: it shows tools, has a place for a suffix, obeys `think`. */
  capabilities: ("tools" | "insert" | "thinking")[];
  /** The texts around the thinking of earlier answers, by which that of new ones is known. */
  thinkingTags: [string, string] | null;
  /**
   * The text before a tool call; "{" or "[" where calls are bare JSON; null where the template
   * shows none.
   */
  toolTag: string | null;
}

/** @throws AppError invalid_request, `template error: …`, when the template does not parse */
export function goTemplateFacts(text: string): GoTemplateFacts {
  const { trees, root } = GoTemplate.parse(text);
  const names = namesOf(trees);
  const capabilities: GoTemplateFacts["capabilities"] = [];
  if (names.has("Tools")) capabilities.push("tools");
  if (names.has("Suffix")) capabilities.push("insert");
  if (names.has("Thinking") || names.has("Think")) capabilities.push("thinking");
  return { capabilities, thinkingTags: thinkingTagsOf(root), toolTag: toolTagOf(root) };
}

/**
 * Where a range over the messages prints their thinking, the text that its block begins and ends
 * with. The last such place counts.
 */
function thinkingTagsOf(root: Node[]): [string, string] | null {
  let tags: [string, string] | null = null;
  for (const { node, around } of nodesOf(root)) {
    if (node.kind !== "action" || !namesIn(node.pipe).includes("Thinking")) continue;
    const inMessages = around.some(
      ({ branch }) => branch.kind === "range" && namesIn(branch.pipe).includes("Messages"),
    );
    const list = around.at(-1)?.list ?? [];
    const [first, last] = [trimmed(list[0]), trimmed(list.at(-1))];
    if (inMessages && first !== "" && last !== "") tags = [first, last];
  }
  return tags;
}

function trimmed(node: Node | undefined): string {
  return node?.kind === "text" ? node.text.trim() : "";
}

function toolTagOf(root: Node[]): string | null {
  for (const { node } of nodesOf(root)) {
    if (node.kind !== "if" || !namesIn(node.pipe).includes("ToolCalls")) continue;
    const [before = ""] = firstText(node.list).replaceAll("\r\n", "\n").split("{");
    const tag = before.trim();
    if (tag === "") return "{";
    // "[TOOL_CALLS] [" is a tag and the beginning of a list.
    return tag === "[" ? tag : tag.replace(/\s*\[$/, "");
  }
  return null;
}

/** The first text that is not blank, before anything that depends on the conversation. */
function firstText(list: Node[]): string {
  for (const { node } of nodesOf(list)) {
    if (node.kind === "text" && node.text.trim() !== "") return node.text;
    if (node.kind !== "action") continue;
    const texts = node.pipe.commands[0]?.args.find(({ kind }) => kind !== "identifier");
    if (node.pipe.decl.length > 0) continue;
    if (texts?.kind !== "string") return "";
    if (texts.text.trim() !== "") return texts.text;
  }
  return "";
}
