import { type Static, Type } from "@sinclair/typebox";
import type { GenerateEvent, GenerateRequest, ModelInfo } from "../core/generate.ts";
import type { Answer } from "./generation.ts";
import type { NativeFields } from "./native-request.ts";
import { GenerationSettings, toGenerationSettings } from "./native-settings.ts";
import { Probability, toProbability } from "./probabilities.ts";
import { type Progress, Timings, toTimings } from "./timings.ts";
import { object, oneOf } from "./wire.ts";

const { Optional, Integer, Boolean: bool, String: text } = Type;

/** What every piece of an answer has. */
const pieceFields = {
  index: Integer({ description: "Which of several answers this is." }),
  content: text(),
  tokens: Type.Array(Integer()),
  id_slot: Integer({ description: "-1 while the answer is not complete." }),
  tokens_predicted: Integer(),
  tokens_evaluated: Integer({ description: "Tokens of the prompt, cached ones included." }),
};

export const CompletionPiece = object(
  {
    ...pieceFields,
    stop: Type.Literal(false),
    timings: Optional(Timings),
    prompt_progress: Optional(
      object({ total: Integer(), cache: Integer(), processed: Integer(), time_ms: Type.Number() }),
    ),
    completion_probabilities: Optional(Type.Array(Probability)),
  },
  { title: "CompletionPiece" },
);
export type CompletionPiece = Static<typeof CompletionPiece>;

export const Completion = object(
  {
    ...pieceFields,
    stop: Type.Literal(true),
    model: text(),
    generation_settings: GenerationSettings,
    prompt: text({ description: "What the model was given, special tokens shown." }),
    has_new_line: bool(),
    truncated: bool({ description: "The end of the context, not `n_predict`, cut the answer." }),
    stop_type: oneOf(["eos", "word", "limit"]),
    stopping_word: text(),
    tokens_cached: Integer({ description: "Tokens kept for the next request." }),
    timings: Timings,
    completion_probabilities: Optional(Type.Array(Probability)),
  },
  { title: "Completion" },
);
export type Completion = Static<typeof Completion>;

/** What the answers to one request have in common. */
export interface NativeContext {
  /** The request for each answer, by index; one stands for all of them if there is only one. */
  requests: readonly GenerateRequest[];
  body: NativeFields & { stream?: boolean };
  model: string;
  info: ModelInfo;
}

/** llama-server's answer, whole, or as the last event of a stream (which has said the text). */
export function toCompletion(answer: Answer, index: number, context: NativeContext): Completion {
  const { body, info } = context;
  const { completion: done, probs } = answer;
  const isStream = body.stream === true;
  const request = context.requests[index] ?? context.requests[0];
  const isPost = body.post_sampling_probs ?? false;
  return {
    index,
    content: isStream ? "" : answer.text,
    tokens: isStream || !body.return_tokens ? [] : answer.tokens,
    id_slot: done.slot,
    stop: true,
    model: context.model,
    tokens_predicted: done.nPredicted,
    tokens_evaluated: done.nPrompt,
    generation_settings: toGenerationSettings(request ?? { sampling: {} }, info, body),
    prompt: done.promptText ?? "",
    has_new_line: answer.text.includes("\n"),
    truncated: done.truncated,
    stop_type: stopTypes[done.reason],
    stopping_word: done.stoppingText,
    tokens_cached: done.nHeld,
    timings: toTimings(done),
    ...(!isStream &&
      probs.length > 0 && {
        completion_probabilities: probs.map((prob) => toProbability(prob, isPost)),
      }),
  };
}

const stopTypes = { eos: "eos", stop: "word", length: "limit", tool_calls: "eos" } as const;

type Sampled = Extract<GenerateEvent, { type: "text" }>;
type Prefilled = Pick<Progress, "nPrompt" | "nCached" | "prefillMs">;

/**
 * An event of text as llama-server streams it: one piece for each token. Text that was held back
 * comes with the token that completes it; the pieces of those before have none.
 */
export function toPieces(
  event: Omit<Sampled, "type">,
  prefilled: Prefilled,
  index: number,
  body: NativeFields,
): CompletionPiece[] {
  const { tokens = [], probs = [] } = event;
  const isPost = body.post_sampling_probs ?? false;
  const nPieces = Math.max(tokens.length, 1);
  return Array.from({ length: nPieces }, (_, i) => {
    const token = tokens[i];
    const prob = probs[i];
    const nPredicted = event.nPredicted - (nPieces - 1 - i);
    return {
      index,
      content: i === nPieces - 1 ? event.text : "",
      tokens: token === undefined ? [] : [token],
      stop: false,
      id_slot: -1,
      tokens_predicted: nPredicted,
      tokens_evaluated: prefilled.nPrompt,
      ...(body.timings_per_token && {
        timings: toTimings({ ...prefilled, nPredicted, decodeMs: event.decodeMs }),
      }),
      ...(prob && { completion_probabilities: [toProbability(prob, isPost)] }),
    };
  });
}

/** How much of the prompt is evaluated, as an event of a stream. */
export function toProgressPiece(
  event: Extract<GenerateEvent, { type: "progress" }>,
  index: number,
  body: NativeFields,
): CompletionPiece {
  const { nPrompt, nCached, nProcessed, ms } = event;
  return {
    index,
    content: "",
    tokens: [0],
    stop: false,
    id_slot: -1,
    tokens_predicted: 0,
    tokens_evaluated: nPrompt,
    ...(body.timings_per_token && {
      timings: toTimings({
        nPrompt: nProcessed,
        nCached,
        prefillMs: ms,
        nPredicted: 0,
        decodeMs: 0,
      }),
    }),
    prompt_progress: {
      total: nPrompt,
      cache: nCached,
      processed: nProcessed,
      time_ms: Math.floor(ms),
    },
  };
}

/** Only the fields that `paths` name: `timings/prompt_n` is that field, under its whole path. */
export function selectFields(answer: object, paths: readonly string[]): object {
  if (paths.length === 0) return answer;
  const found = paths.map((path): [string, unknown] => [path, valueAt(answer, path.split("/"))]);
  return Object.fromEntries(found.filter(([, value]) => value !== undefined));
}

function valueAt(value: unknown, keys: string[]): unknown {
  return keys.reduce<unknown>((inner, key) => {
    const isObject = typeof inner === "object" && inner !== null && !Array.isArray(inner);
    return isObject && Object.hasOwn(inner, key) ? Reflect.get(inner, key) : undefined;
  }, value);
}
