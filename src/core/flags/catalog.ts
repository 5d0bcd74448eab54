import { on, onOff, section, value } from "./flag.ts";
import { folder, text, whole } from "./readers.ts";

export const catalogFlags = section("Several models", "server", [
  value("--store", text("FOLDER"), {
    env: "HUTCH_MODELS OLLAMA_MODELS",
    help: "folder of models that are pulled and created, as Ollama lays it out; `serve` only",
    default: "~/.hutch/models, or ~/.ollama/models if only that is there",
    set: ({ catalog }, dir) => {
      catalog.storeDir = dir;
    },
  }),
  on("--no-prune", {
    env: "HUTCH_NOPRUNE OLLAMA_NOPRUNE",
    help: "keep what no model of the store needs any more; else it goes at the start, `serve` only",
    set: ({ catalog }) => {
      catalog.prunes = false;
    },
  }),
  value("--models-dir, --models", folder, {
    env: "LLAMA_ARG_MODELS_DIR",
    help: "folder of GGUF files and Modelfiles to serve, each under its name",
    set: ({ catalog }, dir) => {
      catalog.modelsDir = dir;
    },
  }),
  value("--models-preset", text("FILE"), {
    env: "LLAMA_ARG_MODELS_PRESET",
    help: "INI file of models with options of their own: a section each, flags without dashes",
    set: ({ catalog }, path) => {
      catalog.presetPath = path;
    },
  }),
  value("--models-max", whole("N", 0), {
    env: "HUTCH_MAX_LOADED_MODELS LLAMA_ARG_MODELS_MAX OLLAMA_MAX_LOADED_MODELS",
    help:
      "models in memory at once, 0: as many as there is memory for; the one idle for longest " +
      "makes room",
    default: "4, or 0 with `serve`",
    set: ({ catalog }, n) => {
      catalog.nEnginesMax = n;
    },
  }),
  onOff("--models-autoload", "--no-models-autoload", {
    env: "LLAMA_ARG_MODELS_AUTOLOAD",
    help: "a request loads its model; otherwise only POST /models/load does",
    default: "on",
    set: ({ http }, isOn) => {
      http.autoload = isOn;
    },
  }),
  value("-hft, --hf-token", text("TOKEN"), {
    secret: true,
    env: "HF_TOKEN",
    help: "token for Hugging Face",
    set: ({ catalog }, token) => {
      catalog.hfToken = token;
    },
  }),
  value("--max-transfer-streams", whole("N", 1), {
    env: "HUTCH_MAX_TRANSFER_STREAMS OLLAMA_MAX_TRANSFER_STREAMS",
    help: "connections that pull or push one blob of a model at the same time; `serve` only",
    default: "4",
    set: ({ catalog }, n) => {
      catalog.nTransferStreamsMax = n;
    },
  }),
  onOff("--private-registries", "--no-private-registries", {
    env: "HUTCH_PRIVATE_REGISTRIES",
    help: "clients may have models pulled from, and pushed to, addresses that are not public",
    default: "on, or off when other machines can reach the server",
    set: (draft, isOn) => {
      draft.privateRegistries = isOn;
    },
  }),
  on("--offline", {
    env: "LLAMA_ARG_OFFLINE",
    help: "never ask the network for a model: use what was downloaded before",
    set: ({ catalog }) => {
      catalog.offline = true;
    },
  }),
]);
