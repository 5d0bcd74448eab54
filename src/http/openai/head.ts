import { type Static, Type } from "@sinclair/typebox";
import type { Completion } from "../../core/generate.ts";
import { llamaCppBuild } from "../../core/version.ts";
import type { Model } from "../../models/catalog.ts";
import type { Answer } from "../generation.ts";
import { Probability, toProbability } from "../probabilities.ts";
import { object, oneOf } from "../wire.ts";

const { Integer, String: text } = Type;

/** What every answer and every chunk begins with. */
export const headFields = {
  id: text(),
  created: Integer({ description: "Seconds since 1970." }),
  model: text({ description: "Name of the model that answers, whatever the request called it." }),
  system_fingerprint: text({ description: "The build of llama.cpp." }),
  service_tier: Type.Optional(
    Type.Literal("default", { description: "For requests that have one." }),
  ),
};
const head = Type.Object(headFields);
export type Head = Static<typeof head>;

export function toHead(model: Model, tier?: string): Head {
  return {
    id: `chatcmpl-${crypto.randomUUID().replaceAll("-", "")}`,
    created: Math.floor(Date.now() / 1000),
    model: model.name,
    system_fingerprint: llamaCppBuild,
    ...(tier !== undefined && { service_tier: "default" as const }),
  };
}

export const FinishReason = oneOf(["stop", "length", "tool_calls"]);

export function toFinishReason({ reason }: Completion): Static<typeof FinishReason> {
  return reason === "eos" ? "stop" : reason;
}

export const Usage = object(
  {
    prompt_tokens: Integer({ description: "Of all prompts; several answers share theirs." }),
    completion_tokens: Integer({ description: "Of all answers." }),
    total_tokens: Integer(),
    prompt_tokens_details: object({ cached_tokens: Integer() }),
    completion_tokens_details: object({
      reasoning_tokens: Integer({ description: "Tokens of the thinking." }),
    }),
  },
  { title: "Usage" },
);
export type Usage = Static<typeof Usage>;

/** What `nPerPrompt` answers to each prompt, in their order, took together. */
export function toUsage(completions: readonly Completion[], nPerPrompt: number): Usage {
  const ofPrompts = completions.filter((_, i) => i % nPerPrompt === 0);
  const nPrompt = sum(ofPrompts, (done) => done.nPrompt);
  const nPredicted = sum(completions, (done) => done.nPredicted);
  return {
    prompt_tokens: nPrompt,
    completion_tokens: nPredicted,
    total_tokens: nPrompt + nPredicted,
    prompt_tokens_details: { cached_tokens: sum(ofPrompts, (done) => done.nCached) },
    completion_tokens_details: { reasoning_tokens: sum(completions, (done) => done.nReasoning) },
  };
}

function sum<T>(items: readonly T[], amount: (item: T) => number): number {
  return items.reduce((total, item) => total + amount(item), 0);
}

export const Logprobs = Type.Union([
  object({ content: Type.Array(Probability) }, { title: "Logprobs" }),
  Type.Null(),
]);
export type Logprobs = Static<typeof Logprobs>;

export interface LogprobsOptions {
  isPostSampling: boolean;
  /** Most alternatives of each token. */
  nTop: number;
}

/** The probabilities of an answer or of a piece of one; null where there are none. */
export function toLogprobs(
  probs: Answer["probs"] | undefined,
  { isPostSampling, nTop }: LogprobsOptions,
): Logprobs {
  if (!probs?.length) return null;
  const limited = probs.map((token) => ({ ...token, top: token.top.slice(0, nTop) }));
  return { content: limited.map((token) => toProbability(token, isPostSampling)) };
}
