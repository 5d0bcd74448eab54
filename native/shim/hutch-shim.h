/*
 * hutch-shim: a flat C interface to what bun:ffi cannot call in libllama, libmtmd, llama-common.
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
/* The thread pools of a context. */
struct shim_threads;
/* A model that is being written anew. */
struct shim_quantization;
/* What drafts tokens for the sequences of a context. */
struct shim_speculation;
/* The chat templates of one model. */
struct shim_chat_templates;
/* What turns one answer's text back into content, reasoning and tool calls. */
struct shim_chat_parser;

/* ---- process ---- */

/*
 * Loads every ggml backend library in `library_dir` and starts libllama. Call once, before anything
 * else. Log lines of at least `log_level` (ggml_log_level: 1 debug … 4 error) also go to stderr; 5
 * is silence. Returns the number of devices found (CPU, GPUs), or -1 when no backend fits the CPU.
 */
HUTCH_SHIM_API int32_t shim_init(const char * library_dir, int32_t log_level);

/* Why the last failed call of this thread failed. Never NULL. Valid until the next call. */
HUTCH_SHIM_API const char * shim_last_error(void);

/* Frees a `char *` that a function here returned. NULL is fine. */
HUTCH_SHIM_API void shim_free(char * text);

/* ---- model and context ---- */

/*
 * Loads a GGUF file. `options` is a JSON object; absent keys keep llama.cpp's defaults, and a
 * number that is out of range fails, here and everywhere below:
 *   n_gpu_layers (integer; negative: all), main_gpu (integer),
 *   split_mode ("none", "layer", "row", "tensor"), tensor_split (numbers: a device's part each),
 *   devices (ggml's names; ["none"]: the CPU only), override_kv ("KEY=TYPE:VALUE" each, TYPE int,
 *   float, bool or str), override_tensor ("PATTERN=BUFFER_TYPE" each), load_mode ("auto", "none",
 *   "mmap", "mlock", "mmap+mlock", "dio"), lazy_mode ("on", "auto", "off": rows of the tensors
 *   that an architecture marks for it are read from the file when they are needed; "auto": of those
 *   above 4 GiB), check_tensors, use_extra_bufts, no_host, load_mtp (booleans; the last: also the
 *   layers that predict several tokens).
 * `progress` (may be NULL) is called on this thread with 0.0 … 1.0 and `user_data`; false cancels.
 * Returns NULL on failure. Free with llama_model_free.
 */
HUTCH_SHIM_API struct llama_model * shim_model_load(
    const char * path, const char * options, bool (*progress)(float fraction, void * user_data),
    void * user_data);

/*
 * Makes a context for a model. `options` is a JSON object; absent keys keep llama.cpp's defaults:
 *   n_ctx, n_batch, n_ubatch, n_seq_max, n_rs_seq, n_outputs_max, n_outputs_max_per_seq (integers),
 *   n_threads, n_threads_batch (integers; 0 or absent: what llama.cpp's own programs use here),
 *   kv_unified, swa_full, offload_kqv, op_offload, embeddings (booleans),
 *   pooling ("none", "mean", "cls", "last", "rank"), flash_attn ("on", "off", "auto"),
 *   type_k, type_v ("f16", "q8_0", …), rope_scaling ("none", "linear", "yarn"), rope_freq_base,
 *   rope_freq_scale, yarn_orig_ctx, yarn_ext_factor, yarn_attn_factor, yarn_beta_fast,
 *   yarn_beta_slow (numbers).
 * Returns NULL on failure. Free with llama_free.
 */
HUTCH_SHIM_API struct llama_context * shim_context_init(
    struct llama_model * model, const char * options);

/* An empty run, so that the first real one is as fast as the next. Clears the KV cache. */
HUTCH_SHIM_API int32_t shim_warmup(struct llama_context * ctx);

/*
 * llama_decode over four arrays of `n_tokens` rows: row i is token[i] at position pos[i] of
 * sequence seq_id[i]; output[i] != 0 asks for its logits or embedding. Returns llama_decode's code:
 * 0 decoded, 1 no room in the KV cache (nothing changed), 2 aborted, negative: failed.
 */
HUTCH_SHIM_API int32_t shim_decode(
    struct llama_context * ctx, int32_t n_tokens, const int32_t * token, const int32_t * pos,
    const int32_t * seq_id, const int8_t * output);

/* llama_encode over the same arrays. Returns 0, or a negative number. */
HUTCH_SHIM_API int32_t shim_encode(
    struct llama_context * ctx, int32_t n_tokens, const int32_t * token, const int32_t * pos,
    const int32_t * seq_id, const int8_t * output);

/*
 * What model and context take: a JSON list of {"name" (of a kind of memory, "CPU_Mapped", "CUDA0"
 * …), "gpu" (boolean: it is a GPU's), "model", "context", "compute" (bytes)}. NULL on failure.
 */
HUTCH_SHIM_API char * shim_memory(const struct llama_context * ctx);

/* ---- threads ---- */

