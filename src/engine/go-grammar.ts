import { jsonSchemaToGrammar } from "../../ffi/chat.ts";
import type { CallForm } from "../chat/go-call-form.ts";
import type { Tool } from "../core/messages.ts";
import { anyObject, literals, withNamedRoot } from "./grammar.ts";

/** What an answer must be. */
export interface GoConstraint {
  /** Thinking may come first; `isOpen`: `open` ends the prompt, and thinking has to come. */
  thinking: { open: string; close: string; isOpen: boolean } | null;
  /** A JSON schema, or a GBNF grammar of the client's. */
  schema?: object | undefined;
  grammar?: string | undefined;
  /** Tools of which one has to be called, or, beside a schema, may be. */
  calls?: { form: CallForm; tools: Tool[]; areSeveral: boolean } | undefined;
}

/**
 * A GBNF grammar for an answer, which begins with `thinking.open` where that is the prompt's end.
 * @throws NativeError for a schema that has no grammar
 */
export function goGrammar({ thinking, schema, grammar, calls }: GoConstraint): string {
  const rules = [`${ours("space")} ::= [ \\t\\n]{0,8}`];
  const answers: string[] = [];
  const given = schema ? jsonSchemaToGrammar(anyObject(schema)) : grammar;
  if (given !== undefined) {
    rules.push(withNames(given, "given-"));
    answers.push("given-root");
  }
  if (calls) {
    rules.push(...callRules(calls));
    answers.push(ours("calls"));
  }
  let thought = "";
  if (thinking) {
    const { open, close, isOpen } = thinking;
    rules.push(`${ours("thought")} ::= ${literal(open)} ${ours("until-0")} ${ours("space")}`);
    rules.push(...untilRules(close));
    thought = isOpen ? `${ours("thought")} ` : `(${ours("space")} ${ours("thought")})? `;
  }
  return [`root ::= ${thought}(${answers.join(" | ")})`, ...rules].join("\n");
}

/** Names of rules that none of a schema's can have. */
const ours = (name: string) => `the-${name}`;

/** A grammar whose rules have other names. */
function withNames(grammar: string, prefix: string): string {
  const names = new RegExp(`${literals.source}|\\{[^}]*\\}|[A-Za-z0-9-]+`, "g");
  return grammar.replace(names, (found) => (/^[A-Za-z0-9-]/.test(found) ? prefix + found : found));
}

function callRules({ form, tools, areSeveral }: NonNullable<GoConstraint["calls"]>): string[] {
  const space = ours("space");
  const { before, after, isList, nameKey, argumentsKey } = form;
  const [one, key] = [ours("call"), (name: string) => literal(JSON.stringify(name))];
  const objects = tools.map(
    ({ name }, i) =>
      `"{" ${space} ${key(nameKey)} ${space} ":" ${space} ${key(name)} ${space} "," ${space} ` +
      `${key(argumentsKey)} ${space} ":" ${space} tool-${i}-root ${space} "}"`,
  );
  const more = areSeveral && isList ? ` (${space} "," ${space} ${one})*` : "";
  const list = isList ? `"[" ${space} ${one}${more} ${space} "]"` : one;
  const end = after === "" ? "" : ` (${space} ${literal(after)})?`;
  const begin = before === "" ? "" : `${literal(before)} ${space} `;
  return [
    `${ours("calls")} ::= ${begin}${list}${end}`,
    `${one} ::= ${objects.join(" | ")}`,
    ...tools.map(({ parameters }, i) => {
      const schema = anyObject(withNamedRoot(parameters));
      return withNames(jsonSchemaToGrammar(schema), `tool-${i}-`);
    }),
  ];
}

/** Rules for any text up to a tag, which ends it: one for each part of the tag that was seen. */
function untilRules(tag: string): string[] {
  const letters = [...tag];
  const different = [...new Set(letters)];
  const others = `[^${different.map(escaped).join("")}] ${ours("until-0")}`;
  return letters.map((_, nSeen) => {
    const next = different.map((c) => {
      const n = nMatched(letters, [...letters.slice(0, nSeen), c]);
      return n === letters.length ? literal(c) : `${literal(c)} ${ours(`until-${n}`)}`;
    });
    return `${ours(`until-${nSeen}`)} ::= ${[others, ...next].join(" | ")}`;
  });
}

/** How much of the beginning of a tag some letters end with. */
function nMatched(tag: string[], letters: string[]): number {
  const endsWith = (n: number) => letters.slice(letters.length - n).every((c, i) => c === tag[i]);
  let n = Math.min(tag.length, letters.length);
  while (!endsWith(n)) n--;
  return n;
}

function literal(text: string): string {
  return `"${Array.from(text, escaped).join("")}"`;
}

/** A character in a literal, or in a class of characters. */
function escaped(c: string): string {
  if (/[A-Za-z0-9]/.test(c)) return c;
  const code = c.codePointAt(0) ?? 0;
  if (code < 0x100) return `\\x${code.toString(16).padStart(2, "0")}`;
  if (code < 0x10000) return `\\u${code.toString(16).padStart(4, "0")}`;
  return `\\U${code.toString(16).padStart(8, "0")}`;
}
