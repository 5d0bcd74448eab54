import type { Constraint, Sampling } from "./generate.ts";
import type { EngineLimits } from "./limits.ts";

/** What to load and how. Sent to an engine process once, as its first message. */
export interface LoadSpec extends LoadOptions {
  /** The GGUF file, or the first of a split one. */
  modelPath: string;
  mmprojPath?: string | undefined;
}

/**
 * How to load a model: what llama-server's flags of the same names say. An absent field is our own
 * choice, made by the engine from the model and the machine.
 */
export interface LoadOptions {
  /** KV cells in all; 0: the model's training context for each sequence. */
  nCtx?: number | undefined;
  /** Tokens of one sequence; absent: nCtx shared out, or, with kvUnified, all of it. */
  nCtxSeq?: number | undefined;
  /** Tokens of one sequence at least, as far as the model was trained for so many. */
  nCtxSeqMin?: number | undefined;
  /** Sequences that run at once: this dialect's slots. */
  nParallel?: number | undefined;
  /** Any sequence may take all cells, instead of an equal share each. */
  kvUnified?: boolean | undefined;
  /** Rows per llama_decode call. */
  nBatch?: number | undefined;
  /** Rows per graph run. */
  nUbatch?: number | undefined;
  /** When a sequence is full, drop its middle and go on, instead of ending it. */
  contextShift?: boolean | undefined;
  model?: ModelOptions | undefined;
  context?: ContextOptions | undefined;
  threads?: ThreadOptions | undefined;
  /** Threads for prefill; absent fields are those of `threads`. */
  threadsBatch?: ThreadOptions | undefined;
  numa?: "distribute" | "isolate" | "numactl" | undefined;
  /** Workers, `host:port`, whose devices the model is loaded to as well. */
  workers?: string[] | undefined;
  lora?: { path: string; scale: number }[] | undefined;
  /** Adapters are loaded with scale 0, to be set by requests. */
  loraInitWithoutApply?: boolean | undefined;
  controlVectors?: { path: string; scale: number }[] | undefined;
  /** First and last layer that the control vectors apply to, both included. */
  controlVectorLayers?: [number, number] | undefined;
  /**
   * Pooling of embeddings; absent: the model's own, else none for a server that only embeds, and
   * the last token's for one that generates too.
   */
  pooling?: Pooling | undefined;
  /** What the server was started for: llama-server's --embedding and --reranking. */
  purpose?: "generate" | "embed" | "rerank" | undefined;
  speculation?: SpeculationOptions | undefined;
  chat?: ChatOptions | undefined;
  media?: MediaOptions | undefined;
  /** Sampling for requests that are silent. */
  sampling?: Sampling | undefined;
  /** What constrains the answers of requests that have no constraint of their own. */
  constraint?: Constraint | undefined;
  /** What requests may take; absent fields are those of `engineLimits`. */
  limits?: Partial<EngineLimits> | undefined;
  /** Special tokens are shown as text instead of being left out. */
  showSpecial?: boolean | undefined;
  /** Fill-in-the-middle prompts begin with the suffix. */
  spmInfill?: boolean | undefined;
  /** Most tokens of the answers to requests that are silent; -1 or absent: no limit. */
  nPredict?: number | undefined;
  /** Prompt tokens that a context shift keeps, for requests that are silent; -1: all. */
  nKeep?: number | undefined;
  /** Stop texts for requests without any. */
  stop?: string[] | undefined;
  cachePrompt?: boolean | undefined;
  /** `nCacheReuse` of requests that are silent. */
  cacheReuse?: number | undefined;
  /** Most host memory for what the KV cache has no room for, MiB; -1: no limit, 0: none. */
  cacheRamMiB?: number | undefined;
  /** What was not used for a while moves there before its room is needed. Default: true. */
  cacheIdleSlots?: boolean | undefined;
  /** Most checkpoints of a sequence, where it cannot be cut anywhere; 0: none. */
  nCheckpointsMax?: number | undefined;
  /** Tokens between the checkpoints of a prompt's earlier turns; 0: one at each turn. */
  checkpointMinStep?: number | undefined;
  /** A slot whose prompt shares more than this part of a new one is preferred for it. */
  slotPromptSimilarity?: number | undefined;
  /** Longest that prefill may hold up running streams, milliseconds; absent: what is worth it. */
  maxStallMs?: number | undefined;
  /** Memory to fit into; absent: all that is free now, and all that the machine has. */
  memory?: MemoryRoom | undefined;
  /** What to leave free of each GPU, MiB; the last counts for all that follow. */
  fitMarginsMiB?: number[] | undefined;
  /** Run an empty batch first, so that the first request is as fast as the next. Default: true. */
  warmup?: boolean | undefined;
  /** Native log lines of at least this ggml_log_level go to stderr: 1 debug … 4 error, 5 none. */
  logLevel?: number | undefined;
}

/** Of the machine's memory; `gpuReservedBytes`: of each GPU, left to others. */
export interface MemoryRoom {
  freeBytes: number;
  totalBytes: number;
  gpuReservedBytes?: number;
}

export type Pooling = "none" | "mean" | "cls" | "last" | "rank";

