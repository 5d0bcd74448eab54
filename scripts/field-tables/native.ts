import { answer, elsewhere, engine, inapplicable, type Rows, reports, samples } from "./row.ts";

/** The samplers that Ollama's `options` have as well. */
export const commonSamplerRows = {
  seed: samples(7, { seed: 7 }),
  temperature: samples(0.5, { temperature: 0.5 }),
  top_k: samples(3, { topK: 3 }),
  top_p: samples(0.5, { topP: 0.5 }),
  min_p: samples(0.25, { minP: 0.25 }),
  typical_p: samples(0.5, { typicalP: 0.5 }),
  repeat_last_n: samples(9, { repeatLastN: 9 }),
  repeat_penalty: samples(1.5, { repeatPenalty: 1.5 }),
  presence_penalty: samples(0.5, { presencePenalty: 0.5 }),
  frequency_penalty: samples(0.5, { frequencyPenalty: 0.5 }),
  mirostat: samples(2, { mirostat: 2 }),
  mirostat_tau: samples(4, { mirostatTau: 4 }),
  mirostat_eta: samples(0.2, { mirostatEta: 0.2 }),
} satisfies Rows;

/** The samplers of every route that generates. */
export const samplerRows = {
  ...commonSamplerRows,
  dynatemp_range: samples(0.5, { dynatempRange: 0.5 }),
  dynatemp_exponent: samples(2, { dynatempExponent: 2 }),
  top_n_sigma: samples(1, { topNSigma: 1 }),
  xtc_probability: samples(0.5, { xtcProbability: 0.5 }),
  xtc_threshold: samples(0.2, { xtcThreshold: 0.2 }),
  dry_multiplier: samples(0.8, { dryMultiplier: 0.8 }),
  dry_base: samples(1.5, { dryBase: 1.5 }),
  dry_allowed_length: samples(3, { dryAllowedLength: 3 }),
  dry_penalty_last_n: samples(64, { dryPenaltyLastN: 64 }),
  dry_sequence_breakers: samples(["|"], { drySequenceBreakers: ["|"] }),
  adaptive_target: samples(0.5, { adaptiveTarget: 0.5 }),
  adaptive_decay: samples(0.5, { adaptiveDecay: 0.5 }),
  min_keep: samples(2, { minKeep: 2 }),
  samplers: samples(["top_k", "temperature"], { samplers: ["top_k", "temperature"] }),
  ignore_eos: samples(true, { ignoreEos: true }),
  logit_bias: samples({ 5: -1 }, { logitBias: [{ token: 5, bias: -1 }] }),
  backend_sampling: inapplicable(true),
} satisfies Rows;

/** llama-server's samplers and generation fields that OpenAI has no word for. */
export const {
  temperature: _temperature,
  top_p: _topP,
  seed: _seed,
  presence_penalty: _presence,
  frequency_penalty: _frequency,
  logit_bias: _logitBias,
  ...ownSamplerRows
} = samplerRows;

const trigger = { type: 1, value: "{" };

export const constraintRows = {
  grammar: engine('root ::= "a"', { prompt: { grammar: 'root ::= "a"' } }),
  json_schema: engine({ type: "object" }, { prompt: { jsonSchema: { type: "object" } } }),
  grammar_lazy: engine(
    true,
    { prompt: { grammarLazy: true } },
    { grammar: 'root ::= "a"', grammar_triggers: [trigger] },
  ),
  grammar_triggers: engine([trigger], { prompt: { grammarTriggers: [trigger] } }),
  preserved_tokens: engine(["<s>"], { prompt: { preservedTokens: ["<s>"] } }),
} satisfies Rows;

/** What llama-server's routes take beside samplers, wherever we take it too. */
export const generationRows = {
  n_predict: engine(5, { nPredict: 5 }),
  cache_prompt: engine(false, { cachePrompt: false }),
  n_cache_reuse: engine(16, { nCacheReuse: 16 }),
  n_keep: engine(4, { nKeep: 4 }),
  n_discard: engine(8, { nDiscard: 8 }),
  n_indent: engine(2, { nIndent: 2 }),
  t_max_predict_ms: engine(100, { maxDecodeMs: 100 }),
  id_slot: engine(1, { slot: 1 }),
  lora: engine([{ id: 0, scale: 0.5 }], { lora: [{ id: 0, scale: 0.5 }] }),
  return_progress: answer(true, /"prompt_progress"/, { stream: true }),
  timings_per_token: answer(true, /(?:"timings".*\n\n.*){3}/s, { stream: true }),
  sse_ping_interval: elsewhere(
    "http/streaming.test.ts",
    "is pinged with comments, as often as the request asks",
  ),
} satisfies Rows;

/** What only answers with `choices` have a place for. */
export const choiceRows = {
  n_cmpl: answer(2, /"index":1/),
  n_probs: reports(3, { nProbs: 3 }),
  post_sampling_probs: reports(true, { postSampling: true }, { n_probs: 1 }),
  return_tokens: reports(true, { tokens: true }),
  verbose: answer(true, /"__verbose"/),
} satisfies Rows;