/*
 * Gives a context thread pools of its own. `options` is a JSON object of two objects, `decode`
 * (steps of one token) and `batch` (others), each with n_threads (integer; 0 or absent: as many as
 * llama.cpp's own programs use here), cpu_mask (hexadecimal), cpu_range ("LOW-HIGH"), cpu_strict
 * (boolean: each thread on one CPU), priority (-1 low … 3 realtime; it becomes the process's too,
 * as far as the user may), poll (0 sleep … 100 spin while waiting).
 * Returns the pools, which must live until others are set or the context is freed; NULL on failure.
 */
HUTCH_SHIM_API struct shim_threads * shim_set_threads(
    struct llama_context * ctx, const char * options);

HUTCH_SHIM_API void shim_threads_free(struct shim_threads * threads);

/* ---- adapters ---- */

/* Loads a LoRA adapter for a model. Returns NULL on failure. Free with llama_adapter_lora_free. */
HUTCH_SHIM_API struct llama_adapter_lora * shim_lora_load(
    struct llama_model * model, const char * path);

/*
 * Makes these, with their scales, the adapters of the following steps. `adapters` and `scales` have
 * room for one at least. Returns 0, or -1.
 */
HUTCH_SHIM_API int32_t shim_set_loras(
    struct llama_context * ctx, int32_t n_adapters,
    struct llama_adapter_lora * const * adapters, const float * scales);

/*
 * Makes a sum of control vectors that of the following steps. `options` is a JSON object: vectors
 * (a list of {"path", "scale"}; empty: none), first_layer, last_layer (integers, both included;
 * absent: 1 and the last). Returns 0, or -1.
 */
HUTCH_SHIM_API int32_t shim_set_control_vectors(struct llama_context * ctx, const char * options);

/* ---- saved sequences ---- */

/*
 * Writes a file of one sequence's cells, in llama-server's format: `payload` is what it describes
 * them with. A file that is there is replaced at the end. Returns the file's bytes, or -1.
 */
HUTCH_SHIM_API int64_t shim_sequence_save(
    struct llama_context * ctx, const char * path, int32_t seq_id, const int32_t * payload,
    size_t n_payload);

/* Length of the payload of such a file, or -1 when it is none. */
HUTCH_SHIM_API int64_t shim_sequence_payload_size(const char * path);

/*
 * Reads the file's cells into a sequence, instead of what it holds, and its payload, whose length
 * `n_payload` must be. Returns the file's bytes, or -1: the sequence is empty then.
 */
HUTCH_SHIM_API int64_t shim_sequence_restore(
    struct llama_context * ctx, const char * path, int32_t seq_id, int32_t * payload,
    size_t n_payload);

/* ---- sampler ---- */

/*
 * Makes a sampler chain. `options` is a JSON object with the fields of common_params_sampling under
 * llama-server's names (temperature, top_k, samplers, dry_sequence_breakers, …), and
 *   logit_bias: [[token or text, bias], …] with null for minus infinity, ignore_eos (boolean),
 *   grammar (GBNF), grammar_type ("user", "output_format", "tool_calls"), grammar_lazy,
 *   grammar_triggers, preserved_tokens, generation_prompt, thinking_start_tag, thinking_end_tags:
 *   as shim_chat_apply returned them,
 *   reasoning_budget_tokens (integer, -1: no limit), reasoning_budget_message (what to write before
 *   the end tag when it is used up), reasoning_control (boolean: shim_sampler_end_reasoning works).
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

/*
 * How likely `token` is after row `row`, and the `n_top` likeliest tokens, in order: by all logits
 * of the row, or, with `post_sampling`, among what the chain left; those of probability 0 are left
 * out then, and `token` must be what the last shim_sampler_sample took from the row. Writes up to
 * `n_top` tokens and probabilities, and that of `token` to `prob`. Returns how many it wrote, or
 * -1.
 */
HUTCH_SHIM_API int32_t shim_sampler_probabilities(
    struct shim_sampler * sampler, struct llama_context * ctx, int32_t row, int32_t token,
    bool post_sampling, int32_t n_top, int32_t * top_tokens, float * top_probs, float * prob);

/*
 * Makes the model end its thinking now. Returns false when it does not think, or when the sampler
 * has neither reasoning_control, nor a budget, nor a lazy grammar.
 */
HUTCH_SHIM_API bool shim_sampler_end_reasoning(struct shim_sampler * sampler);

/* ---- speculation ---- */

/*
 * Options of speculation, a JSON object; absent keys keep llama.cpp's defaults:
 *   types (llama.cpp's names: "draft-simple", "ngram-simple", …; absent: what the draft model is
 *   for, if there is one), draft_model (path), draft_n_max, draft_n_min (integers), draft_p_min,
 *   draft_p_split (numbers), draft_type_k, draft_type_v (as type_k), ngram_size_n, ngram_size_m,
 *   ngram_min_hits (integers, for all types that look for n-grams), ngram_mod_n_match,
 *   ngram_mod_n_max, ngram_mod_n_min (integers, for ngram-mod alone; the first two instead of
 *   ngram_size_n and ngram_size_m), lookup_cache_static, lookup_cache_dynamic (paths), synth_len
 *   (number), synth_rates (numbers);
 *   model, context (objects: options of shim_model_load and shim_context_init for the draft model;
 *   of the context, threads are the target's where they are absent, sizes always).
 *
 * Returns a JSON object: types (in use, joined by commas), n_max (longest draft). NULL when a value
 * is invalid.
 */
