import { type ContextOptions, ropeLimits } from "../load.ts";
import { noEffect, on, onOff, type Row, section, UsageError, value } from "./flag.ts";
import { choice, decimal, onOffAuto, positive, whole } from "./readers.ts";

/** Types that the KV cache can have. */
export const cacheTypes = [
  "f32",
  "f16",
  "bf16",
  "q8_0",
  "q4_0",
  "q4_1",
  "iq4_nl",
  "q5_0",
  "q5_1",
] as const;

/** Most sequences of one context. libllama allows 256; finished ones that are kept count too. */
const nParallelMax = 200;

const sizeFlags: Row[] = [
  value("-c, --ctx-size", whole("N", 0), {
    env: "HUTCH_CTX_SIZE HUTCH_CONTEXT_LENGTH LLAMA_ARG_CTX_SIZE OLLAMA_CONTEXT_LENGTH",
    help:
      "tokens of context, 0: as many as the model was trained for. Without `serve` for all " +
      "slots together, with `serve` for each request",
    default: "what the model has and memory allows",
    set: (draft, n, source) => {
      // Ollama's word for our own choice.
      draft.ctxSize = n === 0 && source.endsWith("_CONTEXT_LENGTH") ? undefined : n;
    },
  }),
  value("-np, --parallel", whole("N", -1, nParallelMax), {
    env: "HUTCH_PARALLEL HUTCH_NUM_PARALLEL LLAMA_ARG_N_PARALLEL OLLAMA_NUM_PARALLEL",
    help: "requests that a model answers at once (slots); more wait. -1: choose",
    default: "4, or 16 with `serve`",
    set: ({ load }, n, source) => {
      const isChoice = n < 0 || (n === 0 && source.endsWith("_NUM_PARALLEL"));
      if (n === 0 && !isChoice) throw new UsageError(`${source} must not be 0`);
      load.nParallel = isChoice ? undefined : n;
    },
  }),
  onOff("-kvu, --kv-unified", "-no-kvu, --no-kv-unified", {
    env: "LLAMA_ARG_KV_UNIFIED",
    help: "any slot may use all of the context, instead of an equal share each",
    default: "on, unless -np is given without `serve`",
    set: ({ load }, isOn) => {
      load.kvUnified = isOn;
    },
  }),
  value("--kv-unified-per-slot", whole("N", 1), {
    env: "LLAMA_ARG_KV_UNIFIED_PER_SLOT",
    help: "most tokens of one slot; without -c, this times -np is the context",
    set: ({ load }, n) => {
      load.nCtxSeq = n;
    },
  }),
  value("-b, --batch-size", whole("N", 1), {
    env: "LLAMA_ARG_BATCH",
    help: "most tokens of one decode call",
    default: "2048",
    set: ({ load }, n) => {
      load.nBatch = n;
    },
  }),
  value("-ub, --ubatch-size", whole("N", 1), {
    env: "LLAMA_ARG_UBATCH",
    help: "most tokens of one graph run; an embedding's input must fit into it",
    default: "512",
    set: ({ load }, n) => {
      load.nUbatch = n;
    },
  }),
  value("--max-stall-ms", whole("N", 1), {
    env: "HUTCH_MAX_STALL_MS",
    help:
      "longest that the prompts of others may hold up the next token of a running answer, in " +
      "milliseconds. Less makes prompts slower; at least 8 tokens of them are read at once",
    default: "200, or what 64 prompt tokens take if that is longer",
    set: ({ load }, n) => {
      load.maxStallMs = n;
    },
  }),
  value("-n, --predict, --n-predict", whole("N", -2), {
    env: "LLAMA_ARG_N_PREDICT",
    help: "most tokens of an answer; -1 and -2: as many as the context has room for",
    default: "-1",
    set: ({ load }, n) => {
      load.nPredict = Math.max(n, -1);
    },
  }),
  value("--keep", whole("N", -1), {
    help: "prompt tokens that a context shift keeps, -1: all",
    default: "0",
    set: ({ load }, n) => {
      load.nKeep = n;
    },
  }),
  onOff("--context-shift", "--no-context-shift", {
    env: "LLAMA_ARG_CONTEXT_SHIFT",
    help: "when the context is full, drop its middle and go on, instead of ending the answer",
    default: "off",
    set: ({ load }, isOn) => {
      load.contextShift = isOn;
    },
  }),
  onOff("--warmup", "--no-warmup", {
    help: "run an empty batch after loading, so that the first request is as fast as the next",
    default: "on",
    set: ({ load }, isOn) => {
      load.warmup = isOn;
    },
  }),
];

