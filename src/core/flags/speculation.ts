import type { SpeculationOptions } from "../load.ts";
import { expertTensors, onCpu, overrides } from "./compute.ts";
import { cacheTypes } from "./context.ts";
import type { Draft, DraftLoad } from "./draft.ts";
import { noEffect, on, type Row, section, UsageError, value } from "./flag.ts";
import {
  choice,
  cpuMask,
  cpuRange,
  decimal,
  decimals,
  layers,
  list,
  type Reader,
  text,
  whole,
} from "./readers.ts";

/** Ways of guessing the next tokens: ours, and llama.cpp's by its names. */
const types = [
  "none",
  "prompt-lookup",
  "draft-simple",
  "draft-eagle3",
  "draft-mtp",
  "draft-dflash",
  "draft-dspark",
  "ngram-simple",
  "ngram-map-k",
  "ngram-map-k4v",
  "ngram-mod",
  "ngram-cache",
];

/** A row that sets one field. */
function option<Key extends keyof SpeculationOptions>(
  spellings: string,
  reader: Reader<NonNullable<SpeculationOptions[Key]>>,
  key: Key,
  about: { env?: string; help: string; default?: string },
): Row {
  const set = ({ load }: Draft, value: NonNullable<SpeculationOptions[Key]>) => {
    load.speculation[key] = value;
  };
  return value(spellings, reader, { ...about, set });
}

function addTypes({ speculation }: DraftLoad, added: string[]): void {
  speculation.types = [...new Set([...(speculation.types ?? []), ...added])];
}

const draftFlags: Row[] = [
  value("--spec-draft-model, -md, --model-draft", text("FILE"), {
    env: "LLAMA_ARG_SPEC_DRAFT_MODEL LLAMA_ARG_MODEL_DRAFT",
    help: "small model whose guesses are checked, several at once; with -hfd, a file of its",
    set: ({ load, model }, path) => {
      load.speculation.draft_model = path;
      model.draft = { ...model.draft, hfFile: path };
    },
  }),
  value("--spec-draft-hf, -hfd, -hfrd, --hf-repo-draft", text("USER/REPO[:QUANT]"), {
    env: "LLAMA_ARG_SPEC_DRAFT_HF_REPO LLAMA_ARG_HFD_REPO",
    help: "draft model of Hugging Face",
    set: ({ model }, repo) => {
      model.draft = { ...model.draft, hfRepo: repo };
    },
  }),
  value("--spec-type", list("NAME,..."), {
    env: "LLAMA_ARG_SPEC_TYPE",
    help: `ways of guessing: ${types.join(", ")}`,
    default: "prompt-lookup, or the draft model's",
    set: ({ load }, names, source) => {
      const unknown = names.find((name) => !types.includes(name));
      if (unknown !== undefined) {
        throw new UsageError(`${source} knows ${types.join(", ")}, not "${unknown}"`);
      }
      addTypes(load, names);
    },
  }),
  on("--spec-default", {
    help: "guess by n-grams with good settings, without a draft model",
    set: ({ load }) => {
      addTypes(load, ["ngram-mod"]);
      const sizes = { ngram_mod_n_match: 24, ngram_mod_n_min: 48, ngram_mod_n_max: 64 };
      Object.assign(load.speculation, sizes);
    },
  }),
  option("--spec-draft-n-max, --draft, --draft-n, --draft-max", whole("N", 0), "draft_n_max", {
    env: "LLAMA_ARG_SPEC_DRAFT_N_MAX LLAMA_ARG_DRAFT_MAX",
    help: "most tokens to guess at once",
    default: "3; 31 by prompt-lookup",
  }),
  option("--spec-draft-n-min, --draft-min, --draft-n-min", whole("N", 0), "draft_n_min", {
    env: "LLAMA_ARG_SPEC_DRAFT_N_MIN LLAMA_ARG_DRAFT_MIN",
    help: "fewest tokens worth checking",
    default: "0",
  }),
  option("--spec-draft-p-min, --draft-p-min", decimal("P", 0, 1), "draft_p_min", {
    env: "LLAMA_ARG_SPEC_DRAFT_P_MIN LLAMA_ARG_DRAFT_P_MIN",
    help: "guess on while the draft model is this sure",
    default: "0",
  }),
  option("--spec-draft-p-split, --draft-p-split", decimal("P", 0, 1), "draft_p_split", {
    env: "LLAMA_ARG_SPEC_DRAFT_P_SPLIT",
    help: "probability above which a guess branches",
    default: "0.1",
  }),
  option("--spec-synth-len", decimal("L", 0), "synth_len", {
    env: "LLAMA_ARG_SPEC_SYNTH_LEN",
    help: "for measurements: accept guesses at random, so many at once on average",
  }),
  option("--spec-synth-rates", decimals("P0,P1,...", 0, 1), "synth_rates", {
    env: "LLAMA_ARG_SPEC_SYNTH_RATES",
    help: "for measurements: accept guesses at random, at these rates by position",
  }),
];

