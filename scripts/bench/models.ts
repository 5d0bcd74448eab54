import { mkdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { root } from "../paths.ts";
import { ensureRandomModel, ensureRandomProjector, type RandomModelName } from "../random-model.ts";

/** Every model that a stage may name, and how its file comes to be, given llama.cpp's source. */
const modelFiles = {
  "qwen2.5-0.5b": random("qwen2.5-0.5b"),
  "qwen2.5-0.5b-successor": random("qwen2.5-0.5b-successor"),
  "qwen2.5-0.5b-successor-2": random("qwen2.5-0.5b-successor", 2),
  "llama-3.2-1b-successor": random("llama-3.2-1b-successor"),
  "llama-15m-successor": random("llama-15m-successor"),
  "llama-15m": random("llama-15m"),
  "bge-small": random("bge-small"),
  "reranker-small": random("reranker-small"),
  "mmproj-vit-b-16": () => ensureRandomProjector(),
  tiny: () => join(root, "assets/tiny-text.gguf"),
} as const satisfies Record<string, (sourceDir: string) => string>;

export type ModelName = keyof typeof modelFiles;

function random(name: RandomModelName, seed?: number) {
  return (sourceDir: string) => ensureRandomModel(name, sourceDir, seed);
}

/** The path of a model, which is made when it is not there yet. */
export function modelFile(name: ModelName, sourceDir: string): string {
  return modelFiles[name](sourceDir);
}

/** Makes `folder` one that holds exactly these models, as links, each under its name. */
export function linkModels(
  folder: string,
  names: readonly ModelName[],
  fileOf: (name: ModelName) => string,
): string {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const name of names) symlinkSync(fileOf(name), join(folder, `${name}.gguf`));
  return folder;
}
