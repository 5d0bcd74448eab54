import { AppError } from "../core/errors.ts";
import type { Sampling } from "../core/generate.ts";
import { type LoadOptions, ropeLimits } from "../core/load.ts";
import { mergeLoad } from "./load-options.ts";
import type { Command } from "./modelfile.ts";

/** Parameters of Ollama that are samplers', and their names in core. */
const samplers = {
  temperature: "temperature",
  top_k: "topK",
  top_p: "topP",
  min_p: "minP",
  typical_p: "typicalP",
  repeat_last_n: "repeatLastN",
  repeat_penalty: "repeatPenalty",
  presence_penalty: "presencePenalty",
  frequency_penalty: "frequencyPenalty",
  mirostat_tau: "mirostatTau",
  mirostat_eta: "mirostatEta",
  // Ollama does not have these.
  top_n_sigma: "topNSigma",
  xtc_probability: "xtcProbability",
  xtc_threshold: "xtcThreshold",
  dry_multiplier: "dryMultiplier",
  dry_base: "dryBase",
  dry_allowed_length: "dryAllowedLength",
  dry_penalty_last_n: "dryPenaltyLastN",
} as const satisfies Record<string, keyof Sampling>;

const wholeSamplers: ReadonlySet<string> = new Set([
  "top_k",
  "repeat_last_n",
  "dry_allowed_length",
  "dry_penalty_last_n",
]);

/** What every other parameter means for loading. */
const others: Readonly<Record<string, (command: Command) => LoadOptions>> = {
  seed: (command) => {
    const seed = whole(command);
    return seed < 0 ? {} : { sampling: { seed } }; // below 0: a random one
  },
  mirostat: (command) => {
    const version = whole(command);
    if (version !== 0 && version !== 1 && version !== 2) throw misfit(command, "0, 1 or 2");
    return { sampling: { mirostat: version } };
  },
  num_ctx: (command) => ({ nCtxSeq: atLeast(command, 1) }),
  num_batch: (command) => ({ nBatch: atLeast(command, 1) }),
  num_keep: (command) => ({ nKeep: atLeast(command, -1) }),
  num_predict: (command) => {
    const nPredict = atLeast(command, -2);
    return nPredict < 0 ? {} : { nPredict };
  },
  num_gpu: (command) => {
    const n = whole(command);
    return n < 0 ? {} : { model: { n_gpu_layers: n } };
  },
  main_gpu: (command) => ({ model: { main_gpu: atLeast(command, 0) } }),
  num_thread: (command) => {
    const n = atLeast(command, 0);
    return n === 0 ? {} : { threads: { n_threads: n } };
  },
  use_mmap: (command) => (truth(command) ? {} : { model: { load_mode: "none" } }),
  use_mlock: (command) => (truth(command) ? { model: { load_mode: "mmap+mlock" } } : {}),
  numa: (command) => (truth(command) ? { numa: "distribute" } : {}),
  draft_num_predict: (command) => ({ speculation: { draft_n_max: atLeast(command, 0) } }),
  rope_frequency_base: (command) => ({ context: { rope_freq_base: ropeBase(command) } }),
  rope_frequency_scale: (command) => {
    return { context: { rope_freq_scale: within(command, 0, ropeLimits.scaleMax) } };
  },
};

/** What Ollama has retired, and llama.cpp no longer has: in Modelfiles and in requests. */
export const retiredParameters: ReadonlySet<string> = new Set([
  "tfs_z",
  "penalize_newline",
  "low_vram",
  "f16_kv",
  "logits_all",
  "vocab_only",
  "num_gqa",
  "embedding_only",
]);

/** Parameters that are true or false. */
const truths: ReadonlySet<string> = new Set([
  "use_mmap",
  "use_mlock",
  "penalize_newline",
  "low_vram",
  "f16_kv",
  "logits_all",
  "vocab_only",
  "numa",
  "embedding_only",
]);

export function isKnownParameter(key: string): boolean {
  return (
    key === "stop" ||
    [samplers, others].some((table) => Object.hasOwn(table, key)) ||
    retiredParameters.has(key)
  );
}

/** What a parameter's values are; null: there is no such parameter. */
export function parameterKind(key: string): "texts" | "number" | "truth" | null {
  if (!isKnownParameter(key)) return null;
  if (key === "stop") return "texts";
  return truths.has(key) ? "truth" : "number";
}

/**
 * PARAMETER lines as options for loading: what requests get that are silent. Later lines win, but
 * every `stop` counts.
 * @param note told about parameters without effect
 * @throws AppError invalid_request, with the line
 */
export function toLoadOptions(
  parameters: readonly Command[],
  note: (text: string) => void,
): LoadOptions {
  const stop = parameters.filter(({ key }) => key === "stop").map(({ value }) => value);
  const layers = parameters.map((command): LoadOptions => {
    const { key, line } = command;
    if (key === "stop") return {};
    if (Object.hasOwn(samplers, key)) {
      const value = wholeSamplers.has(key) ? whole(command) : number(command);
      return { sampling: { [samplers[key as keyof typeof samplers]]: value } };
    }
    const meaning = Object.hasOwn(others, key) ? others[key] : undefined;
    if (meaning) return meaning(command);
    const why = retiredParameters.has(key)
      ? "llama.cpp no longer has it"
      : "there is no such parameter";
    note(`line ${line}: PARAMETER ${key} has no effect: ${why}`);
    return {};
  });
  return mergeLoad(...layers, stop.length > 0 ? { stop } : {});
}

function number(command: Command): number {
  const value = Number(command.value);
  if (command.value.trim() !== "" && Number.isFinite(value)) return value;
  throw misfit(command, "a number");
}

function whole(command: Command): number {
  const value = number(command);
  if (Number.isSafeInteger(value)) return value;
  throw misfit(command, "a whole number");
}

function atLeast(command: Command, min: number): number {
  const value = whole(command);
  if (value >= min) return value;
  throw misfit(command, `at least ${min}`);
}

function within(command: Command, min: number, max: number): number {
  const value = number(command);
  if (value >= min && value <= max) return value;
  throw misfit(command, `from ${min} to ${max}`);
}

/** 0 is the model's own. */
function ropeBase(command: Command): number {
  return number(command) === 0 ? 0 : within(command, ropeLimits.baseMin, ropeLimits.baseMax);
}

function truth(command: Command): boolean {
  if (/^(true|1|t)$/i.test(command.value)) return true;
  if (/^(false|0|f)$/i.test(command.value)) return false;
  throw misfit(command, "true or false");
}

function misfit({ key, value, line }: Command, wanted: string): AppError {
  const problem = `PARAMETER ${key} must be ${wanted}, not "${value}"`;
  // Line 0: it is of a request, or of a store.
  const where = line === 0 ? "" : `Modelfile (line ${line}): `;
  return new AppError("invalid_request", `${where}${problem}`);
}
