import type { ReasoningFormat } from "../src/core/load.ts";
import { type ChatParserPtr, type ChatTemplatesPtr, Owned } from "./handle.ts";
import type { Model } from "./model.ts";
import { cString, NativeError, native, takeText, unwrap } from "./native.ts";
import { type TextBounds, textBoundsOf } from "./text-bounds.ts";

/** A conversation for a template, by the shim's names: see `shim_chat_apply` in hutch-shim.h. */
export interface ChatInputs {
  messages: object[];
  tools?: object[];
  tool_choice?: "auto" | "none" | "required";
  parallel_tool_calls?: boolean;
  json_schema?: string;
  grammar?: string;
  enable_thinking?: boolean;
  /** false: the prompt ends with the last message. */
  add_generation_prompt?: boolean;
  /** The last message is the beginning of the answer: of its content or thinking; true: either. */
  continue_final_message?: boolean | "content" | "reasoning_content";
  /** "none": thinking stays in the content. */
  reasoning_format?: ReasoningFormat;
  /** false: tool calls stay in the content. */
  parse_tool_calls?: boolean;
  /** true: everything stays in the content. */
  force_pure_content?: boolean;
  template_kwargs?: Record<string, unknown>;
}

/** A rendered conversation, and what its answer will look like. */
export interface RenderedChat {
  prompt: string;
  grammar: string;
  grammar_lazy: boolean;
  grammar_triggers: object[];
  preserved_tokens: string[];
  stops: string[];
  generation_prompt: string;
  thinking_start_tag: string;
  thinking_end_tags: string[];
  supports_thinking: boolean;
  format: number;
  parser: string;
  parses_json: boolean;
}

/** A parsed answer, or what there is of it. `arguments` is JSON text, unfinished while partial. */
export interface ParsedAnswer {
  content: string;
  reasoning: string;
  tool_calls: { id: string; name: string; arguments: string }[];
}

/** `common_chat_format` of a template whose answers are content and nothing else. */
const contentOnly = 0;

/** Which templates to use, and how. */
export interface ChatTemplateOptions {
  /** Instead of the model's own. Without Jinja also the name of one that llama.cpp has built in. */
  template?: string | undefined;
  /**
   * false: templates are not run but recognized as one of llama.cpp's list; tools and thinking are
   * left out then. Default: true.
   */
  jinja?: boolean | undefined;
}

/** What llama.cpp finds out about a model's templates. */
export interface ChatTemplateInfo {
  /** supports_tools, supports_system_role … */
  caps: Record<string, boolean>;
  source: string;
  /** The model's separate template for tools; "" when it has none. */
  tool_use_source: string;
  /** The template obeys `enable_thinking`. */
  supports_thinking: boolean;
}

/** The chat templates of a model (ChatML when it has none). */
export class ChatTemplates implements Disposable {
  readonly #owned: Owned<ChatTemplatesPtr>;
  readonly info: ChatTemplateInfo;

  /** @throws NativeError when the template does not parse, or, without Jinja, is not built in */
  constructor(model: Model, { template = "", jinja = true }: ChatTemplateOptions = {}) {
    const { shim } = native();
    this.#owned = new Owned(
      unwrap<ChatTemplatesPtr>(shim.shim_chat_templates_init(model.ptr, cString(template), jinja)),
      "chat templates",
    );
    this.info = JSON.parse(takeText(shim.shim_chat_templates_describe(this.#owned.ptr)));
  }

  /**
   * @throws NativeError when the template rejects the conversation, or the schema has no grammar
   */
  apply(inputs: ChatInputs): RenderedChat {
    const request = cString(JSON.stringify(inputs));
    return JSON.parse(takeText(native().shim.shim_chat_apply(this.#owned.ptr, request)));
  }

  [Symbol.dispose](): void {
    const ptr = this.#owned.take();
    if (ptr !== null) native().shim.shim_chat_templates_free(ptr);
  }
}

const encoder = new TextEncoder();

/** Turns the text of one answer back into content, reasoning and tool calls. */
export class ChatParser implements Disposable {
  readonly #owned: Owned<ChatParserPtr>;
  /** True when every answer is plain content, so that parsing it would change nothing. */
  readonly isPlain: boolean;
  readonly #form: string;

  constructor({ format, parser, generation_prompt, parses_json }: RenderedChat) {
    this.isPlain = format === contentOnly;
    this.#form = parser;
    const options = { format, parser, generation_prompt, parses_json };
    const params = cString(JSON.stringify(options));
    this.#owned = new Owned(
      unwrap<ChatParserPtr>(native().shim.shim_chat_parser_init(params)),
      "chat parser",
    );
  }

  /** What the prompt already contains of the answer: not empty when a message is continued. */
  get prefill(): ParsedAnswer {
    return this.parse("", true);
  }

  /** Where content and thinking end; null: they are more than free text. */
  get bounds(): TextBounds | null {
    return textBoundsOf(this.#form);
  }

  /** @throws NativeError when a finished text does not have the form that its template promised */
  parse(text: string, isPartial: boolean): ParsedAnswer {
    const bytes = encoder.encode(text);
    const given = bytes.length === 0 ? cString("") : bytes;
    return JSON.parse(
      takeText(native().shim.shim_chat_parse(this.#owned.ptr, given, bytes.length, isPartial)),
    );
  }

  [Symbol.dispose](): void {
    const ptr = this.#owned.take();
    if (ptr !== null) native().shim.shim_chat_parser_free(ptr);
  }
}

/** Grammars of the schemas that came last, by the schema's text; the most recent ones last. */
const grammars = new Map<string, string>();
const nGrammarsMax = 64;
/** Longest grammar, in characters, that is kept. */
const keptLengthMax = 256 * 1024;

/** The GBNF grammar of a JSON schema. @throws NativeError when it cannot be expressed */
export function jsonSchemaToGrammar(schema: object): string {
  const text = JSON.stringify(schema);
  const known = grammars.get(text);
  const grammar = known ?? takeText(native().shim.shim_json_schema_to_grammar(cString(text)));
  // llama.cpp repeats the last byte of a character, and what is no text then becomes U+FFFD.
  if (grammar.includes("\ufffd") && !text.includes("\ufffd")) {
    throw new NativeError("a pattern can repeat a character beyond ASCII only in a class: [é]{2}");
  }
  grammars.delete(text);
  if (grammar.length <= keptLengthMax) grammars.set(text, grammar);
  const [oldest = ""] = grammars.keys();
  if (grammars.size > nGrammarsMax) grammars.delete(oldest);
  return grammar;
}
