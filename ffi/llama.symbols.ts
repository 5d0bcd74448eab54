import type { FFIFunction } from "bun:ffi";

/** Source: include/llama.h at native/llama-cpp.json's version. Checked by test/symbols.test.ts. */
export const llamaSymbols = {
  // void llama_model_free(struct llama_model * model)
  llama_model_free: { args: ["ptr"], returns: "void" },
  // void llama_free(struct llama_context * ctx)
  llama_free: { args: ["ptr"], returns: "void" },

  // uint32_t llama_n_ctx(const struct llama_context * ctx)
  llama_n_ctx: { args: ["ptr"], returns: "u32" },
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
  // int32_t llama_model_n_layer(const struct llama_model * model)
  llama_model_n_layer: { args: ["ptr"], returns: "i32" },
  // int32_t llama_model_n_head(const struct llama_model * model)
  llama_model_n_head: { args: ["ptr"], returns: "i32" },
  // int32_t llama_model_n_head_kv(const struct llama_model * model)
  llama_model_n_head_kv: { args: ["ptr"], returns: "i32" },
  // int32_t llama_model_n_swa(const struct llama_model * model)
  llama_model_n_swa: { args: ["ptr"], returns: "i32" },
  // int32_t llama_model_desc(const struct llama_model * model, char * buf, size_t buf_size)
  llama_model_desc: { args: ["ptr", "ptr", "usize"], returns: "i32" },
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
  // bool llama_vocab_is_eog(const struct llama_vocab * vocab, llama_token token)
  llama_vocab_is_eog: { args: ["ptr", "i32"], returns: "bool" },
  // int32_t llama_tokenize(const struct llama_vocab * vocab, const char * text, int32_t text_len, llama_token * tokens, int32_t n_tokens_max, bool add_special, bool parse_special)
  llama_tokenize: { args: ["ptr", "ptr", "i32", "ptr", "i32", "bool", "bool"], returns: "i32" },
  // int32_t llama_token_to_piece(const struct llama_vocab * vocab, llama_token token, char * buf, int32_t length, int32_t lstrip, bool special)
  llama_token_to_piece: { args: ["ptr", "i32", "ptr", "i32", "i32", "bool"], returns: "i32" },

  // bool llama_memory_seq_rm(llama_memory_t mem, llama_seq_id seq_id, llama_pos p0, llama_pos p1)
  llama_memory_seq_rm: { args: ["ptr", "i32", "i32", "i32"], returns: "bool" },
  // void llama_memory_seq_cp(llama_memory_t mem, llama_seq_id seq_id_src, llama_seq_id seq_id_dst, llama_pos p0, llama_pos p1)
  llama_memory_seq_cp: { args: ["ptr", "i32", "i32", "i32", "i32"], returns: "void" },
  // llama_pos llama_memory_seq_pos_max(llama_memory_t mem, llama_seq_id seq_id)
  llama_memory_seq_pos_max: { args: ["ptr", "i32"], returns: "i32" },
} as const satisfies Record<string, FFIFunction>;