/** Options of `shim_model_load`, by its names: see hutch-shim.h. Absent: llama.cpp's default. */
export interface ModelOptions {
  n_gpu_layers?: number;
  split_mode?: "none" | "layer" | "row" | "tensor";
  main_gpu?: number;
  /** Parts of the model per device. */
  tensor_split?: number[];
  /** Devices by ggml's names; ["none"]: no offloading. */
  devices?: string[];
  /** `regex=buffer type`: where tensors of these names are kept. */
  override_tensor?: string[];
  /** `key=type:value`, type int, float, bool or str. */
  override_kv?: string[];
  load_mode?: "auto" | "none" | "mmap" | "mlock" | "mmap+mlock" | "dio";
  check_tensors?: boolean;
  /** Rows of very large embedding tensors are read from disk when they are needed. */
  lazy_mode?: "on" | "auto" | "off";
  use_extra_bufts?: boolean;
  no_host?: boolean;
  /** Only what the file says is read, no weights: the model can be asked, and cannot compute. */
  no_alloc?: boolean;
  /** Also the layers that predict several tokens, for speculation of type "draft-mtp". */
  load_mtp?: boolean;
}

/**
 * What RoPE may be told to compute with: angles are numbers then at all positions that a model can
 * have. A base of 0 is the model's own.
 */
export const ropeLimits = { baseMin: 1, baseMax: 1e12, scaleMax: 1000 } as const;

/** Options of `shim_context_init`, by its names: see hutch-shim.h. */
export interface ContextOptions {
  flash_attn?: "on" | "off" | "auto";
  type_k?: string;
  type_v?: string;
  offload_kqv?: boolean;
  op_offload?: boolean;
  swa_full?: boolean;
  rope_scaling?: "none" | "linear" | "yarn";
  rope_freq_base?: number;
  rope_freq_scale?: number;
  yarn_orig_ctx?: number;
  yarn_ext_factor?: number;
  yarn_attn_factor?: number;
  yarn_beta_fast?: number;
  yarn_beta_slow?: number;
}

/** Options of `shim_set_threads`, by its names: see hutch-shim.h. */
export interface ThreadOptions {
  n_threads?: number;
  /** Hexadecimal CPU mask, or a range `lo-hi` in `cpu_range`. */
  cpu_mask?: string;
  cpu_range?: string;
  /** Each thread is bound to one CPU of the mask. */
  cpu_strict?: boolean;
  /** -1 low, 0 normal, 1 medium, 2 high, 3 realtime. */
  priority?: number;
  /** 0 sleep … 100 spin while waiting for work. */
  poll?: number;
}

/** Options of `shim_speculation_init`, by its names: see hutch-shim.h. */
export interface SpeculationOptions {
  /** llama.cpp's names: "draft-simple", "ngram-simple", "ngram-cache" … */
  types?: string[];
  draft_model?: string;
  draft_n_max?: number;
  draft_n_min?: number;
  draft_p_min?: number;
  draft_p_split?: number;
  draft_n_gpu_layers?: number;
  draft_devices?: string[];
  draft_type_k?: string;
  draft_type_v?: string;
  draft_n_threads?: number;
  draft_n_threads_batch?: number;
  draft_override_tensor?: string[];
  ngram_size_n?: number;
  ngram_size_m?: number;
  ngram_min_hits?: number;
  ngram_mod_n_min?: number;
  ngram_mod_n_max?: number;
  ngram_mod_n_match?: number;
  lookup_cache_static?: string;
  lookup_cache_dynamic?: string;
  /** llama.cpp's test aids: acceptance is drawn at these rates instead of checked. */
  synth_len?: number;
  synth_rates?: number[];
}

export interface ChatOptions {
  /** false: llama.cpp's built-in list of templates instead of Jinja; tools are refused then. */
  jinja?: boolean;
  /** Jinja text, or the name of one of llama.cpp's built-in templates. */
  template?: string;
  templateVariables?: Record<string, unknown>;
  /** A template in the language of Go's text/template: it is used instead of `template`. */
  goTemplate?: string;
  /** Texts that end answers in conversations, whatever stop texts the request has. */
  stop?: string[];
  /** System message of conversations that do not begin with one. */
  system?: string;
  /** Examples: they stand before the messages of every conversation, behind its system message. */
  messages?: { role: "system" | "user" | "assistant"; content: string }[];
  reasoningFormat?: ReasoningFormat;
  /** on, off, or as the template has it. */
  reasoning?: "on" | "off" | "auto";
  /** Tokens of thinking at most; -1: no limit. */
  reasoningBudget?: number;
  reasoningBudgetMessage?: string;
  /** A last message of the assistant is continued. Default: true. */
  prefillAssistant?: boolean;
  /** false: the answer is not split into content, reasoning and tool calls. */
  parse?: boolean;
}

/** "auto" is "deepseek": thinking is separated; "deepseek-legacy": and in the content as well. */
export type ReasoningFormat = "none" | "auto" | "deepseek" | "deepseek-legacy";

export interface MediaOptions {
  /** Text that stands for a picture in a prompt. Random, so that no user's text contains it. */
  marker?: string;
  use_gpu?: boolean;
  image_min_tokens?: number;
  image_max_tokens?: number;
  /** Most tokens of pictures that are encoded together. */
  batch_max_tokens?: number;
}