HUTCH_SHIM_API char * shim_speculation_describe(const char * options);

/*
 * Makes what drafts for the sequences of `target`; it loads the draft model if one is needed.
 * "draft-mtp" without a draft model uses layers of the target, which load_mtp loads.
 * Returns NULL on failure. Free with shim_speculation_free, before `target`.
 */
HUTCH_SHIM_API struct shim_speculation * shim_speculation_init(
    struct llama_context * target, const char * options);

HUTCH_SHIM_API void shim_speculation_free(struct shim_speculation * speculation);

/* Tokens of the longest draft. */
HUTCH_SHIM_API int32_t shim_speculation_n_max(const struct shim_speculation * speculation);

/* The draft model's context, or NULL. What is done to the target's cells is to be done to its. */
HUTCH_SHIM_API struct llama_context * shim_speculation_draft_context(
    struct shim_speculation * speculation);

/*
 * With synth_len or synth_rates: the probability at which token `index` of a draft is accepted, if
 * those before it were. -1: drafts are compared with what the model says.
 */
HUTCH_SHIM_API double shim_speculation_synth_probability(
    const struct shim_speculation * speculation, int32_t index);

/* Tells of a new generation, whose prompt is decoded. Returns 0, or -1. */
HUTCH_SHIM_API int32_t shim_speculation_begin(
    struct shim_speculation * speculation, int32_t seq_id, const int32_t * tokens,
    int32_t n_tokens);

/* Follows a step of the target, over the same arrays as shim_decode. Returns 0, or -1. */
HUTCH_SHIM_API int32_t shim_speculation_process(
    struct shim_speculation * speculation, int32_t n_tokens, const int32_t * token,
    const int32_t * pos, const int32_t * seq_id, const int8_t * output);

/*
 * Drafts for `n_requests` sequences: request i is for seq_id[i], whose last_token[i] will stand at
 * position[i]; n_prompt[i] tokens, one sequence's after another's in `prompts`, come before it; at
 * most n_max[i] tokens are wanted. Writes n_drafted[i] tokens from drafted[i * stride] on.
 * Returns 0, or -1.
 */
HUTCH_SHIM_API int32_t shim_speculation_draft(
    struct shim_speculation * speculation, int32_t n_requests, const int32_t * seq_id,
    const int32_t * position, const int32_t * last_token, const int32_t * n_max,
    const int32_t * n_prompt, const int32_t * prompts, int32_t * drafted, int32_t stride,
    int32_t * n_drafted);

/* Tells how much of the sequence's last draft was right. Only after a draft that was not empty. */
HUTCH_SHIM_API int32_t shim_speculation_accept(
    struct shim_speculation * speculation, int32_t seq_id, int32_t n_accepted);

/* ---- quantization ---- */

/*
 * Begins to write the model in `source` (the first file of a split one) to the file `target`, in a
 * thread of its own. `options` is a JSON object: type (integer, a llama_ftype; absent: tensors stay
 * as they are), dry_run (boolean: it only finds out whether it can), n_threads (integer; 0: all).
 * One at a time: it listens to llama.cpp's log. Returns NULL when the options are wrong.
 */
HUTCH_SHIM_API struct shim_quantization * shim_quantize_start(
    const char * source, const char * target, const char * options);

/* Writes how many tensors are done, and of how many. Returns 0: it goes on, 1: done, -1: failed. */
HUTCH_SHIM_API int32_t shim_quantize_poll(struct shim_quantization * q, int32_t * progress);

/* Waits for the end. NULL is fine. */
HUTCH_SHIM_API void shim_quantize_free(struct shim_quantization * q);

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

/* ---- media ---- */

/*
 * Loads a projector (mmproj GGUF) for a model. `options` is a JSON object: use_gpu, warmup
 * (booleans), n_threads, image_min_tokens, image_max_tokens (integers; the last two for models
 * whose pictures differ in tokens), batch_max_tokens (integer: tokens of an mtmd_batch of several
 * pictures), media_marker (text that stands for a picture in a prompt).
 * Returns NULL on failure. Free with mtmd_free.
 */
HUTCH_SHIM_API struct mtmd_context * shim_mtmd_init(
    const char * mmproj_path, const struct llama_model * model, const char * options);

/*
 * What a file promises to be once it is decoded, by libmtmd's own parsers: writes width and height,
 * pixels, of an image, and seconds of a sound to size[0 … 2]; zeros for what it is not.
 */
HUTCH_SHIM_API void shim_media_size(const uint8_t * bytes, size_t n_bytes, double * size);

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
