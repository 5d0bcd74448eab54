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
 * Threads: a context, and the media used with it, belong to one thread at a time; so do all
 * samplers of a model, because what is known of a grammar is shared.
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
/* Weights of a model that are to be in huge pages. */
struct shim_huge_pages;
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
 * Has the system kill this process when `parent`, whose child it is, has ended: even one that is
 * stopped, or in the middle of a step. Only Linux can do that; elsewhere it does nothing.
 */
HUTCH_SHIM_API void shim_die_with(int32_t parent);

/*
 * Loads every ggml backend library in `library_dir` and starts libllama. Call once, before anything
 * else. Log lines of at least `log_level` (ggml_log_level: 1 debug … 4 error) also go to stderr; 5
 * is silence. Returns the number of devices found (CPU, GPUs), or -1 when no backend fits the CPU.
 */
HUTCH_SHIM_API int32_t shim_init(const char * library_dir, int32_t log_level);

/*
 * Loads one more ggml backend, from a library that lies elsewhere: after shim_init. Returns how
 * many devices it found, which may be 0, or -1: it does not load, because a library that it needs
 * is missing, or it is of another version of ggml.
 */
HUTCH_SHIM_API int32_t shim_load_backend(const char * path);

/*
 * What ggml can compute on: a JSON list of {"name", "description", "backend" (texts), "type"
 * ("cpu", "gpu", "igpu": one that shares the machine's memory, "accel": it helps the CPU), "total",
 * "free" (bytes; a CPU's are the machine's), "id" (which device it is, whoever names it; null:
 * unknown)}. NULL on failure.
 */
HUTCH_SHIM_API char * shim_devices(void);

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
 *   layers that predict several tokens), no_alloc (boolean: only what the file says is read, no
 *   weights; such a model can be asked, and cannot compute).
 * `progress` (may be NULL) is called on this thread with 0.0 … 1.0 and `user_data`; false cancels.
 * Returns NULL on failure. Free with llama_model_free.
 */
HUTCH_SHIM_API struct llama_model * shim_model_load(
    const char * path, const char * options, bool (*progress)(float fraction, void * user_data),
    void * user_data);

/*
 * Fits a model to the memory that its devices have free: llama.cpp's own choice of layers, and of
 * tensors, for a model and a context of these options. `margins` is a JSON list of what to leave
 * free of each device, in bytes; the last one counts for all that follow. Returns a JSON object of
 * the model options to load it with instead: those that had to change, none when all of it fits, or
 * when llama.cpp finds nothing that would. NULL on failure.
 */
HUTCH_SHIM_API char * shim_fit(
    const char * path, const char * model_options, const char * context_options,
    const char * margins);

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

/*
 * What of a model's weights, of those in the CPU's memory, can be moved to huge pages (Linux's
 * transparent ones). Returns NULL where the system has none. The model must outlive it.
 */
HUTCH_SHIM_API struct shim_huge_pages * shim_huge_pages_init(const struct llama_model * model);

/* How much is not moved yet, bytes: of all, or of what is in mappings of files. */
HUTCH_SHIM_API int64_t shim_huge_pages_left(
    const struct shim_huge_pages * pages, bool of_files_only);

/*
 * Moves about `n_bytes` of it, at least a page. What a file's mapping held takes memory of its own
 * from then on. Returns how much is left, bytes, or -1: no more huge pages are to be had, and all
 * that is left stays as it is.
 */
HUTCH_SHIM_API int64_t shim_huge_pages_move(struct shim_huge_pages * pages, int64_t n_bytes);

/* What was moved stays moved. */
HUTCH_SHIM_API void shim_huge_pages_free(struct shim_huge_pages * pages);

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

/* ---- other machines ---- */

/*
 * Adds the devices of a worker at `endpoint` ("host:port", IPv4), and stays connected. Before any
 * model is loaded. Returns how many, or -1. ggml ends this process when it cannot connect, or when
 * a worker is lost later: ask the worker first whether it is there. A machine that vanishes without
 * a word counts as lost after half a minute (Linux).
 */
HUTCH_SHIM_API int32_t shim_worker_add(const char * endpoint);

/* The endpoint of a worker that has closed its connection; "": none has, or it is Windows. */
HUTCH_SHIM_API const char * shim_worker_lost(void);

/* What shim_worker_serve would share with these options: a JSON list of ggml's names, or NULL. */
HUTCH_SHIM_API char * shim_worker_devices(const char * options);

/*
 * Computes for whoever connects to `endpoint`, an address and port of this machine: one connection
 * at a time, without any check of who that is. `options` is a JSON object: devices (ggml's names;
 * absent: all but the CPU, or else the CPU), n_threads (integer, of the CPU; 0: what llama.cpp's
 * own programs use here), cache_dir (a folder for weights of more than 10 MiB; absent: they are
 * sent each time). Does not return, but for -1 when it cannot begin.
 */
HUTCH_SHIM_API int32_t shim_worker_serve(const char * endpoint, const char * options);

/* ---- the other parts ---- */

#include "shim-sampler.h"
#include "shim-speculation.h"
#include "shim-chat.h"
#include "shim-media.h"

#ifdef __cplusplus
}
#endif
