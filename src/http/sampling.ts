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
    number("Higher is more random; 0 always takes the likeliest token.", min(0)),
  ),
  top_k: optional(integer("Only the k likeliest tokens; 0 or -1: all.", min(-1))),
  top_p: optional(number("Only the likeliest tokens that make up this probability.", range(0, 1))),
  min_p: optional(number("Only tokens this likely, relative to the likeliest.", range(0, 1))),
  typical_p: optional(number("Locally typical sampling; 1: off.", range(0, 1))),
  repeat_last_n: optional(integer("Tokens looked at for penalties; 0: off, -1: all.", min(-1))),
  repeat_penalty: optional(number("Divides the chance of tokens already seen; 1: off.", min(0))),
  presence_penalty: optional(number("Taken from the logit of every token already seen.")),
  frequency_penalty: optional(
    number("Taken from a token's logit, once for each time it was seen."),
  ),
  mirostat: optional(
    Type.Union([Type.Literal(0), Type.Literal(1), Type.Literal(2)], {
      description: "Mirostat version; it replaces the other truncating samplers. 0: off.",
    }),
  ),
  mirostat_tau: optional(number("Mirostat's target entropy.", min(0))),
  mirostat_eta: optional(number("Mirostat's learning rate.", min(0))),
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

/** Most texts in `dry_sequence_breakers`: each is compared with the text at every token. */
const nSequenceBreakersMax = 64;

/** What llama-server's own route and its chat route take beyond the common fields. */
export const llamaServerSamplerFields = {
  ...commonSamplerFields,
  dynatemp_range: optional(number("Temperature varies by this much with the entropy.", min(0))),
  dynatemp_exponent: optional(number("How entropy maps to temperature.", min(0))),
  top_n_sigma: optional(number("Only tokens within n standard deviations; below 0: off.")),
  xtc_probability: optional(number("Chance of removing the likeliest tokens.", range(0, 1))),
  xtc_threshold: optional(number("Least probability of a token that XTC removes.", range(0, 1))),
  dry_multiplier: optional(number("Strength of the DRY repetition penalty; 0: off.", min(0))),
  dry_base: optional(number("How DRY's penalty grows with the repeated length.", min(0))),
  dry_allowed_length: optional(integer("Repeated tokens that DRY lets pass.", min(0))),
  dry_penalty_last_n: optional(integer("Tokens DRY looks at; 0: off, -1: all.", min(-1))),
  dry_sequence_breakers: optional(
    Type.Array(Type.String({ minLength: 1 }), {
      maxItems: nSequenceBreakersMax,
      description: "Texts at which DRY begins anew.",
    }),
  ),
  adaptive_target: optional(number("Adaptive-p: probability to aim for; below 0: off.")),
  adaptive_decay: optional(number("Adaptive-p: how slowly it adapts.", range(0, 1))),
  min_keep: optional(integer("Tokens that every truncating sampler leaves.", min(0))),
  samplers: optional(
    Type.Union(
      [
        Type.Array(oneOf(samplerNames), { maxItems: 32 }),
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
      { description: 'Added to logits: {"token id": bias} or [[id, bias], …]; false forbids.' },
    ),
  ),
};
const llamaServerSampling = Type.Object(llamaServerSamplerFields);
type WireSampling = Static<typeof llamaServerSampling>;

/** The one place that knows which of core's fields a wire name means. */
export function toSampling(wire: WireSampling): Sampling {
  return {
    seed: toSeed(wire.seed),
    temperature: wire.temperature,
    topK: wire.top_k,
    topP: wire.top_p,
    minP: wire.min_p,
    topNSigma: wire.top_n_sigma,
    typicalP: wire.typical_p,
    xtcProbability: wire.xtc_probability,
    xtcThreshold: wire.xtc_threshold,
    dynatempRange: wire.dynatemp_range,
    dynatempExponent: wire.dynatemp_exponent,
    repeatLastN: wire.repeat_last_n,
    repeatPenalty: wire.repeat_penalty,
    presencePenalty: wire.presence_penalty,
    frequencyPenalty: wire.frequency_penalty,
    dryMultiplier: wire.dry_multiplier,
    dryBase: wire.dry_base,
    dryAllowedLength: wire.dry_allowed_length,
    dryPenaltyLastN: wire.dry_penalty_last_n,
    drySequenceBreakers: wire.dry_sequence_breakers,
    mirostat: wire.mirostat,
    mirostatTau: wire.mirostat_tau,
    mirostatEta: wire.mirostat_eta,
    adaptiveTarget: wire.adaptive_target,
    adaptiveDecay: wire.adaptive_decay,
    minKeep: wire.min_keep,
    samplers: toSamplers(wire.samplers),
    ignoreEos: wire.ignore_eos,
    logitBias: toLogitBias(wire.logit_bias),
  };
}

/** llama.cpp's seeds have 32 bits, and the largest one asks for a random seed, as -1 does. */
function toSeed(seed: number | undefined): number | undefined {
  if (seed === undefined) return undefined;
  const bits = Number(BigInt.asUintN(32, BigInt(seed)));
  return bits === 0xffff_ffff ? undefined : bits;
}

function toSamplers(samplers: WireSampling["samplers"]): string[] | undefined {
  if (typeof samplers !== "string") return samplers;
  return [...samplers].map((letter) => {
    const name = samplerNames.find((known) => samplerLetters[known] === letter);
    return name ?? letter; // unreachable: the schema's pattern has only these letters
  });
}

function toLogitBias(bias: WireSampling["logit_bias"]): Sampling["logitBias"] {
  if (bias === undefined) return undefined;
  const pairs = Array.isArray(bias) ? bias : Object.entries(bias);
  return pairs.map(([token, amount]) => ({ token: toTokenId(token), bias: toBias(amount) }));
}

function toTokenId(token: unknown): number {
  const id = typeof token === "string" && /^\d+$/.test(token) ? Number(token) : token;
  if (typeof id === "number" && Number.isInteger(id) && id >= 0 && id < 2 ** 31) return id;
  const message = `\`logit_bias\` needs token ids; ${JSON.stringify(token)} is not one`;
  throw new AppError("invalid_request", message, { param: "logit_bias" });
}

function toBias(amount: unknown): number {
  if (amount === false) return Number.NEGATIVE_INFINITY;
  if (typeof amount === "number") return amount;
  const message = `\`logit_bias\` needs numbers or false; ${JSON.stringify(amount)} is neither`;
  throw new AppError("invalid_request", message, { param: "logit_bias" });
}

function min(minimum: number) {
  return { minimum };
}

function range(minimum: number, maximum: number) {
  return { minimum, maximum };
}
