import { type Static, Type } from "@sinclair/typebox";
import { AppError } from "../core/errors.ts";
import type { Sampling } from "../core/generate.ts";
import { oneOf } from "./wire.ts";

const optional = Type.Optional;
const number = (description: string, limits = {}) => Type.Number({ description, ...limits });
const integer = (description: string, limits = {}) => Type.Integer({ description, ...limits });

/** The samplers that Ollama's `options`, OpenAI's and llama-server's bodies all name alike. */
export const commonSamplerFields = {
  seed: optional(integer("Same seed, same request: same text. -1: a random one.")),
  temperature: optional(
    number("Higher is more random; 0 and below always take the likeliest token."),
  ),
  top_k: optional(integer("Only the k likeliest tokens; 0 and below: all.")),
  top_p: optional(number("Only the likeliest tokens that make up this probability.")),
  min_p: optional(number("Only tokens this likely, relative to the likeliest.")),
  typical_p: optional(number("Locally typical sampling; 1: off.")),
  repeat_last_n: optional(
    integer("Tokens looked at for penalties; 0: off, -1: the whole context.", { minimum: -1 }),
  ),
  repeat_penalty: optional(number("Divides the chance of tokens already seen; 1: off.")),
  presence_penalty: optional(number("Taken from the logit of every token already seen.")),
  frequency_penalty: optional(
    number("Taken from a token's logit, once for each time it was seen."),
  ),
  mirostat: optional(
    integer("Mirostat version, 1 or 2; it replaces the other truncating samplers. 0: off."),
  ),
  mirostat_tau: optional(number("Mirostat's target entropy.")),
  mirostat_eta: optional(number("Mirostat's learning rate.")),
};

/** Names of llama.cpp's samplers, and the letter that each has in its short form. */
const samplerLetters = {
  penalties: "e",
  dry: "d",
  top_n_sigma: "s",
  top_k: "k",
  typ_p: "y",
  top_p: "p",
  min_p: "m",
  xtc: "x",
  temperature: "t",
  infill: "i",
  adaptive_p: "a",
} as const;
const samplerNames = Object.keys(samplerLetters) as (keyof typeof samplerLetters)[];

/** Other spellings that llama.cpp knows, and "typical_p", which is the parameter's name. */
const samplerAliases: Readonly<Record<string, string>> = {
  ...Object.fromEntries(samplerNames.map((name) => [name.replaceAll("_", "-"), name])),
  ...Object.fromEntries(samplerNames.map((name) => [name.replaceAll("_", ""), name])),
  nucleus: "top_p",
  temp: "temperature",
  typ: "typ_p",
  typical_p: "typ_p",
};

/** Most texts in `dry_sequence_breakers`: each is compared with the text at every token. */
const nSequenceBreakersMax = 64;

/** What llama-server's own route and its chat route take beyond the common fields. */
export const llamaServerSamplerFields = {
  ...commonSamplerFields,
  dynatemp_range: optional(number("Temperature varies by this much with the entropy.")),
  dynatemp_exponent: optional(number("How entropy maps to temperature.")),
  top_n_sigma: optional(number("Only tokens within n standard deviations; below 0: off.")),
  xtc_probability: optional(number("Chance of removing the likeliest tokens.")),
  xtc_threshold: optional(number("Least probability of a token that XTC removes.")),
  dry_multiplier: optional(number("Strength of the DRY repetition penalty; 0: off.")),
  dry_base: optional(
    number("How DRY's penalty grows with the repeated length; below 1: the default."),
  ),
  dry_allowed_length: optional(integer("Repeated tokens that DRY lets pass.", { minimum: 0 })),
  dry_penalty_last_n: optional(
    integer("Tokens DRY looks at; 0: off, -1: the whole context.", { minimum: -1 }),
  ),
  dry_sequence_breakers: optional(
    Type.Array(Type.String(), {
      minItems: 1,
      maxItems: nSequenceBreakersMax,
      description: "Texts at which DRY begins anew.",
    }),
  ),
  adaptive_target: optional(number("Adaptive-p: probability to aim for; below 0: off.")),
  adaptive_decay: optional(
    number("Adaptive-p: how slowly it adapts.", { minimum: 0, maximum: 0.99 }),
  ),
  min_keep: optional(integer("Tokens that every truncating sampler leaves.", { minimum: 0 })),
  samplers: optional(
    Type.Union(
      [
        Type.Array(oneOf([...samplerNames, ...Object.keys(samplerAliases)]), { maxItems: 32 }),
        Type.String({ pattern: `^[${Object.values(samplerLetters).join("")}]*$`, maxLength: 32 }),
      ],
      { description: "Samplers in the order to apply: names, or one text of their letters." },
    ),
  ),
  ignore_eos: optional(Type.Boolean({ description: "Never let the model end by itself." })),
  logit_bias: optional(
    Type.Union(
      [
        Type.Record(Type.String(), Type.Union([Type.Number(), Type.Literal(false)])),
        Type.Array(Type.Array(Type.Unknown(), { minItems: 2, maxItems: 2 })),
      ],
      {
        description:
          'Added to logits: {"token id": bias} or [[id, bias], …]; false forbids. ' +
          "In place of an id, a text stands for each of its tokens.",
      },
    ),
  ),
  backend_sampling: optional(
    Type.Boolean({ description: "Where sampling runs is the engine's choice; answers are equal." }),
  ),
};
const llamaServerSampling = Type.Object(llamaServerSamplerFields);
type WireSampling = Static<typeof llamaServerSampling>;

