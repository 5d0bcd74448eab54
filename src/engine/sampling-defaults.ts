import type { ModelInfo, Sampling } from "../core/generate.ts";

type Defaults = ModelInfo["defaults"]["sampling"];

/** Source: `common_params_sampling` in llama.cpp's common.h. */
const llamaCppDefaults: Defaults = {
  temperature: 0.8,
  topK: 40,
  topP: 0.95,
  minP: 0.05,
  topNSigma: -1,
  typicalP: 1,
  xtcProbability: 0,
  xtcThreshold: 0.1,
  dynatempRange: 0,
  dynatempExponent: 1,
  repeatLastN: 64,
  repeatPenalty: 1,
  presencePenalty: 0,
  frequencyPenalty: 0,
  dryMultiplier: 0,
  dryBase: 1.75,
  dryAllowedLength: 2,
  dryPenaltyLastN: 64,
  drySequenceBreakers: ["\n", ":", '"', "*"],
  mirostat: 0,
  mirostatTau: 5,
  mirostatEta: 0.1,
  adaptiveTarget: -1,
  adaptiveDecay: 0.9,
  minKeep: 0,
  samplers: [
    "penalties",
    "dry",
    "top_n_sigma",
    "top_k",
    "typ_p",
    "top_p",
    "min_p",
    "xtc",
    "temperature",
  ],
  ignoreEos: false,
  logitBias: [],
};

/** Numbers that a model's file can recommend, by the ends of their keys. */
const recommended = {
  top_k: "topK",
  top_p: "topP",
  min_p: "minP",
  xtc_probability: "xtcProbability",
  xtc_threshold: "xtcThreshold",
  temp: "temperature",
  penalty_last_n: "repeatLastN",
  penalty_repeat: "repeatPenalty",
  mirostat_tau: "mirostatTau",
  mirostat_eta: "mirostatEta",
} as const;

const knownSamplers = new Set([...llamaCppDefaults.samplers, "infill", "adaptive_p"]);

/**
 * How silent requests are sampled: as the server was told, else as the model's file recommends
 * (both are `told`), else as llama.cpp does.
 */
export function samplingDefaults(
  model: { metaString(key: string): string | null },
  owner: Sampling = {},
): { sampling: Defaults; told: Sampling } {
  const told = overlaid(recommendations(model), owner);
  return { sampling: overlaid(llamaCppDefaults, told), told };
}

/** Source: `common_init_sampler_from_model` in llama.cpp's common.cpp. */
function recommendations(model: { metaString(key: string): string | null }): Sampling {
  const told: Sampling = {};
  for (const [key, field] of Object.entries(recommended)) {
    const text = model.metaString(`general.sampling.${key}`);
    const number = text === null ? Number.NaN : Number.parseFloat(text);
    if (Number.isFinite(number)) told[field] = number;
  }
  const mirostat = Number(model.metaString("general.sampling.mirostat"));
  if (mirostat === 1 || mirostat === 2) told.mirostat = mirostat;
  const sequence = model.metaString("general.sampling.sequence")?.split(";") ?? [];
  const samplers = sequence.filter((name) => knownSamplers.has(name));
  if (samplers.length > 0) told.samplers = samplers;
  return told;
}

/** `below` with the fields of `above` that are there. */
export function overlaid<Below extends Sampling>(below: Below, above: Sampling): Below {
  const given = Object.entries(above).filter(([, value]) => value !== undefined);
  return { ...below, ...Object.fromEntries(given) };
}
