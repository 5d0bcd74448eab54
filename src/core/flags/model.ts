import type { DraftLoad } from "./draft.ts";
import { on, onOff, type Row, section, UsageError, value } from "./flag.ts";
import {
  choice,
  decimal,
  list,
  scaled,
  splitList,
  text,
  twoNumbers,
  webAddress,
  whole,
} from "./readers.ts";

/** `--override-kv`, by type. */
const override = /^[^=]+=(int:[-+]?\d+|float:[-+.\d]+(e[-+]?\d+)?|bool:(true|false)|str:.+)$/i;

const sourceFlags: Row[] = [
  value("-m, --model", text("FILE"), {
    env: "HUTCH_MODEL LLAMA_ARG_MODEL",
    help: "GGUF file to serve (the first one of a split model), or a Modelfile: x.modelfile",
    set: ({ model }, path) => {
      model.path = path;
    },
  }),
  value("-mu, --model-url", webAddress, {
    env: "LLAMA_ARG_MODEL_URL",
    help: "download this GGUF file and serve it",
    set: ({ model }, url) => {
      model.url = url;
    },
  }),
  value("-hf, -hfr, --hf-repo", text("USER/REPO[:QUANT]"), {
    env: "LLAMA_ARG_HF_REPO",
    help: "serve a model of Hugging Face, with its projector if it has one",
    set: ({ model }, repo) => {
      model.hfRepo = repo;
    },
  }),
  value("-hff, --hf-file", text("FILE"), {
    env: "LLAMA_ARG_HF_FILE",
    help: "file in that repository, instead of the quantisation's",
    set: ({ model }, file) => {
      model.hfFile = file;
    },
  }),
  value("-mm, --mmproj", text("FILE"), {
    env: "HUTCH_MMPROJ LLAMA_ARG_MMPROJ",
    help: "projector of the model, to let it see pictures or hear",
    set: ({ model }, path) => {
      model.mmprojPath = path;
    },
  }),
  value("-mmu, --mmproj-url", webAddress, {
    env: "LLAMA_ARG_MMPROJ_URL",
    help: "download this projector",
    set: ({ model }, url) => {
      model.mmprojUrl = url;
    },
  }),
  onOff("--mmproj-auto", "--no-mmproj, --no-mmproj-auto", {
    env: "LLAMA_ARG_MMPROJ_AUTO",
    help: "use a projector that comes with the model",
    default: "on",
    set: ({ model }, isOn) => {
      model.mmprojAuto = isOn;
    },
  }),
  value("-a, --alias", list("NAME,..."), {
    env: "HUTCH_ALIAS LLAMA_ARG_ALIAS",
    help: "names that requests use for the model",
    default: "the file's or repository's name",
    set: ({ model }, names) => {
      model.aliases = [...new Set([...model.aliases, ...names])];
    },
  }),
  value("--tags", list("WORD,..."), {
    env: "LLAMA_ARG_TAGS",
    help: "words about the model, which are only shown",
    set: ({ model }, words) => {
      model.tags = [...new Set([...model.tags, ...words])];
    },
  }),
  value("--sleep-idle-seconds", decimal("N", -1), {
    help: "give a model's memory back after so many idle seconds, until a request; -1: never",
    default: "-1, or 300 with `serve`: see --keep-alive",
    set: ({ catalog }, seconds, source) => {
      if (seconds !== -1 && seconds <= 0) {
        throw new UsageError(`${source} must be -1 or above 0, not "${seconds}"`);
      }
      catalog.sleepIdleSeconds = seconds;
    },
  }),
  value("--override-kv", text("KEY=TYPE:VALUE,..."), {
    repeats: true,
    help: "replace metadata of the model; types int, float, bool and str",
    set: ({ load }, given, source) => {
      const items = splitList(given);
      if (items.length === 0 || !items.every((item) => override.test(item))) {
        throw new UsageError(`${source} must be KEY=TYPE:VALUE, not "${given}"`);
      }
      load.model.override_kv = [...(load.model.override_kv ?? []), ...items];
    },
  }),
];

