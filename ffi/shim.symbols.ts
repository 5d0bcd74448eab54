import type { FFIFunction } from "bun:ffi";

/** Source: native/shim/hutch-shim.h and its parts, which document each. Checked by test/symbols.test.ts. */
export const shimSymbols = {
  // void shim_die_with(int32_t parent)
  shim_die_with: { args: ["i32"], returns: "void" },
  // int32_t shim_init(const char * library_dir, int32_t log_level)
  shim_init: { args: ["ptr", "i32"], returns: "i32" },
  // int32_t shim_load_backend(const char * path)
  shim_load_backend: { args: ["ptr"], returns: "i32" },
  // char * shim_devices(void)
  shim_devices: { args: [], returns: "ptr" },
  // const char * shim_last_error(void)
  shim_last_error: { args: [], returns: "cstring" },
  // void shim_free(char * text)
  shim_free: { args: ["ptr"], returns: "void" },

  // struct llama_model * shim_model_load(const char * path, const char * options, bool (*progress)(float fraction, void * user_data), void * user_data)
  shim_model_load: { args: ["ptr", "ptr", "function", "ptr"], returns: "ptr" },
  // char * shim_fit(const char * path, const char * model_options, const char * context_options, const char * margins)
  shim_fit: { args: ["ptr", "ptr", "ptr", "ptr"], returns: "ptr" },
  // struct llama_context * shim_context_init(struct llama_model * model, const char * options)
  shim_context_init: { args: ["ptr", "ptr"], returns: "ptr" },
  // int32_t shim_warmup(struct llama_context * ctx)
  shim_warmup: { args: ["ptr"], returns: "i32" },
  // int32_t shim_decode(struct llama_context * ctx, int32_t n_tokens, const int32_t * token, const int32_t * pos, const int32_t * seq_id, const int8_t * output)
  shim_decode: { args: ["ptr", "i32", "ptr", "ptr", "ptr", "ptr"], returns: "i32" },
  // int32_t shim_encode(struct llama_context * ctx, int32_t n_tokens, const int32_t * token, const int32_t * pos, const int32_t * seq_id, const int8_t * output)
  shim_encode: { args: ["ptr", "i32", "ptr", "ptr", "ptr", "ptr"], returns: "i32" },

  // char * shim_memory(const struct llama_context * ctx)
  shim_memory: { args: ["ptr"], returns: "ptr" },

  // struct shim_huge_pages * shim_huge_pages_init(const struct llama_model * model)
  shim_huge_pages_init: { args: ["ptr"], returns: "ptr" },
  // int64_t shim_huge_pages_left(const struct shim_huge_pages * pages, bool of_files_only)
  shim_huge_pages_left: { args: ["ptr", "bool"], returns: "i64" },
  // int64_t shim_huge_pages_move(struct shim_huge_pages * pages, int64_t n_bytes)
  shim_huge_pages_move: { args: ["ptr", "i64"], returns: "i64" },
  // void shim_huge_pages_free(struct shim_huge_pages * pages)
  shim_huge_pages_free: { args: ["ptr"], returns: "void" },

  // struct shim_threads * shim_set_threads(struct llama_context * ctx, const char * options)
  shim_set_threads: { args: ["ptr", "ptr"], returns: "ptr" },
  // void shim_threads_free(struct shim_threads * threads)
  shim_threads_free: { args: ["ptr"], returns: "void" },

  // struct llama_adapter_lora * shim_lora_load(struct llama_model * model, const char * path)
  shim_lora_load: { args: ["ptr", "ptr"], returns: "ptr" },
  // int32_t shim_set_loras(struct llama_context * ctx, int32_t n_adapters, struct llama_adapter_lora * const * adapters, const float * scales)
  shim_set_loras: { args: ["ptr", "i32", "ptr", "ptr"], returns: "i32" },
  // int32_t shim_set_control_vectors(struct llama_context * ctx, const char * options)
  shim_set_control_vectors: { args: ["ptr", "ptr"], returns: "i32" },

  // int64_t shim_sequence_save(struct llama_context * ctx, const char * path, int32_t seq_id, const int32_t * payload, size_t n_payload)
  shim_sequence_save: { args: ["ptr", "ptr", "i32", "ptr", "usize"], returns: "i64" },
  // int64_t shim_sequence_payload_size(const char * path)
  shim_sequence_payload_size: { args: ["ptr"], returns: "i64" },
  // int64_t shim_sequence_restore(struct llama_context * ctx, const char * path, int32_t seq_id, int32_t * payload, size_t n_payload)
  shim_sequence_restore: { args: ["ptr", "ptr", "i32", "ptr", "usize"], returns: "i64" },

  // struct shim_sampler * shim_sampler_init(const struct llama_model * model, const char * options)
  shim_sampler_init: { args: ["ptr", "ptr"], returns: "ptr" },
  // void shim_sampler_free(struct shim_sampler * sampler)
  shim_sampler_free: { args: ["ptr"], returns: "void" },
  // void shim_sampler_accept_prompt(struct shim_sampler * sampler, const int32_t * tokens, int32_t n_tokens)
  shim_sampler_accept_prompt: { args: ["ptr", "ptr", "i32"], returns: "void" },
  // int32_t shim_sampler_sample(struct shim_sampler * sampler, struct llama_context * ctx, int32_t row)
  shim_sampler_sample: { args: ["ptr", "ptr", "i32"], returns: "i32" },
  // int32_t shim_sampler_probabilities(struct shim_sampler * sampler, struct llama_context * ctx, int32_t row, int32_t token, bool post_sampling, int32_t n_top, int32_t * top_tokens, float * top_probs, float * prob)
  shim_sampler_probabilities: {
    args: ["ptr", "ptr", "i32", "i32", "bool", "i32", "ptr", "ptr", "ptr"],
    returns: "i32",
  },
  // bool shim_sampler_end_reasoning(struct shim_sampler * sampler)
  shim_sampler_end_reasoning: { args: ["ptr"], returns: "bool" },

  // char * shim_speculation_describe(const char * options)
  shim_speculation_describe: { args: ["ptr"], returns: "ptr" },
  // struct shim_speculation * shim_speculation_init(struct llama_context * target, const char * options)
  shim_speculation_init: { args: ["ptr", "ptr"], returns: "ptr" },
  // void shim_speculation_free(struct shim_speculation * speculation)
  shim_speculation_free: { args: ["ptr"], returns: "void" },
  // int32_t shim_speculation_n_max(const struct shim_speculation * speculation)
  shim_speculation_n_max: { args: ["ptr"], returns: "i32" },
  // struct llama_context * shim_speculation_draft_context(struct shim_speculation * speculation)
  shim_speculation_draft_context: { args: ["ptr"], returns: "ptr" },
  // double shim_speculation_synth_probability(const struct shim_speculation * speculation, int32_t index)
  shim_speculation_synth_probability: { args: ["ptr", "i32"], returns: "f64" },
  // int32_t shim_speculation_begin(struct shim_speculation * speculation, int32_t seq_id, const int32_t * tokens, int32_t n_tokens)
  shim_speculation_begin: { args: ["ptr", "i32", "ptr", "i32"], returns: "i32" },
  // int32_t shim_speculation_process(struct shim_speculation * speculation, int32_t n_tokens, const int32_t * token, const int32_t * pos, const int32_t * seq_id, const int8_t * output)
  shim_speculation_process: { args: ["ptr", "i32", "ptr", "ptr", "ptr", "ptr"], returns: "i32" },
  // int32_t shim_speculation_draft(struct shim_speculation * speculation, int32_t n_requests, const int32_t * seq_id, const int32_t * position, const int32_t * last_token, const int32_t * n_max, const int32_t * n_prompt, const int32_t * prompts, int32_t * drafted, int32_t stride, int32_t * n_drafted)
  shim_speculation_draft: {
    args: ["ptr", "i32", "ptr", "ptr", "ptr", "ptr", "ptr", "ptr", "ptr", "i32", "ptr"],
    returns: "i32",
  },
  // int32_t shim_speculation_accept(struct shim_speculation * speculation, int32_t seq_id, int32_t n_accepted)
  shim_speculation_accept: { args: ["ptr", "i32", "i32"], returns: "i32" },

  // struct shim_quantization * shim_quantize_start(const char * source, const char * target, const char * options)
  shim_quantize_start: { args: ["ptr", "ptr", "ptr"], returns: "ptr" },
  // int32_t shim_quantize_poll(struct shim_quantization * q, int32_t * progress)
  shim_quantize_poll: { args: ["ptr", "ptr"], returns: "i32" },
  // void shim_quantize_free(struct shim_quantization * q)
  shim_quantize_free: { args: ["ptr"], returns: "void" },

  // int32_t shim_worker_add(const char * endpoint)
  shim_worker_add: { args: ["ptr"], returns: "i32" },
  // const char * shim_worker_lost(void)
  shim_worker_lost: { args: [], returns: "cstring" },
  // char * shim_worker_devices(const char * options)
  shim_worker_devices: { args: ["ptr"], returns: "ptr" },
  // int32_t shim_worker_serve(const char * endpoint, const char * options)
  shim_worker_serve: { args: ["ptr", "ptr"], returns: "i32" },

  // struct shim_chat_templates * shim_chat_templates_init(const struct llama_model * model, const char * template_override, bool use_jinja)
  shim_chat_templates_init: { args: ["ptr", "ptr", "bool"], returns: "ptr" },
  // void shim_chat_templates_free(struct shim_chat_templates * templates)
  shim_chat_templates_free: { args: ["ptr"], returns: "void" },
  // char * shim_chat_templates_describe(const struct shim_chat_templates * templates)
  shim_chat_templates_describe: { args: ["ptr"], returns: "ptr" },
  // char * shim_chat_apply(const struct shim_chat_templates * templates, const char * request)
  shim_chat_apply: { args: ["ptr", "ptr"], returns: "ptr" },
  // struct shim_chat_parser * shim_chat_parser_init(const char * params)
  shim_chat_parser_init: { args: ["ptr"], returns: "ptr" },
  // void shim_chat_parser_free(struct shim_chat_parser * parser)
  shim_chat_parser_free: { args: ["ptr"], returns: "void" },
  // char * shim_chat_parse(const struct shim_chat_parser * parser, const char * text, size_t text_len, bool is_partial)
  shim_chat_parse: { args: ["ptr", "ptr", "usize", "bool"], returns: "ptr" },
  // char * shim_json_schema_to_grammar(const char * schema)
  shim_json_schema_to_grammar: { args: ["ptr"], returns: "ptr" },

  // struct mtmd_context * shim_mtmd_init(const char * mmproj_path, const struct llama_model * model, const char * options)
  shim_mtmd_init: { args: ["ptr", "ptr", "ptr"], returns: "ptr" },
  // void shim_media_size(const uint8_t * bytes, size_t n_bytes, double * size)
  shim_media_size: { args: ["ptr", "usize", "ptr"], returns: "void" },
  // struct mtmd_bitmap * shim_bitmap_from_bytes(const struct mtmd_context * mtmd, const uint8_t * bytes, size_t n_bytes)
  shim_bitmap_from_bytes: { args: ["ptr", "ptr", "usize"], returns: "ptr" },
  // int32_t shim_mtmd_tokenize(const struct mtmd_context * mtmd, struct mtmd_input_chunks * chunks, const char * text, size_t text_len, bool add_special, const struct mtmd_bitmap * const * bitmaps, size_t n_bitmaps)
  shim_mtmd_tokenize: {
    args: ["ptr", "ptr", "ptr", "usize", "bool", "ptr", "usize"],
    returns: "i32",
  },
} as const satisfies Record<string, FFIFunction>;
