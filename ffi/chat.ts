import { type ChatParserPtr, type ChatTemplatesPtr, Owned } from "./handle.ts";
import type { Model } from "./model.ts";
import { cString, native, takeText, unwrap } from "./native.ts";

/** A conversation for a template, by the shim's names: see `shim_chat_apply` in hutch-shim.h. */
export interface ChatInputs {
  messages: object[];
  tools?: object[];
  tool_choice?: "auto" | "none" | "required";
  parallel_tool_calls?: boolean;
  json_schema?: string;
  grammar?: string;
  enable_thinking?: boolean;
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
}

/** A parsed answer, or what there is of it. `arguments` is JSON text, unfinished while partial. */
export interface ParsedAnswer {
  content: string;
  reasoning: string;
  tool_calls: { id: string; name: string; arguments: string }[];
}

/** `common_chat_format` of a template whose answers are content and nothing else. */
const contentOnly = 0;

/** The chat templates of a model (ChatML when it has none). */
export class ChatTemplates implements Disposable {
  readonly #owned: Owned<ChatTemplatesPtr>;

  /** @throws NativeError when the template does not parse */
  constructor(model: Model, templateOverride = "") {
    this.#owned = new Owned(
      unwrap<ChatTemplatesPtr>(
        native().shim.shim_chat_templates_init(model.ptr, cString(templateOverride)),
      ),
      "chat templates",
    );
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

/** Turns the text of one answer back into content, reasoning and tool calls. */
export class ChatParser implements Disposable {
  readonly #owned: Owned<ChatParserPtr>;
  /** True when every answer is plain content, so that parsing it would change nothing. */
  readonly isPlain: boolean;

  constructor(rendered: RenderedChat, parseToolCalls: boolean) {
    const { format, parser, generation_prompt } = rendered;
    this.isPlain = format === contentOnly;
    const params = { format, parser, generation_prompt, parse_tool_calls: parseToolCalls };
    this.#owned = new Owned(
      unwrap<ChatParserPtr>(native().shim.shim_chat_parser_init(cString(JSON.stringify(params)))),
      "chat parser",
    );
  }

  /** @throws NativeError when a finished text does not have the form that its template promised */
  parse(text: string, isPartial: boolean): ParsedAnswer {
    const bytes = new TextEncoder().encode(text);
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

/** The GBNF grammar of a JSON schema. @throws NativeError when it cannot be expressed */
export function jsonSchemaToGrammar(schema: object): string {
  return takeText(native().shim.shim_json_schema_to_grammar(cString(JSON.stringify(schema))));
}
