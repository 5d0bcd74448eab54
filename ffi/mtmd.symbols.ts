import type { FFIFunction } from "bun:ffi";

/** Source: tools/mtmd/mtmd.h and mtmd-helper.h at native/llama-cpp.json's version. Checked by a test. */
export const mtmdSymbols = {
  // void mtmd_free(mtmd_context * ctx)
  mtmd_free: { args: ["ptr"], returns: "void" },
  // bool mtmd_support_vision(const mtmd_context * ctx)
  mtmd_support_vision: { args: ["ptr"], returns: "bool" },
  // bool mtmd_support_audio(const mtmd_context * ctx)
  mtmd_support_audio: { args: ["ptr"], returns: "bool" },

  // void mtmd_bitmap_free(mtmd_bitmap * bitmap)
  mtmd_bitmap_free: { args: ["ptr"], returns: "void" },

  // mtmd_input_chunks * mtmd_input_chunks_init(void)
  mtmd_input_chunks_init: { args: [], returns: "ptr" },
  // size_t mtmd_input_chunks_size(const mtmd_input_chunks * chunks)
  mtmd_input_chunks_size: { args: ["ptr"], returns: "usize" },
  // const mtmd_input_chunk * mtmd_input_chunks_get(const mtmd_input_chunks * chunks, size_t idx)
  mtmd_input_chunks_get: { args: ["ptr", "usize"], returns: "ptr" },
  // void mtmd_input_chunks_free(mtmd_input_chunks * chunks)
  mtmd_input_chunks_free: { args: ["ptr"], returns: "void" },

  // enum mtmd_input_chunk_type mtmd_input_chunk_get_type(const mtmd_input_chunk * chunk)
  mtmd_input_chunk_get_type: { args: ["ptr"], returns: "i32" },
  // const llama_token * mtmd_input_chunk_get_tokens_text(const mtmd_input_chunk * chunk, size_t * n_tokens_output)
  mtmd_input_chunk_get_tokens_text: { args: ["ptr", "ptr"], returns: "ptr" },
  // size_t mtmd_input_chunk_get_n_tokens(const mtmd_input_chunk * chunk)
  mtmd_input_chunk_get_n_tokens: { args: ["ptr"], returns: "usize" },
  // const char * mtmd_input_chunk_get_id(const mtmd_input_chunk * chunk)
  mtmd_input_chunk_get_id: { args: ["ptr"], returns: "cstring" },
  // llama_pos mtmd_input_chunk_get_n_pos(const mtmd_input_chunk * chunk)
  mtmd_input_chunk_get_n_pos: { args: ["ptr"], returns: "i32" },
  // int32_t mtmd_input_chunk_save(const mtmd_input_chunk * chunk, char * out_buf, size_t out_len, size_t * expected_out_len)
  mtmd_input_chunk_save: { args: ["ptr", "ptr", "usize", "ptr"], returns: "i32" },
  // mtmd_input_chunk * mtmd_input_chunk_load(const char * buf, size_t len)
  mtmd_input_chunk_load: { args: ["ptr", "usize"], returns: "ptr" },
  // void mtmd_input_chunk_free(mtmd_input_chunk * chunk)
  mtmd_input_chunk_free: { args: ["ptr"], returns: "void" },

  // mtmd_batch * mtmd_batch_init(mtmd_context * ctx)
  mtmd_batch_init: { args: ["ptr"], returns: "ptr" },
  // void mtmd_batch_free(mtmd_batch * batch)
  mtmd_batch_free: { args: ["ptr"], returns: "void" },
  // int32_t mtmd_batch_add_chunk(mtmd_batch * batch, const mtmd_input_chunk * chunk)
  mtmd_batch_add_chunk: { args: ["ptr", "ptr"], returns: "i32" },
  // int32_t mtmd_batch_encode(mtmd_batch * batch)
  mtmd_batch_encode: { args: ["ptr"], returns: "i32" },
  // float * mtmd_batch_get_output_embd(mtmd_batch * batch, const mtmd_input_chunk * chunk)
  mtmd_batch_get_output_embd: { args: ["ptr", "ptr"], returns: "ptr" },

  // int32_t mtmd_helper_decode_image_chunk(mtmd_context * ctx, struct llama_context * lctx, const mtmd_input_chunk * chunk, float * encoded_embd, llama_pos n_past, llama_seq_id seq_id, int32_t n_batch, llama_pos * new_n_past, mtmd_helper_post_decode_callback callback, void * user_data)
  mtmd_helper_decode_image_chunk: {
    args: ["ptr", "ptr", "ptr", "ptr", "i32", "i32", "i32", "ptr", "ptr", "ptr"],
    returns: "i32",
  },
} as const satisfies Record<string, FFIFunction>;
