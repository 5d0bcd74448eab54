import { type Static, Type } from "@sinclair/typebox";
import { AppError } from "../core/errors.ts";
import type { GenerateRequest, ModelInfo } from "../core/generate.ts";
import { llamaServerSamplerFields, toSampling } from "./sampling.ts";
import { Stop, toStop } from "./stop.ts";
import { object } from "./wire.ts";

const { Optional, Integer, Boolean: bool } = Type;

const NPredict = Integer({
  minimum: -1,
  description:
    "Tokens to predict at most; -1: until the model or its context ends; 0: only the prompt is " +
    "evaluated, for the cache.",
});

const NCompletions = Integer({
  minimum: 1,
  description:
    "Answers to each prompt, on OpenAI's routes up to 128; on those of llama-server, and as a " +
    "drop-in for it, at most as many as the model answers at once.",
});

/**
 * What every generating route of llama-server takes beside its prompt and its constraint, OpenAI's
 * routes among them.
 */
export const nativeFields = {
  n_predict: Optional(NPredict),
  max_tokens: Optional(NPredict),
  max_completion_tokens: Optional(NPredict),
  stop: Optional(Stop),
  stream: Optional(bool({ default: false })),
  cache_prompt: Optional(
    bool({ description: "Look for a cached prefix. Default: the server's, which is true." }),
  ),
  n_cache_reuse: Optional(
    Integer({
      minimum: 0,
      description:
        "Fewest tokens of a stretch that is moved from further on in the slot's cache; 0: none.",
    }),
  ),
  n_keep: Optional(
    Integer({ minimum: -1, description: "Prompt tokens that a context shift keeps; -1: all." }),
  ),
  n_discard: Optional(
    Integer({ minimum: 0, description: "Tokens that a context shift drops; 0: half." }),
  ),
  n_indent: Optional(
    Integer({ minimum: 0, description: "End at a line that is indented less, characters." }),
  ),
  t_max_predict_ms: Optional(
    Integer({
      minimum: -1,
      description: "Once a line is complete, end after this many milliseconds; below 1: never.",
    }),
  ),
  id_slot: Optional(
    Integer({
      minimum: -1,
      description: "Slot to run in, modulo their number; -1: the one that fits best.",
    }),
  ),
  lora: Optional(
    Type.Array(object({ id: Integer({ minimum: 0 }), scale: Optional(Type.Number()) }), {
      description: "Scales of LoRA adapters; those not named get 0. Empty: the server's own.",
    }),
  ),
  n: Optional(NCompletions),
  n_cmpl: Optional(NCompletions),
  n_probs: Optional(
    Integer({ description: "Report so many of the likeliest tokens, for every token." }),
  ),
  post_sampling_probs: Optional(
    bool({ description: "Probabilities after the samplers instead of before them." }),
  ),
  return_tokens: Optional(bool({ description: "List the tokens of the answer in `tokens`." })),
  return_progress: Optional(bool({ description: "Stream the progress of prompt evaluation." })),
  timings_per_token: Optional(bool({ description: "Timings in every event of a stream." })),
  verbose: Optional(bool({ description: "Chat and OpenAI routes: add `__verbose`." })),
  sse_ping_interval: Optional(
    Integer({ minimum: -1, description: "Silence after which a stream is pinged, s; -1: never." }),
  ),
  ...llamaServerSamplerFields,
};
const native = Type.Object(nativeFields);
export type NativeFields = Static<typeof native>;

/** All of a request but its prompt. @throws AppError unsupported */
export function toNativeRequest(body: NativeFields): Omit<GenerateRequest, "prompt"> {
  const { n_probs: nProbs = 0, t_max_predict_ms: maxDecodeMs = 0, lora = [] } = body;
  const nPredict = body.n_predict ?? body.max_completion_tokens ?? body.max_tokens ?? -1;
  const scales = lora.map(({ id, scale = 0 }) => ({ id, scale }));
  return {
    nPredict: nPredict < 0 ? undefined : nPredict,
    stop: toStop(body.stop),
    sampling: toSampling(body),
    cachePrompt: body.cache_prompt,
    slot: body.id_slot === -1 ? undefined : body.id_slot,
    nCacheReuse: body.n_cache_reuse,
    nKeep: body.n_keep,
    nDiscard: body.n_discard,
    nIndent: body.n_indent || undefined,
    maxDecodeMs: maxDecodeMs > 0 ? maxDecodeMs : undefined,
    lora: scales.length > 0 ? scales : undefined,
    report: {
      tokens: body.return_tokens || body.stream,
      nProbs: nProbs > 0 ? nProbs : undefined,
      postSampling: body.post_sampling_probs,
      // Its first event says that the work has begun, which settles the status of a stream.
      progress: body.stream,
      prompt: body.verbose,
    },
  };
}

/** Answers wanted to each prompt. @throws AppError when they are more than `nMax` */
export function toNCompletions(body: NativeFields, nMax: number): number {
  const field = body.n_cmpl === undefined ? "n" : "n_cmpl";
  const n = body[field] ?? 1;
  if (n <= nMax) return n;
  const range = `Value must be between 1 <= value <= ${nMax}, but got ${n}`;
  throw new AppError("invalid_request", `Field '${field}': ${range}`, { param: field });
}

/** `request`, `n` times over: each with a seed of its own, and only the first in a given slot. */
export function repeated(request: GenerateRequest, n: number, info: ModelInfo): GenerateRequest[] {
  const seed = request.sampling.seed ?? info.defaults.sampling.seed;
  const another = (i: number): GenerateRequest => {
    const sampling =
      seed === undefined ? request.sampling : { ...request.sampling, seed: seed + i };
    return { ...request, slot: undefined, sampling };
  };
  return Array.from({ length: n }, (_, i) => (i === 0 ? request : another(i)));
}

/** Silence after which a stream is pinged, seconds. */
export function toPingSeconds(body: NativeFields, settings: { ssePingSeconds: number }): number {
  return body.sse_ping_interval ?? settings.ssePingSeconds;
}