/**
 * The one place that knows which of core's fields a wire name means. Values beyond a sampler's
 * range become the nearest one in it, as llama-server has it.
 */
export function toSampling(wire: WireSampling): Sampling {
  return {
    seed: toSeed(wire.seed),
    temperature: clamped(wire.temperature, 0),
    topK: clamped(wire.top_k, 0),
    topP: clamped(wire.top_p, 0, 1),
    minP: clamped(wire.min_p, 0, 1),
    topNSigma: wire.top_n_sigma,
    typicalP: wire.typical_p,
    xtcProbability: clamped(wire.xtc_probability, 0, 1),
    xtcThreshold: clamped(wire.xtc_threshold, 0, 1),
    dynatempRange: wire.dynatemp_range,
    dynatempExponent: wire.dynatemp_exponent,
    repeatLastN: wire.repeat_last_n,
    repeatPenalty: wire.repeat_penalty,
    presencePenalty: wire.presence_penalty,
    frequencyPenalty: wire.frequency_penalty,
    dryMultiplier: wire.dry_multiplier,
    dryBase: wire.dry_base !== undefined && wire.dry_base < 1 ? undefined : wire.dry_base,
    dryAllowedLength: wire.dry_allowed_length,
    dryPenaltyLastN: wire.dry_penalty_last_n,
    drySequenceBreakers: wire.dry_sequence_breakers,
    mirostat: toMirostat(wire.mirostat),
    mirostatTau: wire.mirostat_tau,
    mirostatEta: wire.mirostat_eta,
    adaptiveTarget: clamped(wire.adaptive_target, Number.NEGATIVE_INFINITY, 1),
    adaptiveDecay: wire.adaptive_decay,
    minKeep: wire.min_keep,
    samplers: toSamplers(wire.samplers),
    ignoreEos: wire.ignore_eos,
    logitBias: toLogitBias(wire.logit_bias),
  };
}

function clamped(value: number | undefined, min: number, max = Number.POSITIVE_INFINITY) {
  return value === undefined ? undefined : Math.min(Math.max(value, min), max);
}

/** llama.cpp's seeds have 32 bits, and the largest one asks for a random seed, as -1 does. */
function toSeed(seed: number | undefined): number | undefined {
  if (seed === undefined) return undefined;
  const bits = Number(BigInt.asUintN(32, BigInt(seed)));
  return bits === 0xffff_ffff ? undefined : bits;
}

function toMirostat(version: number | undefined): Sampling["mirostat"] {
  if (version === undefined) return undefined;
  return version <= 0 ? 0 : version === 1 ? 1 : 2;
}

function toSamplers(samplers: WireSampling["samplers"]): string[] | undefined {
  if (samplers === undefined) return undefined;
  if (typeof samplers !== "string") return samplers.map((name) => samplerAliases[name] ?? name);
  const named = (letter: string) => samplerNames.filter((name) => samplerLetters[name] === letter);
  return [...samplers].flatMap(named);
}

function toLogitBias(bias: WireSampling["logit_bias"]): Sampling["logitBias"] {
  if (bias === undefined) return undefined;
  if (Array.isArray(bias)) {
    return bias.map(([token, amount]) => ({ token: toToken(token), bias: toBias(amount) }));
  }
  return Object.entries(bias).map(([key, amount]) => ({
    token: /^\d+$/.test(key) ? toToken(Number(key)) : key,
    bias: toBias(amount),
  }));
}

function toToken(token: unknown): number | string {
  if (typeof token === "string") return token;
  if (typeof token === "number" && Number.isInteger(token) && token >= 0 && token < 2 ** 31) {
    return token;
  }
  const message = `\`logit_bias\` needs token ids or texts; ${JSON.stringify(token)} is neither`;
  throw new AppError("invalid_request", message, { param: "logit_bias" });
}

function toBias(amount: unknown): number {
  if (amount === false) return Number.NEGATIVE_INFINITY;
  if (typeof amount === "number") return amount;
  const message = `\`logit_bias\` needs numbers or false; ${JSON.stringify(amount)} is neither`;
  throw new AppError("invalid_request", message, { param: "logit_bias" });
}
