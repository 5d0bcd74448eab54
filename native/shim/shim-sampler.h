/* A part of hutch-shim.h, which includes it. */
#pragma once

/* ---- sampler ---- */

/*
 * Makes a sampler: a chain, and around it a grammar and a limit of thinking. `options` is a JSON
 * object with the fields of common_params_sampling under llama-server's names (temperature, top_k,
 * samplers, dry_sequence_breakers, …), and
 *   logit_bias: [[token or text, bias], …] with null for minus infinity, ignore_eos (boolean),
 *   grammar (GBNF), grammar_type ("user", "output_format", "tool_calls"), grammar_lazy,
 *   grammar_triggers, preserved_tokens, generation_prompt, thinking_start_tag, thinking_end_tags:
 *   as shim_chat_apply returned them,
 *   reasoning_budget_tokens (integer, -1: no limit), reasoning_budget_message (what to write before
 *   the end tag when it is used up), reasoning_control (boolean: shim_sampler_end_reasoning works),
 *   grammar_depth_max (most brackets within brackets; 500).
 * What was found out about a grammar is kept for who uses the same text again.
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
 * Returns the token, or -1 when the grammar has no way on, or too many to look at (then the
 * sequence cannot go on either).
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
