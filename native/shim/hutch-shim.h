/*
 * hutch-shim: a flat C interface over what bun:ffi cannot call in libllama, libmtmd and
 * llama-common.
 *
 * bun:ffi passes scalars and pointers only, so every libllama function that takes or returns a
 * struct by value has a counterpart here; everything else is called in libllama and libmtmd
 * directly. What lives only in llama-common's C++ (samplers with grammars, chat templates and their
 * parsers, JSON schema to GBNF) is reached through here too. Hot calls take raw pointers, cold ones
 * JSON text. There is no policy here: what to batch, cache or sample is decided in TypeScript.
 *
 * Errors: a function that can fail returns NULL or a negative number, never throws, and leaves a
 * message for shim_last_error(). The message holds llama.cpp's own error log lines where there are
 * any. Text: all strings are UTF-8. A `char *` result is owned by the caller: shim_free() it.
 * Threads: a context, and the samplers and media used with it, belong to one thread at a time.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "llama.h"
#include "mtmd.h"

#if defined(_WIN32)
#define HUTCH_SHIM_API __declspec(dllexport)
#else
#define HUTCH_SHIM_API __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* llama-common's sampler chain with grammar and reasoning budget, one per sequence. */
struct shim_sampler;
/* The chat templates of one model. */
struct shim_chat_templates;
/* What turns one answer's text back into content, reasoning and tool calls. */
struct shim_chat_parser;

/* ---- process ---- */

/*
 * Loads every ggml backend library in `library_dir` and starts libllama. Call once, before anything
 * else. Log lines of at least `log_level` (ggml_log_level: 1 debug … 4 error) also go to stderr; 5
 * is silence. Returns the number of devices found (CPU, GPUs), or -1 when there is no backend for
 * this CPU.
 */
HUTCH_SHIM_API int32_t shim_init(const char * library_dir, int32_t log_level);

/* Why the last failed call of this thread failed. Never NULL. Valid until the next call. */
HUTCH_SHIM_API const char * shim_last_error(void);

/* Frees a `char *` that a function here returned. NULL is fine. */
HUTCH_SHIM_API void shim_free(char * text);

/* ---- model and context ---- */

/*
 * Loads a GGUF file. `options` is a JSON object; absent keys keep llama.cpp's defaults:
 *   n_gpu_layers (integer), vocab_only, check_tensors, use_extra_bufts (booleans),
 *   load_mode ("auto", "none", "mmap", "mlock", "mmap+mlock", "dio").
 * `progress` (may be NULL) is called on this thread with 0.0 … 1.0 and `user_data`; false cancels.
 * Returns NULL on failure. Free with llama_model_free.
 */
HUTCH_SHIM_API struct llama_model * shim_model_load(
    const char * path, const char * options, bool (*progress)(float fraction, void * user_data),
    void * user_data);

/*
 * Makes a context for a model. `options` is a JSON object; absent keys keep llama.cpp's defaults:
 *   n_ctx, n_batch, n_ubatch, n_seq_max, n_outputs_max (integers),
 *   n_threads, n_threads_batch (integers; 0 or absent: what llama.cpp's own programs use here),
 *   kv_unified, swa_full, offload_kqv, embeddings (booleans),
 *   flash_attn ("on", "off", "auto"), type_k, type_v ("f16", "q8_0", …).
 * Returns NULL on failure. Free with llama_free.
 */
HUTCH_SHIM_API struct llama_context * shim_context_init(
    struct llama_model * model, const char * options);

/*
 * llama_decode over four arrays of `n_tokens` rows: row i is token[i] at position pos[i] of
 * sequence seq_id[i]; output[i] != 0 asks for its logits. Returns llama_decode's code: 0 decoded, 1
 * no room in the KV cache (nothing changed), 2 aborted, negative: failed.
 */
HUTCH_SHIM_API int32_t shim_decode(
    struct llama_context * ctx, int32_t n_tokens, const int32_t * token, const int32_t * pos,
    const int32_t * seq_id, const int8_t * output);

/* ---- sampler ---- */

