import { type Static, Type } from "@sinclair/typebox";
import { ModelCard } from "../model-card.ts";
import { type Refusals, refusedFields } from "../refusals.ts";
import { Stop } from "../stop.ts";
import { object, oneOf } from "../wire.ts";

const { Optional, Integer, Boolean: boolean, String: text } = Type;

/** Documented fields that are of no use here. */
export const loadRefusals: Refusals = {
  clean_cache_threshold: {
    harmless: [5], // Nitro's default
    why: "the cache is not emptied after so many chats; what is in it is replaced as need be",
  },
  grp_attn_n: { harmless: [1], why: "llama.cpp has no self-extend any more" },
  grp_attn_w: { harmless: [512], why: "llama.cpp has no self-extend any more" },
  llama_log_folder: { harmless: [""], why: "clients write no files here; see --log-file" },
};

/** llama.cpp runs 256 sequences; 16 of them keep what earlier prompts had. */
const nParallelMax = 240;
/** llama.cpp's own limit. */
const nThreadsMax = 512;

const prefix = (whose: string, standard: string) =>
  Optional(
    text({
      description:
        `What comes before ${whose}. Without any of the four prompts, the model's own chat ` +
        `template is used; if another is given, this is ${JSON.stringify(standard)}.`,
    }),
  );

export const LoadModelRequest = object(
  {
    llama_model_path: text({
      minLength: 1,
      description:
        "A GGUF file, or a folder with one model in it, inside the folders that --client-models " +
        "allows; or the name of a model of this server.",
    }),
    mmproj: Optional(
      text({ description: "The model's projector, to see pictures: a GGUF file or its folder." }),
    ),
    ctx_len: Optional(Integer({ minimum: 1, description: "Tokens of one request." })),
    ngl: Optional(
      Integer({ minimum: -1, description: "Layers on the GPU; -1: as the server has it." }),
    ),
    embedding: Optional(
      boolean({ description: "false: this dialect's embedding route refuses.", default: true }),
    ),
    n_batch: Optional(Integer({ minimum: 1, description: "Most tokens of one decode call." })),
    n_parallel: Optional(
      Integer({ minimum: 1, maximum: nParallelMax, description: "Requests that run at once." }),
    ),
    cpu_threads: Optional(Integer({ minimum: 1, maximum: nThreadsMax })),
    cont_batching: Optional(
      boolean({ description: "false: one request at a time, unless `n_parallel` says more." }),
    ),
    caching_enabled: Optional(
      boolean({ description: "What a prompt shares with an earlier one is not computed again." }),
    ),
    system_prompt: prefix("a system message", "ASSISTANT's RULE: "),
    pre_prompt: prefix("the turns, behind the system message", ""),
    user_prompt: prefix("a user's message", "USER: "),
    ai_prompt: prefix("an answer", "ASSISTANT: "),
    stop: Optional(Stop),
    repeat_last_n: Optional(
      Integer({ minimum: -1, description: "Tokens looked at for penalties; -1: all." }),
    ),
    mlock: Optional(boolean({ description: "Keep the model from being swapped out." })),
    grammar_file: Optional(
      text({
        description: "GBNF grammar for answers to requests without one; as the model's path.",
      }),
    ),
    model_type: Optional(oneOf(["llm", "embedding"], { description: "embedding: only embeds." })),
    ...refusedFields(loadRefusals),
  },
  {
    title: "LoadModelRequest",
    examples: [{ llama_model_path: "tiny", ctx_len: 2048 }],
  },
);
export type LoadModelRequest = Static<typeof LoadModelRequest>;

export const NitroMessage = object(
  { message: text(), code: Optional(text()) },
  { title: "NitroMessage" },
);
export type NitroMessage = Static<typeof NitroMessage>;

export const NitroError = object(
  {
    message: text(),
    code: text({ description: "A word for what went wrong." }),
    param: Optional(text({ description: "The field at fault." })),
  },
  { title: "NitroError" },
);
export type NitroError = Static<typeof NitroError>;

export const NitroStatus = object(
  {
    model_loaded: boolean(),
    model_data: Optional(
      text({
        description:
          "JSON: `model` (its name), `path`, `multimodal`, `total_slots`, and " +
          "`default_generation_settings` with `n_ctx`.",
      }),
    ),
  },
  { title: "NitroStatus" },
);
export type NitroStatus = Static<typeof NitroStatus>;

export const NitroModels = object(
  { object: Type.Literal("list"), data: Type.Array(ModelCard) },
  { title: "NitroModels" },
);
