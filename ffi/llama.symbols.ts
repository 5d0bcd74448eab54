import type { FFIFunction } from "bun:ffi";

/** Source: include/llama.h at native/llama-cpp.json's version. Checked by test/symbols.test.ts. */
export const llamaSymbols = {
  // void llama_numa_init(enum ggml_numa_strategy numa)
  llama_numa_init: { args: ["i32"], returns: "void" },

  // void llama_model_free(struct llama_model * model)
  llama_model_free: { args: ["ptr"], returns: "void" },
  // void llama_free(struct llama_context * ctx)
  llama_free: { args: ["ptr"], returns: "void" },

  // uint32_t llama_n_ctx(const struct llama_context * ctx)
  llama_n_ctx: { args: ["ptr"], returns: "u32" },
  // uint32_t llama_n_ctx_seq(const struct llama_context * ctx)
  llama_n_ctx_seq: { args: ["ptr"], returns: "u32" },
  // void llama_set_n_threads(struct llama_context * ctx, int32_t n_threads, int32_t n_threads_batch)
  llama_set_n_threads: { args: ["ptr", "i32", "i32"], returns: "void" },
  // int32_t llama_n_threads(struct llama_context * ctx)
  llama_n_threads: { args: ["ptr"], returns: "i32" },
  // int32_t llama_n_threads_batch(struct llama_context * ctx)
  llama_n_threads_batch: { args: ["ptr"], returns: "i32" },
  // enum llama_pooling_type llama_pooling_type(const struct llama_context * ctx)
  llama_pooling_type: { args: ["ptr"], returns: "i32" },
  // void llama_set_embeddings(struct llama_context * ctx, bool embeddings)
  llama_set_embeddings: { args: ["ptr", "bool"], returns: "void" },
  // float * llama_get_embeddings_ith(struct llama_context * ctx, int32_t i)
  llama_get_embeddings_ith: { args: ["ptr", "i32"], returns: "ptr" },
  // float * llama_get_embeddings_seq(struct llama_context * ctx, llama_seq_id seq_id)
  llama_get_embeddings_seq: { args: ["ptr", "i32"], returns: "ptr" },
  // llama_memory_t llama_get_memory(const struct llama_context * ctx)
  llama_get_memory: { args: ["ptr"], returns: "ptr" },

  // const struct llama_vocab * llama_model_get_vocab(const struct llama_model * model)
  llama_model_get_vocab: { args: ["ptr"], returns: "ptr" },
  // int32_t llama_model_n_ctx_train(const struct llama_model * model)
  llama_model_n_ctx_train: { args: ["ptr"], returns: "i32" },
  // int32_t llama_model_n_embd(const struct llama_model * model)
  llama_model_n_embd: { args: ["ptr"], returns: "i32" },
  // int32_t llama_model_n_embd_inp(const struct llama_model * model)
  llama_model_n_embd_inp: { args: ["ptr"], returns: "i32" },
  // int32_t llama_model_n_embd_out(const struct llama_model * model)
  llama_model_n_embd_out: { args: ["ptr"], returns: "i32" },
  // int32_t llama_model_n_layer(const struct llama_model * model)
  llama_model_n_layer: { args: ["ptr"], returns: "i32" },
  // int32_t llama_model_n_head(const struct llama_model * model)
  llama_model_n_head: { args: ["ptr"], returns: "i32" },
  // int32_t llama_model_n_head_kv(const struct llama_model * model)
  llama_model_n_head_kv: { args: ["ptr"], returns: "i32" },
  // int32_t llama_model_n_swa(const struct llama_model * model)
  llama_model_n_swa: { args: ["ptr"], returns: "i32" },
  // uint32_t llama_model_n_cls_out(const struct llama_model * model)
  llama_model_n_cls_out: { args: ["ptr"], returns: "u32" },
  // int32_t llama_model_meta_val_str(const struct llama_model * model, const char * key, char * buf, size_t buf_size)
  llama_model_meta_val_str: { args: ["ptr", "ptr", "ptr", "usize"], returns: "i32" },
  // int32_t llama_model_desc(const struct llama_model * model, char * buf, size_t buf_size)
  llama_model_desc: { args: ["ptr", "ptr", "usize"], returns: "i32" },
  // enum llama_ftype llama_model_ftype(const struct llama_model * model)
  llama_model_ftype: { args: ["ptr"], returns: "i32" },
  // const char * llama_ftype_name(enum llama_ftype ftype)
  llama_ftype_name: { args: ["i32"], returns: "cstring" },
  // uint64_t llama_model_size(const struct llama_model * model)
  llama_model_size: { args: ["ptr"], returns: "u64" },
  // uint64_t llama_model_n_params(const struct llama_model * model)
  llama_model_n_params: { args: ["ptr"], returns: "u64" },
  // bool llama_model_has_encoder(const struct llama_model * model)
  llama_model_has_encoder: { args: ["ptr"], returns: "bool" },
  // bool llama_model_has_decoder(const struct llama_model * model)
  llama_model_has_decoder: { args: ["ptr"], returns: "bool" },
  // bool llama_model_is_recurrent(const struct llama_model * model)
  llama_model_is_recurrent: { args: ["ptr"], returns: "bool" },
  // bool llama_model_is_hybrid(const struct llama_model * model)
  llama_model_is_hybrid: { args: ["ptr"], returns: "bool" },
  // bool llama_model_is_diffusion(const struct llama_model * model)
  llama_model_is_diffusion: { args: ["ptr"], returns: "bool" },

  // int32_t llama_vocab_n_tokens(const struct llama_vocab * vocab)
  llama_vocab_n_tokens: { args: ["ptr"], returns: "i32" },
  // enum llama_vocab_type llama_vocab_type(const struct llama_vocab * vocab)
  llama_vocab_type: { args: ["ptr"], returns: "i32" },
  // llama_token llama_vocab_bos(const struct llama_vocab * vocab)
  llama_vocab_bos: { args: ["ptr"], returns: "i32" },
  // llama_token llama_vocab_eos(const struct llama_vocab * vocab)
  llama_vocab_eos: { args: ["ptr"], returns: "i32" },
  // llama_token llama_vocab_sep(const struct llama_vocab * vocab)
  llama_vocab_sep: { args: ["ptr"], returns: "i32" },
  // llama_token llama_vocab_mask(const struct llama_vocab * vocab)
  llama_vocab_mask: { args: ["ptr"], returns: "i32" },
  // llama_token llama_vocab_fim_pre(const struct llama_vocab * vocab)
  llama_vocab_fim_pre: { args: ["ptr"], returns: "i32" },
  // llama_token llama_vocab_fim_suf(const struct llama_vocab * vocab)
  llama_vocab_fim_suf: { args: ["ptr"], returns: "i32" },
  // llama_token llama_vocab_fim_mid(const struct llama_vocab * vocab)
  llama_vocab_fim_mid: { args: ["ptr"], returns: "i32" },
  // llama_token llama_vocab_fim_rep(const struct llama_vocab * vocab)
  llama_vocab_fim_rep: { args: ["ptr"], returns: "i32" },
  // llama_token llama_vocab_fim_sep(const struct llama_vocab * vocab)
  llama_vocab_fim_sep: { args: ["ptr"], returns: "i32" },
  // llama_token llama_vocab_fim_pad(const struct llama_vocab * vocab)
  llama_vocab_fim_pad: { args: ["ptr"], returns: "i32" },
  // bool llama_vocab_get_add_bos(const struct llama_vocab * vocab)
  llama_vocab_get_add_bos: { args: ["ptr"], returns: "bool" },
  // bool llama_vocab_get_add_eos(const struct llama_vocab * vocab)
  llama_vocab_get_add_eos: { args: ["ptr"], returns: "bool" },
  // bool llama_vocab_get_add_sep(const struct llama_vocab * vocab)
  llama_vocab_get_add_sep: { args: ["ptr"], returns: "bool" },
  // bool llama_vocab_is_eog(const struct llama_vocab * vocab, llama_token token)
  llama_vocab_is_eog: { args: ["ptr", "i32"], returns: "bool" },
  // int32_t llama_tokenize(const struct llama_vocab * vocab, const char * text, int32_t text_len, llama_token * tokens, int32_t n_tokens_max, bool add_special, bool parse_special)
  llama_tokenize: { args: ["ptr", "ptr", "i32", "ptr", "i32", "bool", "bool"], returns: "i32" },
  // int32_t llama_token_to_piece(const struct llama_vocab * vocab, llama_token token, char * buf, int32_t length, int32_t lstrip, bool special)
  llama_token_to_piece: { args: ["ptr", "i32", "ptr", "i32", "i32", "bool"], returns: "i32" },
  // int32_t llama_detokenize(const struct llama_vocab * vocab, const llama_token * tokens, int32_t n_tokens, char * text, int32_t text_len_max, bool remove_special, bool unparse_special)
  llama_detokenize: { args: ["ptr", "ptr", "i32", "ptr", "i32", "bool", "bool"], returns: "i32" },

  // bool llama_memory_seq_rm(llama_memory_t mem, llama_seq_id seq_id, llama_pos p0, llama_pos p1)
  llama_memory_seq_rm: { args: ["ptr", "i32", "i32", "i32"], returns: "bool" },
  // void llama_memory_seq_cp(llama_memory_t mem, llama_seq_id seq_id_src, llama_seq_id seq_id_dst, llama_pos p0, llama_pos p1)
  llama_memory_seq_cp: { args: ["ptr", "i32", "i32", "i32", "i32"], returns: "void" },
  // void llama_memory_seq_add(llama_memory_t mem, llama_seq_id seq_id, llama_pos p0, llama_pos p1, llama_pos delta)
  llama_memory_seq_add: { args: ["ptr", "i32", "i32", "i32", "i32"], returns: "void" },
  // llama_pos llama_memory_seq_pos_min(llama_memory_t mem, llama_seq_id seq_id)
  llama_memory_seq_pos_min: { args: ["ptr", "i32"], returns: "i32" },
  // llama_pos llama_memory_seq_pos_max(llama_memory_t mem, llama_seq_id seq_id)
  llama_memory_seq_pos_max: { args: ["ptr", "i32"], returns: "i32" },
  // size_t llama_state_seq_get_size_ext(struct llama_context * ctx, llama_seq_id seq_id, llama_state_seq_flags flags)
  llama_state_seq_get_size_ext: { args: ["ptr", "i32", "u32"], returns: "usize" },
  // size_t llama_state_seq_get_data_ext(struct llama_context * ctx, uint8_t * dst, size_t size, llama_seq_id seq_id, llama_state_seq_flags flags)
  llama_state_seq_get_data_ext: { args: ["ptr", "ptr", "usize", "i32", "u32"], returns: "usize" },
  // size_t llama_state_seq_set_data_ext(struct llama_context * ctx, const uint8_t * src, size_t size, llama_seq_id dest_seq_id, llama_state_seq_flags flags)
  llama_state_seq_set_data_ext: { args: ["ptr", "ptr", "usize", "i32", "u32"], returns: "usize" },
  // bool llama_memory_can_shift(llama_memory_t mem)
  llama_memory_can_shift: { args: ["ptr"], returns: "bool" },
  // void llama_memory_clear(llama_memory_t mem, bool data)
  llama_memory_clear: { args: ["ptr", "bool"], returns: "void" },

  // void llama_adapter_lora_free(struct llama_adapter_lora * adapter)
  llama_adapter_lora_free: { args: ["ptr"], returns: "void" },
  // int32_t llama_adapter_meta_val_str(const struct llama_adapter_lora * adapter, const char * key, char * buf, size_t buf_size)
  llama_adapter_meta_val_str: { args: ["ptr", "ptr", "ptr", "usize"], returns: "i32" },
  // uint64_t llama_adapter_get_alora_n_invocation_tokens(const struct llama_adapter_lora * adapter)
  llama_adapter_get_alora_n_invocation_tokens: { args: ["ptr"], returns: "u64" },
  // const llama_token * llama_adapter_get_alora_invocation_tokens(const struct llama_adapter_lora * adapter)
  llama_adapter_get_alora_invocation_tokens: { args: ["ptr"], returns: "ptr" },
} as const satisfies Record<string, FFIFunction>;
