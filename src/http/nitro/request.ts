import { basename } from "node:path";
import type { ChatOptions, LoadOptions } from "../../core/load.ts";
import type { Catalog, Model } from "../../models/catalog.ts";
import { ggufName } from "../../models/hub-selection.ts";
import { mergeLoad } from "../../models/load-options.ts";
import { localFiles } from "../../models/model-files.ts";
import { refuse } from "../refusals.ts";
import { toStop } from "../stop.ts";
import type { ClientFiles } from "./client-files.ts";
import { type LoadModelRequest, loadRefusals } from "./schema.ts";

/** The model that a client wants to have, under a name of its own. @throws AppError */
export function toModel(body: LoadModelRequest, catalog: Catalog, files: ClientFiles): Model {
  refuse(body, loadRefusals);
  const known = catalog.lookUp(body.llama_model_path);
  const base = known ? copyOf(known) : modelAt(body.llama_model_path, files);
  const { nCtx, ...own } = base.load ?? {}; // which would be shared out
  const below = body.ctx_len === undefined ? base.load : own;
  const mmprojPath =
    body.mmproj === undefined
      ? base.mmprojPath
      : files.projector({ param: "mmproj", path: body.mmproj });
  return {
    ...base,
    name: catalog.lookUp(base.name) ? `${base.name}-nitro` : base.name,
    ...(mmprojPath !== undefined && { mmprojPath }),
    ...(base.from && mmprojPath !== undefined && { from: { ...base.from, mmprojPath } }),
    load: mergeLoad(below, toLoad(body, files)),
  };
}

/** What it takes to load a model of this server once more. */
function copyOf({ name, path, mmprojPath, draftPath, sizeBytes, modifiedAt, ...model }: Model) {
  const { load, from } = model;
  const isHere = path !== "";
  return {
    ...{ name, path, mmprojPath, draftPath, sizeBytes, modifiedAt },
    ...(load && { load }),
    ...(from && !isHere && { from }),
  };
}

function modelAt(path: string, files: ClientFiles): Model {
  const file = files.model({ param: "llama_model_path", path });
  return { name: basename(ggufName(file)?.prefix ?? file), ...localFiles(file) };
}

function toLoad(body: LoadModelRequest, files: ClientFiles): LoadOptions {
  const { grammar_file: grammarPath, cont_batching: mixes } = body;
  const chat = toChat(body);
  return {
    nCtxSeq: body.ctx_len,
    nParallel: body.n_parallel ?? (mixes === false ? 1 : undefined),
    nBatch: body.n_batch,
    cachePrompt: body.caching_enabled,
    purpose: body.model_type === "embedding" ? "embed" : undefined,
    model: {
      ...(body.ngl !== undefined && body.ngl >= 0 && { n_gpu_layers: body.ngl }),
      ...(body.mlock && { load_mode: "mmap+mlock" }),
    },
    ...(body.cpu_threads !== undefined && { threads: { n_threads: body.cpu_threads } }),
    ...(body.repeat_last_n !== undefined && { sampling: { repeatLastN: body.repeat_last_n } }),
    ...(grammarPath !== undefined && {
      constraint: { grammar: files.grammar({ param: "grammar_file", path: grammarPath }) },
    }),
    stop: toStop(body.stop),
    ...(chat && { chat }),
  };
}

/** The prompts as Nitro puts them together. Their texts are variables: nothing needs escaping. */
const template =
  "{% for message in messages %}{% if message.role == 'system' %}" +
  "{{ system_prompt }}{{ message.content }}{% endif %}{% endfor %}" +
  "{{ pre_prompt }}" +
  "{% for message in messages %}" +
  "{% if message.role == 'user' %}{{ user_prompt }}{{ message.content }}" +
  "{% elif message.role == 'assistant' %}{{ ai_prompt }}{{ message.content }}" +
  "{% elif message.role != 'system' %}{{ message.role }}{{ message.content }}" +
  "{% endif %}{% endfor %}" +
  "{% if add_generation_prompt %}{{ ai_prompt }}{% endif %}";

/** null: the model has its own. */
function toChat(body: LoadModelRequest): ChatOptions | null {
  const given = [body.system_prompt, body.pre_prompt, body.user_prompt, body.ai_prompt];
  if (given.every((prompt) => prompt === undefined)) return null;
  const user_prompt = body.user_prompt ?? "USER: ";
  const templateVariables = {
    system_prompt: body.system_prompt ?? "ASSISTANT's RULE: ",
    pre_prompt: body.pre_prompt ?? "",
    user_prompt,
    ai_prompt: body.ai_prompt ?? "ASSISTANT: ",
  };
  const stop = ["<|im_end|>", user_prompt.trimEnd()].filter((text) => text !== "");
  return { jinja: true, template, templateVariables, stop };
}