function contextValue<Key extends keyof ContextOptions>(key: Key) {
  return ({ load }: { load: { context: ContextOptions } }, value: ContextOptions[Key]) => {
    load.context[key] = value;
  };
}

const cacheFlags: Row[] = [
  value("-fa, --flash-attn", onOffAuto, {
    env: "LLAMA_ARG_FLASH_ATTN OLLAMA_FLASH_ATTENTION",
    help: "flash attention; without a value: on",
    default: "auto",
    set: contextValue("flash_attn"),
  }),
  onOff("-kvo, --kv-offload", "-nkvo, --no-kv-offload", {
    env: "LLAMA_ARG_KV_OFFLOAD",
    help: "keep the KV cache in GPU memory",
    default: "on",
    set: contextValue("offload_kqv"),
  }),
  value("-ctk, --cache-type-k", choice(cacheTypes), {
    env: "LLAMA_ARG_CACHE_TYPE_K OLLAMA_KV_CACHE_TYPE",
    help: "type of the keys in the KV cache",
    default: "f16",
    set: contextValue("type_k"),
  }),
  value("-ctv, --cache-type-v", choice(cacheTypes), {
    env: "LLAMA_ARG_CACHE_TYPE_V OLLAMA_KV_CACHE_TYPE",
    help: "type of the values in the KV cache; other than f16 and f32 needs flash attention",
    default: "f16",
    set: contextValue("type_v"),
  }),
  on("--swa-full", {
    env: "LLAMA_ARG_SWA_FULL",
    help:
      "keep the whole context of layers with a sliding window: more memory, and prefixes are " +
      "reused without checkpoints",
    default: "off, unless the windows would take as much",
    set: contextValue("swa_full"),
  }),
  onOff("--cache-prompt", "--no-cache-prompt", {
    env: "LLAMA_ARG_CACHE_PROMPT",
    help: "reuse what earlier requests have in common with a prompt",
    default: "on",
    set: ({ load }, isOn) => {
      load.cachePrompt = isOn;
    },
  }),
  value("-sps, --slot-prompt-similarity", decimal("N", 0, 1), {
    help: "part of a new prompt that a slot must share to be preferred for it; 0: off",
    default: "0.1",
    set: ({ load }, similarity) => {
      load.slotPromptSimilarity = similarity;
    },
  }),
  value("--cache-reuse", whole("N", 0), {
    env: "LLAMA_ARG_CACHE_REUSE",
    help:
      "fewest tokens of a stretch that is moved to where a prompt has it now, when the slot's " +
      "cache holds it further on; 0: only common beginnings are reused",
    default: "0",
    set: ({ load }, nTokens) => {
      load.cacheReuse = nTokens;
    },
  }),
  value("-cram, --cache-ram", whole("MIB", -1), {
    env: "LLAMA_ARG_CACHE_RAM",
    help:
      "most memory for finished conversations that the KV cache has no room for, and for " +
      "checkpoints; -1: no limit, 0: only checkpoints",
    default: "an eighth of the free memory, at most 8192",
    set: ({ load }, mib) => {
      load.cacheRamMiB = mib;
    },
  }),
  onOff("--cache-idle-slots", "--no-cache-idle-slots", {
    env: "LLAMA_ARG_CACHE_IDLE_SLOTS",
    help:
      "when a request comes, move what was not used for 10 seconds to that memory: cells that " +
      "nobody uses slow all others down",
    default: "on",
    set: ({ load }, isOn) => {
      load.cacheIdleSlots = isOn;
    },
  }),
  value("-ctxcp, --ctx-checkpoints, --swa-checkpoints", whole("N", 0), {
    env: "LLAMA_ARG_CTX_CHECKPOINTS",
    help:
      "most checkpoints of a conversation, from which models with recurrent state or a sliding " +
      "window go on; 0: none",
    default: "32",
    set: ({ load }, n) => {
      load.nCheckpointsMax = n;
    },
  }),
  value("-cms, --checkpoint-min-step", whole("N", 0), {
    env: "LLAMA_ARG_CHECKPOINT_MIN_SPACING_NT",
    help: "tokens between checkpoints in earlier turns of a prompt; 0: one at each turn",
    default: "8192",
    set: ({ load }, nTokens) => {
      load.checkpointMinStep = nTokens;
    },
  }),
  noEffect("-cb, --cont-batching", null, {
    env: "LLAMA_ARG_CONT_BATCHING",
    negatives: "-nocb, --no-cont-batching",
    why: "requests always join a running batch; -np 1 answers one after the other",
  }),
  noEffect("-dt, --defrag-thold", decimal("N"), {
    env: "LLAMA_ARG_DEFRAG_THOLD",
    why: "llama.cpp's KV cache needs no defragmentation any more",
  }),
];

