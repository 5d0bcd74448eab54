import type { SamplerOptions } from "../../ffi/sampler.ts";
import type { Sampling } from "../core/generate.ts";

/** What the shim takes as "a seed of your own choice". Source: LLAMA_DEFAULT_SEED in llama.h. */
const randomSeed = 0xffffffff;

/**
 * Sampling parameters under the shim's names; absent ones keep llama.cpp's defaults.
 * @param nCtxSeq what -1 means for the penalties' windows: the whole context
 */
export function samplerOptions(sampling: Sampling, nCtxSeq: number): SamplerOptions {
  const { seed, logitBias } = sampling;
  const window = (n: number | undefined) => (n === -1 ? nCtxSeq : n);
  const options: SamplerOptions = {
    seed: seed ?? randomSeed,
    temperature: sampling.temperature,
    top_k: sampling.topK,
    top_p: sampling.topP,
    min_p: sampling.minP,
    top_n_sigma: sampling.topNSigma,
    typical_p: sampling.typicalP,
    xtc_probability: sampling.xtcProbability,
    xtc_threshold: sampling.xtcThreshold,
    dynatemp_range: sampling.dynatempRange,
    dynatemp_exponent: sampling.dynatempExponent,
    repeat_last_n: window(sampling.repeatLastN),
    repeat_penalty: sampling.repeatPenalty,
    presence_penalty: sampling.presencePenalty,
    frequency_penalty: sampling.frequencyPenalty,
    dry_multiplier: sampling.dryMultiplier,
    dry_base: sampling.dryBase,
    dry_allowed_length: sampling.dryAllowedLength,
    dry_penalty_last_n: window(sampling.dryPenaltyLastN),
    dry_sequence_breakers: sampling.drySequenceBreakers,
    mirostat: sampling.mirostat,
    mirostat_tau: sampling.mirostatTau,
    mirostat_eta: sampling.mirostatEta,
    adaptive_target: sampling.adaptiveTarget,
    adaptive_decay: sampling.adaptiveDecay,
    min_keep: sampling.minKeep,
    samplers: sampling.samplers,
    ignore_eos: sampling.ignoreEos,
    logit_bias: logitBias?.map(({ token, bias }) => [token, finite(bias)]),
  };
  // The shim tells absent from null; JSON.stringify drops undefined.
  return options;
}

/** Source: FLT_MAX in C. */
const floatMax = 3.402_823_466e38;

/** JSON has no infinity: null stands for minus infinity, the largest number for the other one. */
function finite(bias: number): number | null {
  return bias === Number.NEGATIVE_INFINITY ? null : Math.min(bias, floatMax);
}