/*
 * Makes a sampler chain. `options` is a JSON object with the fields of common_params_sampling under
 * llama-server's names (temperature, top_k, samplers, dry_sequence_breakers, …), and
 *   logit_bias: [[token, bias], …] with null for minus infinity, ignore_eos (boolean),
 *   grammar (GBNF), grammar_type ("user", "output_format", "tool_calls"), grammar_lazy,
 *   grammar_triggers, preserved_tokens, generation_prompt, thinking_start_tag, thinking_end_tags:
 *   as shim_chat_apply returned them.
 * Returns NULL when a value is invalid or the grammar does not parse. Free with shim_sampler_free.
 */
HUTCH_SHIM_API struct shim_sampler * shim_sampler_init(
    const struct llama_model * model, const char * options);

HUTCH_SHIM_API void shim_sampler_free(struct shim_sampler * sampler);

/* Shows prompt tokens to the penalties; grammars ignore them. */
HUTCH_SHIM_API void shim_sampler_accept_prompt(
    struct shim_sampler * sampler, const int32_t * tokens, int32_t n_tokens);

/*
 * Samples a token from the logits of batch row `row` and accepts it.
 * Returns the token, or -1 when the grammar has no way on (then the sequence cannot go on either).
 */
HUTCH_SHIM_API int32_t
shim_sampler_sample(struct shim_sampler * sampler, struct llama_context * ctx, int32_t row);

/* ---- chat ---- */

/*
 * The model's chat templates; `template_override` replaces them unless it is "". A model without a
 * template gets ChatML, as in llama-server. Returns NULL when the template does not parse.
 */
HUTCH_SHIM_API struct shim_chat_templates * shim_chat_templates_init(
    const struct llama_model * model, const char * template_override);

HUTCH_SHIM_API void shim_chat_templates_free(struct shim_chat_templates * templates);

/*
 * Renders a conversation. `request` is a JSON object: messages, tools (OpenAI's form; a media part
 * is
 * {"type": "media_marker", "text": marker}), tool_choice ("auto", "none", "required"),
 * parallel_tool_calls, json_schema (text), grammar, enable_thinking, add_generation_prompt
 * (booleans), template_kwargs (object of any values). Returns a JSON object: prompt, grammar,
 * grammar_lazy, grammar_triggers, preserved_tokens, stops, generation_prompt, thinking_start_tag,
 * thinking_end_tags (for shim_sampler_init), supports_thinking, format, parser (for
 * shim_chat_parser_init). NULL when the template rejects the conversation.
 */
HUTCH_SHIM_API char * shim_chat_apply(
    const struct shim_chat_templates * templates, const char * request);

/*
 * `params` is a JSON object: format, parser, generation_prompt as shim_chat_apply returned them,
 * and parse_tool_calls (boolean). Reasoning is always separated. Free with shim_chat_parser_free.
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

/* ---- media ---- */

/*
 * Loads a projector (mmproj GGUF) for a model. `options` is a JSON object: use_gpu, warmup
 * (booleans), n_threads (integer), media_marker (text that stands for a picture in a prompt).
 * Returns NULL on failure. Free with mtmd_free.
 */
HUTCH_SHIM_API struct mtmd_context * shim_mtmd_init(
    const char * mmproj_path, const struct llama_model * model, const char * options);

/*
 * Decodes an image (JPEG, PNG, BMP, GIF …) or audio (WAV, MP3, FLAC) file in memory; its id is the
 * SHA-256 of its content. Returns NULL when it is neither. Free with mtmd_bitmap_free.
 */
HUTCH_SHIM_API struct mtmd_bitmap * shim_bitmap_from_bytes(
    const struct mtmd_context * mtmd, const uint8_t * bytes, size_t n_bytes);

/*
 * mtmd_tokenize with special tokens parsed: splits `text` at its media markers, puts `bitmaps`
 * there. Returns 0, or non-zero when markers and bitmaps differ in number or a bitmap cannot be
 * prepared.
 */
HUTCH_SHIM_API int32_t shim_mtmd_tokenize(
    const struct mtmd_context * mtmd, struct mtmd_input_chunks * chunks, const char * text,
    size_t text_len, bool add_special, const struct mtmd_bitmap * const * bitmaps,
    size_t n_bitmaps);

#ifdef __cplusplus
}
#endif
