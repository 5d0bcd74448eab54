import { NativeError } from "../../ffi/native.ts";
import { Sampler, type SamplerOptions } from "../../ffi/sampler.ts";
import { AppError } from "../core/errors.ts";
import type { Constraint, GenerateRequest } from "../core/generate.ts";
import { engineLimitsOf } from "../core/limits.ts";
import {
  chatGrammarOptions,
  checkRepetitions,
  constraintOptions,
  reasoningOptions,
} from "./grammar.ts";
import type { Loaded, Rendered } from "./prepare.ts";
import { samplerOptions } from "./sampling.ts";
import { overlaid } from "./sampling-defaults.ts";
import type { TokenSampler } from "./sequence.ts";

/**
 * The sampler of a request, which has seen the prompt.
 * @throws AppError invalid_request for values out of range, and grammars that do not parse
 */
export function makeSampler(
  loaded: Loaded,
  request: GenerateRequest,
  rendered: Rendered,
): TokenSampler {
  const { model, context, info } = loaded;
  const asked = overlaid(info.defaults.sampling, request.sampling);
  const options = {
    ...samplerOptions(asked, info.nCtxSeq),
    ...answerOptions(loaded, request, rendered),
    grammar_depth_max: engineLimitsOf(loaded.options.limits).grammarDepth,
  };
  const sampler = open(() => new Sampler(model, options), options);
  sampler.acceptPrompt(rendered.tokens.textTokens);
  return {
    sample: (row) => named(() => sampler.sample(context, row), options),
    probabilities: (row, token, n, postSampling) =>
      sampler.probabilities(context, row, token, Math.min(n, model.nVocab), postSampling),
    show: (token) => sampler.acceptPrompt(Int32Array.of(token)),
    endReasoning: () => sampler.endReasoning(),
    [Symbol.dispose]: () => sampler[Symbol.dispose](),
  };
}

const grammarField = ({ grammar_type }: SamplerOptions) =>
  grammar_type === "user" ? "grammar" : "json_schema";

/**
 * What `sample` chooses.
 * @throws AppError for a grammar that no text can fit any more, and one that has too many ways on
 */
function named(sample: () => number, options: SamplerOptions): number {
  try {
    return sample();
  } catch (error) {
    if (!(error instanceof NativeError)) throw error;
    const isStuck = /empty grammar stack/.test(error.message);
    if (!isStuck && !/grammar is too ambiguous/.test(error.message)) throw error;
    const param = grammarField(options);
    const message = `\`${param}\`: ${isStuck ? "no text fits it" : error.message}`;
    throw new AppError("invalid_request", message, { param, cause: error });
  }
}

function open(make: () => Sampler, options: SamplerOptions): Sampler {
  const { grammar } = options;
  const ofGrammar = grammarField(options);
  if (typeof grammar === "string") checkRepetitions(grammar, ofGrammar);
  try {
    return make();
  } catch (error) {
    if (!(error instanceof NativeError)) throw error;
    const [, param] = faults.find(([text]) => error.message.startsWith(text)) ?? [];
    const field = param ?? (/grammar/.test(error.message) ? ofGrammar : undefined);
    const message = `Failed to initialize samplers: ${error.message}`;
    if (field === undefined) throw new AppError("invalid_request", message, { cause: error });
    const named = `\`${field}\`: ${message}`;
    throw new AppError("invalid_request", named, { param: field, cause: error });
  }
}

/** How complaints about samplers begin, and the fields that they are about. */
const faults = [
  ["logit_bias", "logit_bias"],
  ["penalty_repeat", "repeat_penalty"],
  ["penalty_freq", "frequency_penalty"],
  ["penalty_present", "presence_penalty"],
] as const;

/** What form the answer must have. */
function answerOptions(
  { options }: Loaded,
  { prompt, tag }: GenerateRequest,
  { chat }: Rendered,
): SamplerOptions {
  const standard = options.constraint ?? {};
  if (prompt.type !== "chat" || !chat) {
    const { grammar, jsonSchema } = isConstrained(prompt) ? prompt : standard;
    return constraintOptions({ ...prompt, grammar, jsonSchema });
  }
  const { reasoningBudget = -1, reasoningBudgetMessage } = prompt;
  const limits = {
    budget: reasoningBudget === -1 ? (options.chat?.reasoningBudget ?? -1) : reasoningBudget,
    message: reasoningBudgetMessage ?? options.chat?.reasoningBudgetMessage ?? "",
    isControlled: tag !== undefined,
  };
  return { ...chatGrammarOptions(chat, prompt, standard), ...reasoningOptions(chat, limits) };
}

function isConstrained({ grammar, jsonSchema }: Constraint): boolean {
  return Boolean(grammar) || jsonSchema !== undefined;
}
