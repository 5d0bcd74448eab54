/** A command-line flag: the one place that names it, its variable, and its help. */
export interface Flag {
  name: string;
  /** Other spellings, with their dashes: "-m", "-np". */
  aliases: string[];
  /** What the value is called in the help; absent for a switch. */
  value?: string;
  /** Environment variables that give it when the flag is absent, first one set wins. */
  env: string[];
  help: string;
}

/** Flags of `hutch serve`. */
export const serveFlags = [
  {
    name: "model",
    aliases: ["-m"],
    value: "FILE",
    env: ["HUTCH_MODEL"],
    help: "GGUF file to serve as the default model, beside the embedded `tiny`",
  },
  {
    name: "mmproj",
    aliases: ["-mm"],
    value: "FILE",
    env: ["HUTCH_MMPROJ"],
    help: "projector of that model, to let it see pictures",
  },
  {
    name: "alias",
    aliases: ["-a"],
    value: "NAME",
    env: ["HUTCH_ALIAS"],
    help: "name that requests use for the model (default: the file's name)",
  },
  {
    name: "host",
    aliases: [],
    value: "ADDRESS",
    env: ["HUTCH_HOST", "OLLAMA_HOST"],
    help: "address to listen on; the variables may hold address:port (default: 127.0.0.1)",
  },
  {
    name: "port",
    aliases: [],
    value: "N",
    env: [],
    help: "port to listen on, 0 for a free one (default: 11434, or 8080 without `serve`)",
  },
  {
    name: "ctx-size",
    aliases: ["-c"],
    value: "N",
    env: ["HUTCH_CTX_SIZE"],
    help: "tokens of one request, prompt and answer (default: the model's, at most 8192)",
  },
  {
    name: "parallel",
    aliases: ["-np"],
    value: "N",
    env: ["HUTCH_PARALLEL", "OLLAMA_NUM_PARALLEL"],
    help: "requests that a model answers at once; more wait (default: 16)",
  },
  {
    name: "batch-size",
    aliases: ["-b"],
    value: "N",
    env: [],
    help: "most tokens of one decode call (default: 2048)",
  },
  {
    name: "ubatch-size",
    aliases: ["-ub"],
    value: "N",
    env: [],
    help: "most tokens of one graph run (default: 512)",
  },
  {
    name: "threads",
    aliases: ["-t"],
    value: "N",
    env: ["HUTCH_THREADS"],
    help: "CPU threads of an engine (default: the physical cores)",
  },
  {
    name: "n-gpu-layers",
    aliases: ["-ngl", "--gpu-layers"],
    value: "N",
    env: [],
    help: "layers to keep in GPU memory (default: all)",
  },
  {
    name: "models-max",
    aliases: [],
    value: "N",
    env: ["HUTCH_MAX_LOADED_MODELS", "OLLAMA_MAX_LOADED_MODELS"],
    help: "models in memory at once; the one idle for longest makes room (default: 3)",
  },
] as const satisfies Flag[];

export type ServeFlagName = (typeof serveFlags)[number]["name"];
