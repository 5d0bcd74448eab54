import { AppError } from "../core/errors.ts";
import type { GenerateRequest, ModelInfo } from "../core/generate.ts";
import { engineLimitsOf } from "../core/limits.ts";
import type { LoadOptions } from "../core/load.ts";
import { nCtxOf } from "./sequence.ts";

type Prompt = GenerateRequest["prompt"];

/** What of a loaded engine says how many tokens a request may have. */
interface Roomy {
  info: ModelInfo;
  options: LoadOptions;
}

/** Tokens that a sequence may hold: this one, and any. */
export interface Room {
  nCtx: number;
  nCtxSeq: number;
  /** What makes `nCtx` so small. */
  flag?: "max-prompt-tokens" | "max-request-tokens";
}

/** A prompt has to leave room for one more token. */
export function roomFor({ info, options }: Roomy, asked: Pick<GenerateRequest, "nCtx">): Room {
  const { nPromptTokens, nRequestTokens } = engineLimitsOf(options.limits);
  const { nCtxSeq } = info;
  let room: Room = { nCtx: nCtxOf(asked, nCtxSeq), nCtxSeq };
  if (nPromptTokens > 0 && nPromptTokens + 1 < room.nCtx) {
    room = { nCtx: nPromptTokens + 1, nCtxSeq, flag: "max-prompt-tokens" };
  }
  if (nRequestTokens > 0 && nRequestTokens < room.nCtx) {
    room = { nCtx: nRequestTokens, nCtxSeq, flag: "max-request-tokens" };
  }
  return room;
}

/** Tokens to sample at most. */
export function nPredicted(
  { info: { defaults }, options }: Roomy,
  { nPredict }: Pick<GenerateRequest, "nPredict">,
  nPrompt: number,
): number {
  const nAsked = nPredict ?? (defaults.nPredict < 0 ? Infinity : defaults.nPredict);
  const { nRequestTokens } = engineLimitsOf(options.limits);
  return nRequestTokens === 0 ? nAsked : Math.min(nAsked, nRequestTokens - nPrompt);
}

export function tooLong(
  counted: string,
  nPrompt: number,
  { nCtx, nCtxSeq, flag }: Room,
  prompt: Prompt,
): AppError {
  const message = flag
    ? `request (${counted} tokens) exceeds the ${nCtx - 1} tokens of the server's --${flag}`
    : nCtx < nCtxSeq
      ? `request (${counted} tokens) exceeds the context size that it asks for (${nCtx} tokens)`
      : `request (${counted} tokens) exceeds the available context size (${nCtx} tokens), ` +
        "try increasing it: --ctx-size, if the model allows it";
  const param = paramOf(prompt);
  const details = { n_prompt_tokens: nPrompt, n_ctx: nCtx };
  return new AppError("context_length_exceeded", message, { param, details });
}

export function paramOf({ type }: Prompt): string {
  return type === "chat" ? "messages" : "prompt";
}