const ropeFlags: Row[] = [
  value("--rope-scaling", choice(["none", "linear", "yarn"]), {
    env: "LLAMA_ARG_ROPE_SCALING_TYPE",
    help: "how positions are scaled",
    default: "the model's",
    set: contextValue("rope_scaling"),
  }),
  value("--rope-scale", positive("N"), {
    env: "LLAMA_ARG_ROPE_SCALE",
    help: "expand the context by this factor",
    set: ({ load }, scale) => {
      load.context.rope_freq_scale = 1 / scale;
    },
  }),
  value("--rope-freq-base", decimal("N", 0, ropeLimits.baseMax), {
    env: "LLAMA_ARG_ROPE_FREQ_BASE",
    help: "RoPE's base frequency",
    default: "the model's",
    set: contextValue("rope_freq_base"),
  }),
  value("--rope-freq-scale", decimal("N", 0, ropeLimits.scaleMax), {
    env: "LLAMA_ARG_ROPE_FREQ_SCALE",
    help: "RoPE's frequency factor: expands the context by 1/N",
    default: "the model's",
    set: contextValue("rope_freq_scale"),
  }),
  value("--yarn-orig-ctx", whole("N", 0), {
    env: "LLAMA_ARG_YARN_ORIG_CTX",
    help: "YaRN: the context that the model was trained with, 0: as the file says",
    default: "0",
    set: contextValue("yarn_orig_ctx"),
  }),
  value("--yarn-ext-factor", decimal("N"), {
    env: "LLAMA_ARG_YARN_EXT_FACTOR",
    help: "YaRN: part of extrapolation, 0: interpolation alone",
    default: "-1, the model's",
    set: contextValue("yarn_ext_factor"),
  }),
  value("--yarn-attn-factor", decimal("N"), {
    env: "LLAMA_ARG_YARN_ATTN_FACTOR",
    help: "YaRN: scale of attention's magnitude",
    default: "-1, the model's",
    set: contextValue("yarn_attn_factor"),
  }),
  value("--yarn-beta-slow", decimal("N"), {
    env: "LLAMA_ARG_YARN_BETA_SLOW",
    help: "YaRN: high correction dimension",
    default: "-1, the model's",
    set: contextValue("yarn_beta_slow"),
  }),
  value("--yarn-beta-fast", decimal("N"), {
    env: "LLAMA_ARG_YARN_BETA_FAST",
    help: "YaRN: low correction dimension",
    default: "-1, the model's",
    set: contextValue("yarn_beta_fast"),
  }),
];

export const contextFlags = section("Context", "model", [
  ...sizeFlags,
  ...cacheFlags,
  ...ropeFlags,
]);
