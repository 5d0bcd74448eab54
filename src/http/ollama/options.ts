import { randomInt } from "node:crypto";
import { AppError } from "../../core/errors.ts";
import type { GenerateRequest, ModelInfo, Sampling } from "../../core/generate.ts";
import { retiredParameters } from "../../models/modelfile-parameters.ts";
import { type OllamaOptions, OllamaOptions as schema, toNCtx } from "../ollama-options.ts";
import { toSampling } from "../sampling.ts";
import { toStop } from "../stop.ts";

/** What a kind of option is called in errors, in Ollama's words. */
const kinds: Readonly<Record<string, string>> = {
  integer: "integer",
  number: "float32",
  boolean: "boolean",
  string: "string",
};

/**
 * Reads `options` as Ollama does: nulls are as good as absent, and whole numbers are made of others
 * by cutting them. What nobody knows is told to `warn`, and ignored.
 * @throws AppError invalid_request for a value of the wrong type
 */
export function readOptions(
  options: Readonly<Record<string, unknown>>,
  warn: (text: string) => void,
): Record<string, unknown> {
  const read: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(options)) {
    if (value === null) continue;
    if (Object.hasOwn(schema.properties, name)) read[name] = readOption(name, value);
    else warn(complaint(name));
  }
  return read;
}

/** As much of an unknown name is repeated, characters. */
const nameLengthShown = 100;

function complaint(name: string): string {
  if (retiredParameters.has(name))
    return `option "${name}" has no effect: llama.cpp no longer has it`;
  return `invalid option provided: ${JSON.stringify(name.slice(0, nameLengthShown))}`;
}

function readOption(name: string, value: unknown): unknown {
  const wrong = (wanted: string) => {
    const param = `options.${name}`;
    return new AppError("invalid_request", `option "${name}" must be ${wanted}`, { param });
  };
  if (name === "stop") {
    if (typeof value === "string") return value;
    if (!Array.isArray(value)) throw wrong("of type array");
    if (value.every((text) => typeof text === "string")) return value;
    throw wrong("of an array of strings");
  }
  const { type } = schema.properties[name as keyof OllamaOptions & string];
  const kind = typeof type === "string" ? kinds[type] : undefined;
  if (kind === undefined) return value;
  const isRight = typeof value === (type === "integer" ? "number" : type);
  if (!isRight) throw wrong(`of type ${kind}`);
  return type === "integer" ? Math.trunc(value as number) : value;
}

/** How Ollama samples where nobody says otherwise, and llama.cpp would do so differently. */
const samplingHabits: Sampling = { topP: 0.9, minP: 0 };
const nKeepHabit = 4;

/** Contexts that an answer without a limit may fill, as the oldest of it is dropped. */
const nContextsMax = 10;

export interface Asked {
  options?: OllamaOptions;
  truncate?: boolean;
  shift?: boolean;
  logprobs?: boolean;
  top_logprobs?: number;
}

/**
 * What a body says of how it is answered. What it leaves open is as the model's Modelfile has it,
 * then the command line, then the model's file, and at last as Ollama does.
 */
export function toOptioned(
  { options = {}, truncate = true, shift = true, ...body }: Asked,
  info: ModelInfo,
): Omit<GenerateRequest, "prompt"> {
  const { defaults } = info;
  const nCtx = toNCtx(options);
  return {
    ...toLimit(options.num_predict, Math.min(nCtx ?? info.nCtxSeq, info.nCtxSeq), info),
    ...(!shift && { contextShift: false }),
    nCtx,
    truncate,
    nKeep: options.num_keep ?? (defaults.nKeep || nKeepHabit),
    // An empty list unsets what the model has.
    stop: options.stop?.length === 0 ? [] : toStop(options.stop),
    sampling: toSampled(options, defaults.told),
    cachePrompt: true,
    report: { ...(body.logprobs && { nProbs: Math.max(1, body.top_logprobs ?? 0) }) },
  };
}

function toLimit(
  nPredict: number | undefined,
  nCtx: number,
  { defaults }: ModelInfo,
): Pick<GenerateRequest, "nPredict" | "contextShift" | "endsLoops"> {
  if (nPredict === -2) return { nPredict: nCtx, contextShift: false };
  const nMax = nPredict ?? defaults.nPredict;
  if (nMax >= 0) return { nPredict: nMax, contextShift: true };
  return { nPredict: nContextsMax * nCtx, contextShift: true, endsLoops: true };
}

/** The largest one asks for a random seed in llama.cpp. */
const seedMax = 0xffff_ffff;

function toSampled(options: OllamaOptions, told: Sampling = {}): Sampling {
  const asked = toSampling(options);
  const wantsChance = options.seed !== undefined && asked.seed === undefined;
  return {
    ...asked,
    // A model's own seed would count for a request without one.
    ...(wantsChance && told.seed !== undefined && { seed: randomInt(seedMax) }),
    topP: asked.topP ?? told.topP ?? samplingHabits.topP,
    minP: asked.minP ?? told.minP ?? samplingHabits.minP,
  };
}
