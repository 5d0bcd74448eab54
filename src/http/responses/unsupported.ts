import { AppError } from "../../core/errors.ts";
import { type Refusals, refuse } from "../refusals.ts";
import type { InputTokensRequest, ResponsesRequest } from "./schema.ts";

/** Documented fields that cannot be honoured here, with the reason that a client is given. */
export const refusals = {
  conversation: { harmless: [], why: "conversations are not stored; use `previous_response_id`" },
  prompt: { harmless: [], why: "there are no stored prompts" },
} as const satisfies Refusals;

/** Likewise, where input is counted; a drop-in for llama-server ignores it. */
export const countRefusals = {
  personality: { harmless: [], why: "models here have no presets of their style" },
} as const satisfies Refusals;

/** Likewise; a drop-in for llama-server ignores all but the first, as that does. */
export const openAiRefusals = {
  background: { harmless: [false], why: "an answer is given in the request that asks for it" },
  context_management: { harmless: [[]], why: "conversations are not summarised; see `truncation`" },
  moderation: { harmless: [], why: "there is no moderation model" },
  access_programs: { harmless: [{}], why: "they are OpenAI's" },
  image: {
    harmless: [{}, { context_compression: "auto" }, { context_compression: "disabled" }],
    why: "pictures are not compressed",
  },
} as const satisfies Refusals;

const cacheRefusals = {
  prewarm: { harmless: [false], why: "every request is answered" },
  comparison_response_id: { harmless: [], why: "what was cached is in `usage`" },
} as const satisfies Refusals;

const reasoningRefusals = {
  mode: { harmless: ["standard"], why: "there is one mode" },
} as const satisfies Refusals;

const statelessRefusals = {
  previous_response_id: {
    harmless: [""],
    why: "answers are not stored; send the whole input",
  },
} as const satisfies Refusals;

/** What a server does that has somewhere to keep answers, or follows OpenAI more than its peer. */
export interface Habits {
  keeps: boolean;
  followsOpenAi: boolean;
}

/** @throws AppError for what the request asks for and cannot have */
export function refusePrompt(body: InputTokensRequest, { keeps, followsOpenAi }: Habits): void {
  refuse(body, refusals);
  if (!keeps) refuse(body, statelessRefusals);
  if (followsOpenAi) refuse(body.reasoning ?? {}, reasoningRefusals, "reasoning.");
}

/** @throws AppError likewise */
export function refuseRequest(body: ResponsesRequest, { followsOpenAi }: Habits): void {
  const { background } = openAiRefusals;
  refuse(body, followsOpenAi ? openAiRefusals : { background });
  if (!followsOpenAi) return;
  refuse(body.prompt_cache_options ?? {}, cacheRefusals, "prompt_cache_options.");
  checkIncludes(body.include ?? []);
  checkMetadata(body.metadata ?? {});
}

const includable: ReadonlySet<string> = new Set([
  "file_search_call.results",
  "web_search_call.results",
  "web_search_call.action.sources",
  "message.input_image.image_url",
  "computer_call_output.output.image_url",
  "code_interpreter_call.outputs",
  "reasoning.encrypted_content",
  "message.output_text.logprobs",
]);

function checkIncludes(include: string[]): void {
  const i = include.findIndex((name) => !includable.has(name));
  if (i < 0) return;
  const param = `include[${i}]`;
  throw bad(param, `\`${param}\` must be one of: ${[...includable].join(", ")}`);
}

/** OpenAI's limits of metadata. */
const nPairsMax = 16;
const keyLengthMax = 64;
const valueLengthMax = 512;

function checkMetadata(metadata: Record<string, unknown>): void {
  const pairs = Object.entries(metadata);
  if (pairs.length > nPairsMax) {
    throw bad("metadata", `\`metadata\` may have ${nPairsMax} pairs, not ${pairs.length}`);
  }
  for (const [key, value] of pairs) {
    const param = `metadata.${key.slice(0, keyLengthMax)}`;
    if (key.length > keyLengthMax) {
      throw bad(param, `\`${param}…\` has a name of more than ${keyLengthMax} characters`);
    }
    if (typeof value !== "string" || value.length > valueLengthMax) {
      throw bad(param, `\`${param}\` must be a text of at most ${valueLengthMax} characters`);
    }
  }
}

function bad(param: string, message: string): AppError {
  return new AppError("invalid_request", message, { param });
}