const mediaFlags: Row[] = [
  onOff("--mmproj-offload", "--no-mmproj-offload", {
    env: "LLAMA_ARG_MMPROJ_OFFLOAD",
    help: "compute the projector on a GPU",
    default: "on",
    set: ({ load }, isOn) => {
      load.media.use_gpu = isOn;
    },
  }),
  value("-mmdev, --mmproj-device", text("NAME"), {
    env: "MTMD_BACKEND_DEVICE",
    help: "none: compute the projector on the CPU. It cannot be given a GPU of its own",
    set: ({ load }, name, source) => {
      if (name !== "none") throw new UsageError(`${source}: this build takes only "none"`);
      load.media.use_gpu = false;
    },
  }),
  value("--image-min-tokens", whole("N", 1), {
    env: "LLAMA_ARG_IMAGE_MIN_TOKENS",
    help: "fewest tokens of a picture, for models with a dynamic resolution",
    default: "the model's",
    set: ({ load }, n) => {
      load.media.image_min_tokens = n;
    },
  }),
  value("--image-max-tokens", whole("N", 1), {
    env: "LLAMA_ARG_IMAGE_MAX_TOKENS",
    help: "most tokens of a picture, for models with a dynamic resolution",
    default: "the model's",
    set: ({ load }, n) => {
      load.media.image_max_tokens = n;
    },
  }),
  value("--mtmd-batch-max-tokens", whole("N", 1), {
    env: "LLAMA_ARG_MTMD_BATCH_MAX_TOKENS",
    help: "most tokens of pictures that are encoded together",
    default: "1024",
    set: ({ load }, n) => {
      load.media.batch_max_tokens = n;
    },
  }),
];

type Scaled = { path: string; scale: number }[];

const unscaled = (paths: string[]): Scaled => paths.map((path) => ({ path, scale: 1 }));

function add(load: DraftLoad, key: "lora" | "controlVectors", added: Scaled): void {
  load[key] = [...(load[key] ?? []), ...added];
}

const adapterFlags: Row[] = [
  value("--lora", list("FILE,..."), {
    help: "LoRA adapters; may be repeated",
    set: ({ load }, paths) => add(load, "lora", unscaled(paths)),
  }),
  value("--lora-scaled", scaled, {
    help: "LoRA adapters with their scales; may be repeated",
    set: ({ load }, adapters) => add(load, "lora", adapters),
  }),
  on("--lora-init-without-apply", {
    help: "load the adapters with scale 0, for POST /lora-adapters to change",
    set: ({ load }) => {
      load.loraInitWithoutApply = true;
    },
  }),
  value("--control-vector", list("FILE,..."), {
    help: "control vectors; may be repeated",
    set: ({ load }, paths) => add(load, "controlVectors", unscaled(paths)),
  }),
  value("--control-vector-scaled", scaled, {
    help: "control vectors with their scales; may be repeated",
    set: ({ load }, vectors) => add(load, "controlVectors", vectors),
  }),
  value("--control-vector-layer-range", twoNumbers("START END"), {
    help: "layers that the control vectors apply to, both included",
    default: "all",
    set: ({ load }, range) => {
      load.controlVectorLayers = range;
    },
  }),
];

const embeddingFlags: Row[] = [
  on("--embedding, --embeddings", {
    env: "LLAMA_ARG_EMBEDDINGS",
    help: "serve embeddings and nothing else",
    set: ({ load }) => {
      load.purpose ??= "embed";
    },
  }),
  on("--rerank, --reranking", {
    env: "LLAMA_ARG_RERANKING",
    help: "serve reranking, with rank pooling",
    set: ({ load }) => {
      load.purpose = "rerank";
      load.pooling = "rank";
    },
  }),
  value("--pooling", choice(["none", "mean", "cls", "last", "rank"]), {
    env: "LLAMA_ARG_POOLING",
    help: "how an embedding is made of its tokens' ones",
    default: "the model's",
    set: ({ load }, pooling) => {
      load.pooling = pooling;
    },
  }),
];

export const modelFlags = section("Model", "model", [
  ...sourceFlags,
  ...mediaFlags,
  ...adapterFlags,
  ...embeddingFlags,
]);