const draftDeviceFlags: Row[] = [
  option("--spec-draft-device, -devd, --device-draft", list("NAME,..."), "draft_devices", {
    help: "devices for the draft model; none: the CPU alone",
    default: "those of --device",
  }),
  value("--spec-draft-ngl, -ngld, --gpu-layers-draft, --n-gpu-layers-draft", layers, {
    env: "LLAMA_ARG_N_GPU_LAYERS_DRAFT",
    help: "layers of the draft model to keep in GPU memory: a number, auto or all",
    default: "auto",
    set: ({ load }, n) => {
      if (n === undefined) delete load.speculation.draft_n_gpu_layers;
      else load.speculation.draft_n_gpu_layers = n;
    },
  }),
  option("--spec-draft-type-k, -ctkd, --cache-type-k-draft", choice(cacheTypes), "draft_type_k", {
    env: "LLAMA_ARG_SPEC_DRAFT_CACHE_TYPE_K",
    help: "type of the keys in the draft model's KV cache",
    default: "f16",
  }),
  option("--spec-draft-type-v, -ctvd, --cache-type-v-draft", choice(cacheTypes), "draft_type_v", {
    env: "LLAMA_ARG_SPEC_DRAFT_CACHE_TYPE_V",
    help: "type of the values in the draft model's KV cache",
    default: "f16",
  }),
  value("--spec-draft-override-tensor, -otd, --override-tensor-draft", text("PATTERN=BUFFER"), {
    help: "kind of memory for the draft model's tensors of these names",
    set: ({ load }, given, source) => addOverrides(load, overrides(given, source)),
  }),
  on("--spec-draft-cpu-moe, -cmoed, --cpu-moe-draft", {
    env: "LLAMA_ARG_SPEC_DRAFT_CPU_MOE",
    help: "keep the draft model's experts in the CPU's memory",
    set: ({ load }) => addOverrides(load, [`${expertTensors}=CPU`]),
  }),
  value(
    "--spec-draft-n-cpu-moe, --spec-draft-ncmoe, -ncmoed, --n-cpu-moe-draft",
    whole("N", 0, 10_000),
    {
      env: "LLAMA_ARG_SPEC_DRAFT_N_CPU_MOE",
      help: "keep the experts of the draft model's first N layers in the CPU's memory",
      set: ({ load }, n) => addOverrides(load, onCpu(n, expertTensors)),
    },
  ),
  option("--spec-draft-threads, -td, --threads-draft", whole("N", 1), "draft_n_threads", {
    help: "CPU threads for the draft model",
    default: "those of --threads",
  }),
  option(
    "--spec-draft-threads-batch, -tbd, --threads-batch-draft",
    whole("N", 1),
    "draft_n_threads_batch",
    { help: "CPU threads for the draft model's prompts", default: "those of the draft model" },
  ),
];

function addOverrides({ speculation }: DraftLoad, added: string[]): void {
  const { draft_override_tensor: before = [] } = speculation;
  speculation.draft_override_tensor = [...before, ...added];
}

const sharedThreads = "the draft model runs on the processors of the model, as in llama-server";

