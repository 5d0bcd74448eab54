/* A part of hutch-shim.h, which includes it. */
#pragma once

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
