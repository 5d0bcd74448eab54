import { type Static, Type } from "@sinclair/typebox";
import type { Constraint, GenerateRequest, ModelInfo } from "../core/generate.ts";
import { object } from "./wire.ts";

const number = Type.Number();
const integer = Type.Integer();
const bool = Type.Boolean();
const text = Type.String();
const texts = Type.Array(text);

/** Those that would show what somebody said are only in an answer to themselves. */
const privateFields = {
  dry_sequence_breakers: texts,
  stop: texts,
  logit_bias: Type.Array(object({ bias: Type.Union([number, Type.Null()]), token: integer })),
  grammar: text,
  grammar_lazy: bool,
  grammar_triggers: Type.Array(object({ type: integer, value: text })),
  preserved_tokens: texts,
};

const publicFields = {
  seed: Type.Integer({ description: "4294967295: a random one." }),
  temperature: number,
  dynatemp_range: number,
  dynatemp_exponent: number,
  top_k: integer,
  top_p: number,
  min_p: number,
  top_n_sigma: number,
  xtc_probability: number,
  xtc_threshold: number,
  typical_p: number,
  repeat_last_n: integer,
  repeat_penalty: number,
  presence_penalty: number,
  frequency_penalty: number,
  dry_multiplier: number,
  dry_base: number,
  dry_allowed_length: integer,
  dry_penalty_last_n: integer,
  mirostat: integer,
  mirostat_tau: number,
  mirostat_eta: number,
  adaptive_target: number,
  adaptive_decay: number,
  max_tokens: integer,
  n_predict: integer,
  n_keep: integer,
  n_discard: integer,
  ignore_eos: bool,
  stream: bool,
  n_probs: integer,
  min_keep: integer,
  chat_format: text,
  reasoning_format: text,
  reasoning_in_content: bool,
  generation_prompt: text,
  samplers: texts,
  "speculative.types": text,
  timings_per_token: bool,
  post_sampling_probs: bool,
  backend_sampling: bool,
  lora: Type.Array(object({ id: integer, scale: number })),
};

export const GenerationSettings = object(
  { ...publicFields, ...privateFields },
  { title: "GenerationSettings" },
);
export type GenerationSettings = Static<typeof GenerationSettings>;

export const SlotParameters = object(publicFields, { title: "SlotParameters" });
export type SlotParameters = Static<typeof SlotParameters>;

/** A request that is answered, or was; the prompt of one in a slot is not shown. */
export type AnsweredRequest = Omit<GenerateRequest, "prompt"> & { prompt?: Constraint };

/** What of a body changes how it is answered, not what. */
export interface WireHabits {
  stream?: boolean | undefined;
  timings_per_token?: boolean | undefined;
  backend_sampling?: boolean | undefined;
}

/** llama-server's names and order; what a request leaves open is the model's default. */
export function toGenerationSettings(
  request: AnsweredRequest,
  info: ModelInfo,
  wire: WireHabits,
): GenerationSettings {
  const { defaults } = info;
  const s = settled(request.sampling, defaults.sampling);
  const constraint: Constraint = request.prompt ?? {};
  const nPredict = request.nPredict ?? defaults.nPredict;
  return {
    ...toSamplerSettings(s),
    stop: request.stop ?? defaults.stop,
    max_tokens: nPredict,
    n_predict: nPredict,
    n_keep: request.nKeep ?? defaults.nKeep,
    n_discard: request.nDiscard ?? 0,
    ignore_eos: s.ignoreEos,
    stream: wire.stream ?? false,
    logit_bias: toLogitBias(s, info),
    n_probs: request.report?.nProbs ?? 0,
    min_keep: s.minKeep,
    grammar: constraint.grammar ?? "",
    grammar_lazy: constraint.grammarLazy ?? false,
    grammar_triggers: constraint.grammarTriggers ?? [],
    preserved_tokens: constraint.preservedTokens ?? [],
    chat_format: "Content-only",
    reasoning_format: defaults.reasoningFormat,
    reasoning_in_content: false,
    generation_prompt: "",
    samplers: s.samplers,
    "speculative.types": defaults.speculationTypes,
    timings_per_token: wire.timings_per_token ?? false,
    post_sampling_probs: request.report?.postSampling ?? false,
    backend_sampling: wire.backend_sampling ?? false,
    lora: (request.lora ?? []).map(({ id, scale }) => ({ id, scale: float(scale) })),
  };
}

/** As `toGenerationSettings`, without what would show somebody else's words. */
export function toSlotParameters(request: AnsweredRequest, info: ModelInfo): SlotParameters {
  const settings = toGenerationSettings(request, info, {});
  const shown = Object.entries(settings).filter(([name]) => !Object.hasOwn(privateFields, name));
  return Object.fromEntries(shown) as SlotParameters;
}

type SettledSampling = ModelInfo["defaults"]["sampling"];

function settled(asked: GenerateRequest["sampling"], defaults: SettledSampling): SettledSampling {
  const given = Object.entries(asked).filter(([, value]) => value !== undefined);
  return { ...defaults, ...Object.fromEntries(given) };
}

/** Source: FLT_MAX in C. */
const floatMax = 2 ** 128 - 2 ** 104;

/**
 * llama.cpp computes with 32-bit floats, and its JSON shows them as they are. Those beyond the
 * largest one would be infinite, which JSON cannot say.
 */
export function float(value: number): number {
  return Math.fround(Math.min(Math.max(value, -floatMax), floatMax));
}

function toSamplerSettings(s: SettledSampling) {
  return {
    seed: s.seed ?? 0xffff_ffff,
    temperature: float(s.temperature),
    dynatemp_range: float(s.dynatempRange),
    dynatemp_exponent: float(s.dynatempExponent),
    top_k: s.topK,
    top_p: float(s.topP),
    min_p: float(s.minP),
    top_n_sigma: float(s.topNSigma),
    xtc_probability: float(s.xtcProbability),
    xtc_threshold: float(s.xtcThreshold),
    typical_p: float(s.typicalP),
    repeat_last_n: s.repeatLastN,
    repeat_penalty: float(s.repeatPenalty),
    presence_penalty: float(s.presencePenalty),
    frequency_penalty: float(s.frequencyPenalty),
    dry_multiplier: float(s.dryMultiplier),
    dry_base: float(s.dryBase),
    dry_allowed_length: s.dryAllowedLength,
    dry_penalty_last_n: s.dryPenaltyLastN,
    dry_sequence_breakers: s.drySequenceBreakers,
    mirostat: s.mirostat,
    mirostat_tau: float(s.mirostatTau),
    mirostat_eta: float(s.mirostatEta),
    adaptive_target: float(s.adaptiveTarget),
    adaptive_decay: float(s.adaptiveDecay),
  };
}

/** JSON has no infinity: null is a token that is forbidden. Texts are known only to the engine. */
function toLogitBias(s: SettledSampling, { eogTokens }: ModelInfo) {
  const forbidden = s.ignoreEos ? eogTokens.map((token) => ({ bias: null, token })) : [];
  const given = s.logitBias.flatMap(({ token, bias }) =>
    typeof token === "number" ? [{ bias: Number.isFinite(bias) ? float(bias) : null, token }] : [],
  );
  return [...given, ...forbidden];
}