/** llama-server reads these and gives the draft model nothing but its number of threads. */
const draftThreadFlags: Row[] = [
  noEffect("--spec-draft-cpu-mask, -Cd, --cpu-mask-draft", cpuMask, { why: sharedThreads }),
  noEffect("--spec-draft-cpu-range, -Crd, --cpu-range-draft", cpuRange, { why: sharedThreads }),
  noEffect("--spec-draft-cpu-strict, --cpu-strict-draft", whole("0|1", 0, 1), {
    why: sharedThreads,
  }),
  noEffect("--spec-draft-prio, --prio-draft", whole("N", 0, 3), { why: sharedThreads }),
  noEffect("--spec-draft-poll, --poll-draft", whole("N", 0, 100), { why: sharedThreads }),
  noEffect("--spec-draft-cpu-mask-batch, -Cbd, --cpu-mask-batch-draft", cpuMask, {
    why: sharedThreads,
  }),
  noEffect("--spec-draft-cpu-range-batch, -Crbd, --cpu-range-batch-draft", cpuRange, {
    why: sharedThreads,
  }),
  noEffect("--spec-draft-cpu-strict-batch, --cpu-strict-batch-draft", whole("0|1", 0, 1), {
    why: sharedThreads,
  }),
  noEffect("--spec-draft-prio-batch, --prio-batch-draft", whole("N", 0, 3), {
    why: sharedThreads,
  }),
  noEffect("--spec-draft-poll-batch, --poll-batch-draft", whole("N", 0, 100), {
    why: sharedThreads,
  }),
  noEffect("--spec-draft-backend-sampling", null, {
    env: "LLAMA_ARG_SPEC_DRAFT_BACKEND_SAMPLING",
    negatives: "--no-spec-draft-backend-sampling",
    why: "guesses are sampled on the CPU, which gives the same guesses",
  }),
  noEffect("-cd, --ctx-size-draft", whole("N", 0), {
    env: "LLAMA_ARG_CTX_SIZE_DRAFT",
    why: "the draft model's context is as long as the model's, as in llama-server now",
  }),
];

type NgramKey = "ngram_size_n" | "ngram_size_m" | "ngram_min_hits";

/** One set of sizes serves all of llama.cpp's n-gram types. */
function ngram(spellings: string, key: NgramKey, max: number, about: { help: string }): Row {
  return value(spellings, whole("N", 1, max), {
    ...about,
    set: ({ load: { speculation } }, n, source) => {
      const before = speculation[key];
      if (before !== undefined && before !== n) {
        throw new UsageError(`${source}: the types of n-grams share one value; it was ${before}`);
      }
      speculation[key] = n;
    },
  });
}

const ngramTypes = ["simple", "map-k", "map-k4v"];
const spelled = (end: string) =>
  [...ngramTypes.map((type) => `--spec-ngram-${type}-${end}`), `--spec-ngram-${end}`].join(", ");

const ngramFlags: Row[] = [
  ngram(spelled("size-n"), "ngram_size_n", 1024, { help: "tokens of an n-gram that is looked up" }),
  ngram(spelled("size-m"), "ngram_size_m", 1024, { help: "tokens guessed after an n-gram" }),
  ngram(spelled("min-hits"), "ngram_min_hits", Infinity, {
    help: "how often an n-gram must have been seen",
  }),
  option("--spec-ngram-mod-n-match", whole("N", 1, 1024), "ngram_mod_n_match", {
    help: "ngram-mod: tokens that are looked up",
    default: "24",
  }),
  option("--spec-ngram-mod-n-min", whole("N", 0, 1024), "ngram_mod_n_min", {
    help: "ngram-mod: fewest tokens worth checking",
    default: "48",
  }),
  option("--spec-ngram-mod-n-max", whole("N", 0, 1024), "ngram_mod_n_max", {
    help: "ngram-mod: most tokens to guess",
    default: "64",
  }),
  option("-lcs, --lookup-cache-static", text("FILE"), "lookup_cache_static", {
    help: "file of n-grams to look guesses up in",
  }),
  option("-lcd, --lookup-cache-dynamic", text("FILE"), "lookup_cache_dynamic", {
    help: "a second such file, that is looked at first",
  }),
];

export const speculationFlags = section("Speculation", "model", [
  ...draftFlags,
  ...draftDeviceFlags,
  ...draftThreadFlags,
  ...ngramFlags,
]);
