import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, isAbsolute, join, resolve } from "node:path";
import { goTemplateFacts } from "../chat/go-template-facts.ts";
import { AppError } from "../core/errors.ts";
import type { LoadOptions } from "../core/load.ts";
import type { Model } from "./catalog.ts";
import { readGgufMetadata } from "./gguf-metadata.ts";
import { mergeLoad } from "./load-options.ts";
import { existingFile, localFiles } from "./model-files.ts";
import { type Command, parseModelfile } from "./modelfile.ts";
import { toLoadOptions } from "./modelfile-parameters.ts";
import { partsOf } from "./modelfile-parts.ts";

/** A model that a Modelfile describes, and what the user should know about commands in it. */
export interface DescribedModel {
  model: Model;
  notes: string[];
}

export const isModelfile = (path: string) => /(^|\.)modelfile$/i.test(basename(path));

/** `x.modelfile` describes the model x; a file that is only called so, one named as its folder. */
export function modelfileName(path: string): string {
  const stem = basename(path).replace(/\.?modelfile$/i, "");
  return stem || basename(dirname(resolve(path)));
}

/**
 * The model that the Modelfile at `path` describes; files are named from its folder.
 * @param find a model of this server by its name: a Modelfile may go out from one
 * @throws AppError invalid_request, model_load_failed; the message does not name the Modelfile
 */
export function describedModel(
  path: string,
  find: (name: string) => Model | undefined,
): DescribedModel {
  const { commands } = parseModelfile(readFileSync(existingFile(path)));
  const fileOf = (value: string) => (isAbsolute(value) ? value : join(dirname(path), value));
  const of = (name: Command["name"]) => commands.filter((command) => command.name === name);
  const base = baseModel(of("from"), fileOf, find);
  const notes: string[] = [];
  const note = (text: string) => notes.push(`${path}: ${text}`);
  for (const { name, line } of commands) {
    const why = unusable[name];
    if (why) note(`line ${line}: ${name.toUpperCase()} has no effect: ${why}`);
  }
  const described = partsOf(commands);
  const { template, system, messages = [] } = described;
  if (template !== undefined) goTemplateFacts(template); // which refuses one that does not parse
  const lora = of("adapter").map(({ value }) => ({
    path: existingFile(fileOf(value)),
    scale: 1,
  }));
  const draft = of("draft").at(-1);
  const own: LoadOptions = {
    ...toLoadOptions(of("parameter"), note),
    ...(lora.length > 0 && { lora }),
    ...(draft && { speculation: { draft_model: existingFile(fileOf(draft.value)) } }),
    chat: {
      ...(template !== undefined && { goTemplate: template }),
      ...(system !== undefined && { system }),
      ...(messages.length > 0 && { messages }),
    },
  };
  const model = { ...base, name: modelfileName(path), load: mergeLoad(base.load, own), described };
  return { model, notes };
}

const unusable: Partial<Record<Command["name"], string>> = {
  renderer: "the chat template of the GGUF file is used",
  parser: "the chat template of the GGUF file says how answers are read",
  requires: "it is about versions of Ollama",
};

/** What FROM names: GGUF files (a model, perhaps its projector), or another model. */
function baseModel(
  from: readonly Command[],
  fileOf: (value: string) => string,
  find: (name: string) => Model | undefined,
): Model {
  const [first] = from;
  const known = from.length === 1 && first ? find(first.value) : undefined;
  if (known && first && !existsSync(fileOf(first.value))) {
    const { aliases: _aliases, preset: _preset, ...base } = known;
    return base;
  }
  const files = from.map(({ value, line }) => {
    const file = fileOf(value);
    if (existsSync(file)) return file;
    const problem = `FROM ${value}: no such file, nor a model of this server`;
    throw new AppError("model_load_failed", `line ${line}: ${problem}`);
  });
  const isProjector = (file: string) =>
    readGgufMetadata(file)?.get("general.architecture") === "clip";
  const projector = files.find(isProjector);
  const models = files.filter((file) => file !== projector);
  const [model] = models;
  if (model === undefined || models.length > 1) {
    const problem = "FROM must name one model, and may name its projector";
    throw new AppError("model_load_failed", problem);
  }
  return { name: "", ...localFiles(model), mmprojPath: projector && resolve(projector) };
}
