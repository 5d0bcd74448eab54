/* A part of hutch-shim.h, which includes it. */
#pragma once

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
