import { type Static, Type } from "@sinclair/typebox";
import { AppError } from "../core/errors.ts";
import { type LoadOptions, type ModelOptions, ropeLimits } from "../core/load.ts";
import type { Wish } from "../supervisor/supervisor.ts";
import { KeepAlive, toKeepAliveMs } from "./keep-alive.ts";
import { llamaServerSamplerFields } from "./sampling.ts";
import { Stop } from "./stop.ts";
import { object } from "./wire.ts";

const { Optional, Integer, Boolean: bool, Number: number, String: text } = Type;

/** Fewest tokens of context that are worth anything. Source: Ollama's runner. */
const nCtxMin = 4;

/** Largest values that an engine is loaded with; others would fail for what the client wrote. */
const nThreadsMax = 512;
const nDraftMax = 65_534;

const atLoad = "An engine that was loaded otherwise is loaded anew.";

/** What the model is loaded with. */
const loadFields = {
  num_batch: Optional(
    Integer({ minimum: 1, description: `Tokens that are computed at once. ${atLoad}` }),
  ),
  num_gpu: Optional(
    Integer({ minimum: -1, description: `Layers on the GPU; -1: as many as fit. ${atLoad}` }),
  ),
  main_gpu: Optional(Integer({ minimum: 0, description: `The GPU to use first. ${atLoad}` })),
  use_mmap: Optional(bool({ description: `false: the file is read as a whole. ${atLoad}` })),
  use_mlock: Optional(bool({ description: `true: the model stays in memory. ${atLoad}` })),
  numa: Optional(bool({ description: `true: spread over NUMA nodes. ${atLoad}` })),
  num_thread: Optional(
    Integer({
      minimum: 0,
      maximum: nThreadsMax,
      description: `Threads; 0: our own choice. ${atLoad}`,
    }),
  ),
  rope_frequency_base: Optional(
    number({
      minimum: 0,
      maximum: ropeLimits.baseMax,
      description: `At least 1; 0: the model's own. ${atLoad}`,
    }),
  ),
  rope_frequency_scale: Optional(
    number({
      minimum: 0,
      maximum: ropeLimits.scaleMax,
      description: `0: the model's own. ${atLoad}`,
    }),
  ),
  draft_num_predict: Optional(
    Integer({
      minimum: 0,
      maximum: nDraftMax,
      description: `Tokens that a draft has at most. ${atLoad}`,
    }),
  ),
};

export const OllamaOptions = object(
  {
    num_predict: Optional(
      Integer({
        minimum: -2,
        description:
          "Tokens to predict at most; -1: until the model ends (on Ollama's own routes after ten " +
          "contexts at most); -2: until the context is full.",
      }),
    ),
    stop: Optional(Stop),
    num_ctx: Optional(
      Integer({
        minimum: 0,
        description:
          "Tokens of prompt and answer together; 0: what the model is loaded with. A model that " +
          "is loaded with fewer is loaded anew, with at most what it was trained for.",
      }),
    ),
    num_keep: Optional(
      Integer({
        minimum: -1,
        description: "Prompt tokens that stay when the middle is dropped; -1: all.",
      }),
    ),
    keep_alive: Optional(KeepAlive),
    grammar: Optional(
      text({ description: "GBNF grammar that the answer must fit. Beyond Ollama." }),
    ),
    ...loadFields,
    ...llamaServerSamplerFields,
  },
  { title: "OllamaOptions" },
);
export type OllamaOptions = Static<typeof OllamaOptions>;

/** Ollama's `options` and `keep_alive`, for its own routes and for OpenAI's. */
export const optionFields = {
  options: Optional(OllamaOptions),
  keep_alive: Optional(KeepAlive),
};
const optional = Type.Object(optionFields);
export type OptionFields = Static<typeof optional>;

/** `body`, its `options` as fields of its own where it has none. */
export function withOptions<Body extends OptionFields>(body: Body): Body {
  const { options } = body;
  if (options === undefined) return body;
  const names: readonly string[] = ["stop", "grammar", ...Object.keys(llamaServerSamplerFields)];
  const shared = Object.entries(options).filter(([name]) => names.includes(name));
  const renamed = {
    // The one that yields to all other names of the limit.
    ...(options.num_predict !== undefined && { max_tokens: Math.max(options.num_predict, -1) }),
    ...(options.num_keep !== undefined && { n_keep: options.num_keep }),
  };
  return { ...Object.fromEntries(shared), ...renamed, ...body };
}

/** Tokens of context that `options` ask for; absent: what there is. */
export function toNCtx({ num_ctx: nCtx = 0 }: OllamaOptions = {}): number | undefined {
  return nCtx === 0 ? undefined : Math.max(nCtx, nCtxMin);
}

/** What the request wants of the engine that answers it. @throws AppError invalid_request */
export function toWish({ options = {}, keep_alive: keepAlive }: OptionFields): Wish {
  const param = keepAlive === undefined ? "options.keep_alive" : "keep_alive";
  const wanted = keepAlive ?? options.keep_alive;
  const load = toLoad(options);
  return {
    nCtx: toNCtx(options),
    keepAliveMs: wanted === undefined ? undefined : toKeepAliveMs(wanted, param),
    ...(Object.keys(load).length > 0 && { load }),
  };
}

function ropeBaseTooSmall(base: number): AppError {
  const param = "options.rope_frequency_base";
  const wanted = `0 or at least ${ropeLimits.baseMin}`;
  return new AppError("invalid_request", `\`${param}\` must be ${wanted}, not ${base}`, { param });
}

/** Options of loading, as the Modelfile's parameters of the same names mean them. */
function toLoad(options: OllamaOptions): LoadOptions {
  const { num_gpu: nGpu = -1, main_gpu: mainGpu, num_thread: nThreads = 0 } = options;
  const { rope_frequency_base: base = 0, rope_frequency_scale: scale = 0 } = options;
  if (base > 0 && base < ropeLimits.baseMin) throw ropeBaseTooSmall(base);
  const loadMode = toLoadMode(options);
  const model = {
    ...(nGpu >= 0 && { n_gpu_layers: nGpu }),
    ...(mainGpu !== undefined && { main_gpu: mainGpu }),
    ...(loadMode && { load_mode: loadMode }),
  };
  const context = {
    ...(base > 0 && { rope_freq_base: base }),
    ...(scale > 0 && { rope_freq_scale: scale }),
  };
  const nDrafted = options.draft_num_predict;
  return {
    ...(options.num_batch !== undefined && { nBatch: options.num_batch }),
    ...(nThreads > 0 && { threads: { n_threads: nThreads } }),
    ...(options.numa && { numa: "distribute" as const }),
    ...(nDrafted !== undefined && { speculation: { draft_n_max: nDrafted } }),
    ...(Object.keys(model).length > 0 && { model }),
    ...(Object.keys(context).length > 0 && { context }),
  };
}

/** What is so anyway, unless the server was told otherwise, is no reason to load a model anew. */
function toLoadMode({
  use_mmap: maps = true,
  use_mlock: locks = false,
}: OllamaOptions): ModelOptions["load_mode"] {
  if (maps) return locks ? "mmap+mlock" : undefined;
  return locks ? "mlock" : "none";
}
