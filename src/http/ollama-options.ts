import { type Static, Type } from "@sinclair/typebox";
import type { GenerateRequest } from "../core/generate.ts";
import type { Wish } from "../supervisor/supervisor.ts";
import { KeepAlive, toKeepAliveMs } from "./keep-alive.ts";
import { type Refusals, refuse, refusedFields } from "./refusals.ts";
import { commonSamplerFields, toSampling } from "./sampling.ts";
import { Stop, toStop } from "./stop.ts";
import { object } from "./wire.ts";

const { Optional, Integer } = Type;

const atLoad = "it is decided when the model is loaded";
/** What is documented and not honoured. What Ollama itself has retired is ignored as there. */
const optionRefusals = {
  num_batch: { harmless: [], why: atLoad },
  num_gpu: { harmless: [-1], why: atLoad },
  main_gpu: { harmless: [], why: atLoad },
  use_mmap: { harmless: [], why: atLoad },
  num_thread: { harmless: [0], why: atLoad },
} as const satisfies Refusals;

const OllamaOptions = object(
  {
    num_predict: Optional(
      Integer({
        minimum: -2,
        description: "Tokens to predict at most; below 0: until the model or its context ends.",
      }),
    ),
    stop: Optional(Stop),
    num_ctx: Optional(
      Integer({
        minimum: 1,
        description:
          "Tokens of prompt and answer together. A model that is loaded with fewer is loaded " +
          "anew, with at most what it was trained for.",
      }),
    ),
    num_keep: Optional(
      Integer({ minimum: -1, description: "Prompt tokens that a context shift keeps; -1: all." }),
    ),
    keep_alive: Optional(KeepAlive),
    ...commonSamplerFields,
    ...refusedFields(optionRefusals),
  },
  { title: "OllamaOptions" },
);

/** Ollama's `options` and `keep_alive`, for its own routes and for OpenAI's. */
export const optionFields = {
  options: Optional(OllamaOptions),
  keep_alive: Optional(KeepAlive),
};
const optional = Type.Object(optionFields);
type OptionFields = Static<typeof optional>;

/** What `options` say of a request. @throws AppError unsupported */
export function toOptioned({ options = {} }: OptionFields): Omit<GenerateRequest, "prompt"> {
  refuse(options, optionRefusals, "options.");
  const { num_predict: nPredict = -1 } = options;
  return {
    nPredict: nPredict < 0 ? undefined : nPredict,
    nCtx: options.num_ctx,
    nKeep: options.num_keep,
    stop: toStop(options.stop),
    sampling: toSampling(options),
  };
}

/** `body`, its `options` as fields of its own where it has none. @throws AppError unsupported */
export function withOptions<Body extends OptionFields>(body: Body): Body {
  const { options } = body;
  if (options === undefined) return body;
  refuse(options, optionRefusals, "options.");
  const names: readonly string[] = ["stop", ...Object.keys(commonSamplerFields)];
  const shared = Object.entries(options).filter(([name]) => names.includes(name));
  const renamed = {
    // The one that yields to all other names of the limit.
    ...(options.num_predict !== undefined && { max_tokens: Math.max(options.num_predict, -1) }),
    ...(options.num_keep !== undefined && { n_keep: options.num_keep }),
  };
  return { ...Object.fromEntries(shared), ...renamed, ...body };
}

/** What the request wants of the engine that answers it. @throws AppError invalid_request */
export function toWish({ options = {}, keep_alive: keepAlive }: OptionFields): Wish {
  const param = keepAlive === undefined ? "options.keep_alive" : "keep_alive";
  const wanted = keepAlive ?? options.keep_alive;
  return {
    nCtx: options.num_ctx,
    keepAliveMs: wanted === undefined ? undefined : toKeepAliveMs(wanted, param),
  };
}
