import { jsonSchemaToGrammar, type RenderedChat } from "../../ffi/chat.ts";
import type { SamplerOptions } from "../../ffi/sampler.ts";
import { AppError } from "../core/errors.ts";
import type { ChatPrompt, Constraint } from "../core/generate.ts";
import { isGoChat } from "./go-answer.ts";

/** What constrains an answer, under the shim's names. @throws AppError for an impossible schema */
export function constraintOptions(constraint: Constraint): SamplerOptions {
  const { grammarLazy, grammarTriggers, preservedTokens } = constraint;
  return {
    ...grammarOf(constraint),
    ...(grammarLazy && { grammar_lazy: true }),
    ...(grammarTriggers && { grammar_triggers: grammarTriggers }),
    ...(preservedTokens && { preserved_tokens: preservedTokens }),
  };
}

function grammarOf({ grammar, jsonSchema }: Constraint): SamplerOptions {
  if (grammar) return { grammar, grammar_type: "user" };
  if (jsonSchema === undefined) return {};
  try {
    return { grammar: jsonSchemaToGrammar(anyObject(jsonSchema)), grammar_type: "output_format" };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const message = `the JSON schema has no grammar: ${reason}`;
    throw new AppError("invalid_request", message, { param: "json_schema", cause: error });
  }
}

/** An empty schema means "any object". */
export function anyObject(schema: object): object {
  return Object.keys(schema).length === 0 ? { type: "object" } : withNamedRoot(schema);
}

const rootName = "the_whole";
const rootRef = `#/$defs/${rootName}`;

/**
 * The schema with what is in itself as a definition: llama.cpp knows no `"$ref": "#"`, by which
 * schemas of recursive types refer to themselves.
 */
export function withNamedRoot(schema: object): object {
  let isRecursive = false;
  const text = JSON.stringify(schema, (key, value) => {
    if (key !== "$ref" || value !== "#") return value;
    isRecursive = true;
    return rootRef;
  });
  if (!isRecursive) return schema;
  const { $defs = {}, ...root } = JSON.parse(text);
  return { ...root, $defs: { ...$defs, [rootName]: root } };
}

/**
 * What constrains the answer of a chat: the client's own grammar, which begins with the answer; or
 * the one that the template made for its tools or schema, which begins with the generation prompt;
 * or what the server was started with.
 */
export function chatGrammarOptions(
  rendered: RenderedChat,
  own: ChatPrompt,
  standard: Constraint = {},
): SamplerOptions {
  const { preserved_tokens, generation_prompt } = rendered;
  const isFree = rendered.grammar === "";
  if (isFree || (own.grammar && !isGoChat(rendered))) {
    const constraint = own.grammar ? { ...own, jsonSchema: undefined } : standard;
    const preservedTokens = [...preserved_tokens, ...(own.preservedTokens ?? [])];
    return { ...constraintOptions({ ...constraint, preservedTokens }), generation_prompt };
  }
  return {
    grammar: mustCall(own) ? withCallFirst(rendered.grammar) : rendered.grammar,
    grammar_type: "tool_calls",
    grammar_lazy: rendered.grammar_lazy,
    grammar_triggers: rendered.grammar_triggers,
    preserved_tokens,
    generation_prompt,
  };
}

const mustCall = ({ toolChoice }: ChatPrompt) => toolChoice !== "auto" && toolChoice !== "none";

/**
 * llama.cpp's grammar for a call that must come has room for text before it, in which a model may
 * lose itself. There is none here: thinking, then the call. In its root, the text is a rule
 * `until-N?`, the last one; in what a template of its own has in llama.cpp, it may be called
 * otherwise, and stays.
 */
export function withCallFirst(grammar: string): string {
  return grammar.replace(/^(root ::= .*) until-\d+\?(?= )/m, "$1");
}

/**
 * llama.cpp's grammars have room for a thought before the answer, even of a model that was told not
 * to think. There is none here.
 */
export function withoutThoughts<Chat extends RenderedChat>(rendered: Chat): Chat {
  const { grammar, thinking_start_tag: tag } = rendered;
  if (tag === "") return rendered;
  const thought = RegExp.escape(` (${JSON.stringify(tag)}`);
  const rule = new RegExp(`^(root ::= .*?)${thought}[^()]*\\)\\?`, "m");
  return { ...rendered, grammar: grammar.replace(rule, "$1") };
}

/** How long a model may think, and by which texts its thinking is known. */
export function reasoningOptions(
  { thinking_start_tag, thinking_end_tags }: RenderedChat,
  { budget, message, isControlled }: { budget: number; message: string; isControlled: boolean },
): SamplerOptions {
  if (thinking_end_tags.length === 0) return {};
  return {
    thinking_start_tag,
    thinking_end_tags,
    reasoning_budget_tokens: budget,
    reasoning_budget_message: message,
    reasoning_control: isControlled,
  };
}

/** Strings, character classes and comments of a grammar. */
export const literals = /"[^"\\]*(?:\\[\s\S][^"\\]*)*"?|\[[^\]\\]*(?:\\[\s\S][^\]\\]*)*\]?|#.*/g;

/**
 * llama.cpp counts from a repetition's least number up to its most, and never arrives when that is
 * smaller.
 * @throws AppError invalid_request
 */
export function checkRepetitions(grammar: string, param: string): void {
  for (const [text, least, most] of grammar
    .replace(literals, " ")
    .matchAll(/\{\s*(\d+)\s*,\s*(\d+)\s*\}/g)) {
    if (Number(least) <= Number(most)) continue;
    const message = `\`${param}\`: the repetition ${text} has no numbers from ${least} to ${most}`;
    throw new AppError("invalid_request", message, { param });
  }
}
