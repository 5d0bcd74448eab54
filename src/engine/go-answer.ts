import type { ParsedAnswer, RenderedChat } from "../../ffi/chat.ts";
import { TextBounds } from "../../ffi/text-bounds.ts";
import type { AnswerParser } from "./answer.ts";
import { jsonEnd, jsonMembers, parsed } from "./json-scan.ts";

/** What answers look like to a conversation that a Go template rendered. */
export interface AnswerForm {
  /** Texts around thinking; `isOpen`: the prompt ends within it. */
  thinking: { open: string; close: string; isOpen: boolean } | null;
  /** What begins tool calls, and tools that may be called. */
  calls: { tag: string; names: string[] } | null;
}

/** A conversation that a Go template rendered: what it has beside one of llama-common's. */
export interface GoRenderedChat extends RenderedChat {
  /** Null: all of the answer is content. */
  form: AnswerForm | null;
}

export function isGoChat(chat: RenderedChat): chat is GoRenderedChat {
  return "form" in chat;
}

type Call = ParsedAnswer["tool_calls"][number];

/** What decides whether a text that may be a call from its beginning on is one. */
const jsonMarks = ["{", "}", "[", "]", '"', "\\"];

/** Finds thinking and tool calls by the texts that the template puts around them. */
export class GoAnswerParser implements AnswerParser {
  readonly #form: AnswerForm;

  readonly bounds: TextBounds;

  constructor(form: AnswerForm) {
    const { thinking, calls } = form;
    this.#form = form;
    const around = thinking ? [thinking.open, thinking.close] : [];
    const isBare = calls !== null && isBareTag(calls.tag);
    const last = calls && !isBare ? [calls.tag] : [];
    this.bounds = new TextBounds([...around, ...(isBare ? jsonMarks : [])], { last });
  }

  parse(text: string, isPartial: boolean): ParsedAnswer {
    const { reasoning, rest } = this.#splitThinking(text, isPartial);
    if (rest === null) return { content: "", reasoning, tool_calls: [] };
    return { reasoning, ...this.#splitCalls(rest, isPartial) };
  }

  /** `rest`: what follows the thinking; null while that is not known. */
  #splitThinking(text: string, isPartial: boolean): { reasoning: string; rest: string | null } {
    const { thinking } = this.#form;
    if (!thinking) return { reasoning: "", rest: text };
    const { open, close, isOpen } = thinking;
    const begun = text.trimStart();
    const isBegun = begun.startsWith(open);
    if (isPartial && !isBegun && open.startsWith(begun)) return { reasoning: "", rest: null };
    if (!isOpen && !isBegun) return { reasoning: "", rest: text };
    const thought = (isBegun ? begun.slice(open.length) : begun).trimStart();
    const end = thought.indexOf(close);
    if (end >= 0) {
      const rest = thought.slice(end + close.length).trimStart();
      return { reasoning: thought.slice(0, end).trimEnd(), rest };
    }
    const sure = isPartial ? withoutBeginningOf(close, thought) : thought;
    return { reasoning: sure.trimEnd(), rest: null };
  }

  #splitCalls(text: string, isPartial: boolean): Omit<ParsedAnswer, "reasoning"> {
    const { calls } = this.#form;
    if (!calls) return { content: text, tool_calls: [] };
    const start = callsStart(text, calls.tag);
    if (start === null) {
      const sure = isPartial ? withoutBeginningOf(calls.tag, text) : text;
      // White space before a tag belongs to it.
      return { content: isPartial ? sure.trimEnd() : sure, tool_calls: [] };
    }
    const found = callsIn(text.slice(start), calls.names);
    const isOpen = isPartial && !found.isOver;
    if (found.calls.length === 0 && !isOpen) return { content: text, tool_calls: [] };
    return { content: text.slice(0, start).trimEnd(), tool_calls: found.calls };
  }
}

/** Without an end that may be the beginning of a tag. */
function withoutBeginningOf(tag: string, text: string): string {
  for (let n = Math.min(tag.length - 1, text.length); n > 0; n--) {
    if (text.endsWith(tag.slice(0, n))) return text.slice(0, -n);
  }
  return text;
}

const isBareTag = (tag: string) => tag === "{" || tag === "[";

/** Where calls begin: at the tag; bare JSON must be all of the answer. */
function callsStart(text: string, tag: string): number | null {
  const isBare = isBareTag(tag);
  const found = isBare ? text.search(/\S/) : text.indexOf(tag);
  if (found < 0 || (isBare && !/[{[]/.test(text.charAt(found)))) return null;
  return found;
}

/** What a call may have beside its name and arguments, and what is taken for these. */
const nameKeys = ["name", "tool_name"];
const argumentKeys = ["arguments", "parameters"];
const otherKeys = ["type", "function", "id", "tool_call_id", "index"];

/**
 * The calls in a text, whatever stands between them: `{"name": …, "arguments": …}`, or a name
 * followed by an object of arguments. `isOver`: nothing that may follow makes a call of it.
 */
function callsIn(text: string, names: string[]): { calls: Call[]; isOver: boolean } {
  const calls: Call[] = [];
  let at = 0;
  for (;;) {
    const start = text.indexOf("{", at);
    if (start < 0) return { calls, isOver: false };
    const end = jsonEnd(text, start);
    if (end === null) return { calls, isOver: !mayBeCall(text.slice(at), start - at, names) };
    const call = callOf(text.slice(start, end), text.slice(at, start), names);
    if (call) calls.push(call);
    else if (calls.length === 0) return { calls, isOver: true };
    at = end;
  }
}

/** Whether an unfinished object may become a call, so that it is not yet shown as text. */
function mayBeCall(text: string, start: number, names: string[]): boolean {
  if (lastNameIn(text.slice(0, start), names) !== null) return true;
  const [, key] = /^\{\s*"([^"\\]*)"/.exec(text.slice(start)) ?? [];
  return key === undefined || [...nameKeys, ...argumentKeys, ...otherKeys].includes(key);
}

function lastNameIn(text: string, names: string[]): string | null {
  const found = names.filter((name) => text.includes(name));
  return found.reduce<string | null>((best, name) => {
    const isLater = best === null || text.lastIndexOf(name) > text.lastIndexOf(best);
    const isLonger = best !== null && name.length > best.length && name.includes(best);
    return isLater || isLonger ? name : best;
  }, null);
}

function callOf(json: string, before: string, names: string[]): Call | null {
  const members = jsonMembers(json);
  if (!members) return null;
  const called = members.get("function");
  if (called?.startsWith("{")) return callOf(called, before, names);
  const name = nameKeys.map((key) => parsed(members.get(key) ?? "")).find(isText);
  const given = argumentKeys.map((key) => members.get(key)).find((text) => text !== undefined);
  if (name !== undefined && names.includes(name)) {
    const object = given === undefined ? "{}" : asObject(given);
    return object === null ? null : { id: "", name, arguments: object };
  }
  const named = name === undefined ? lastNameIn(before, names) : null;
  return named === null ? null : { id: "", name: named, arguments: json };
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

/** Arguments as JSON text; some models write that text as a string. */
function asObject(json: string): string | null {
  const value = parsed(json);
  if (typeof value === "string") return value.startsWith("{") ? asObject(value) : null;
  return jsonMembers(json) ? json : null;
}
