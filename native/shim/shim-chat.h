/* A part of hutch-shim.h, which includes it. */
#pragma once

/* ---- chat ---- */

/*
 * The model's chat templates; `template_override` replaces them unless it is "". A model without a
 * template gets ChatML, as in llama-server. Without `use_jinja` templates are not run but
 * recognized: the override may be the name of one that llama.cpp has built in, tools and thinking
 * are left out, and a template that it does not know is refused by shim_chat_apply.
 * Returns NULL when the template does not parse, or is no built-in one.
 */
HUTCH_SHIM_API struct shim_chat_templates * shim_chat_templates_init(
    const struct llama_model * model, const char * template_override, bool use_jinja);

HUTCH_SHIM_API void shim_chat_templates_free(struct shim_chat_templates * templates);

/*
 * Returns a JSON object: caps (llama.cpp's findings, booleans by name), source, tool_use_source
 * ("" when the model has none for tools), supports_thinking (the template obeys enable_thinking).
 */
HUTCH_SHIM_API char * shim_chat_templates_describe(const struct shim_chat_templates * templates);

/*
 * Renders a conversation. `request` is a JSON object: messages, tools (OpenAI's form; a media part
 * is {"type": "media_marker", "text": marker}), tool_choice ("auto", "none", "required"),
 * parallel_tool_calls, json_schema (text), grammar, enable_thinking, add_generation_prompt
 * (booleans), continue_final_message (true, false, "content", "reasoning_content": the last message
 * is the beginning of the answer), reasoning_format ("none": thinking stays in the content; "auto",
 * "deepseek", "deepseek-legacy": it is separated), parse_tool_calls (false: calls stay in the
 * content), force_pure_content (true: nothing is separated), template_kwargs (object of any
 * values). Returns a JSON object: prompt, grammar, grammar_lazy, grammar_triggers,
 * preserved_tokens, stops, generation_prompt, thinking_start_tag, thinking_end_tags (for
 * shim_sampler_init), supports_thinking, format, parser, parses_json (for shim_chat_parser_init).
 * NULL when the template rejects the conversation.
 */
HUTCH_SHIM_API char * shim_chat_apply(
    const struct shim_chat_templates * templates, const char * request);

/*
 * `params` is a JSON object: format, parser, generation_prompt, parses_json as shim_chat_apply
 * returned them. Free with shim_chat_parser_free.
 */
HUTCH_SHIM_API struct shim_chat_parser * shim_chat_parser_init(const char * params);

HUTCH_SHIM_API void shim_chat_parser_free(struct shim_chat_parser * parser);

/*
 * Parses the whole text generated so far; `is_partial` tolerates an unfinished end.
 * Returns {"content": …, "reasoning": …, "tool_calls": [{"id", "name", "arguments"}]}, or NULL when
 * a finished text does not have the form that its template promised.
 */
HUTCH_SHIM_API char * shim_chat_parse(
    const struct shim_chat_parser * parser, const char * text, size_t text_len, bool is_partial);

/* The GBNF grammar of a JSON schema. NULL when the schema is not JSON or cannot be expressed. */
HUTCH_SHIM_API char * shim_json_schema_to_grammar(const char * schema);
