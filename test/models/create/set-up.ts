import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { copyFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Quantize } from "../../../src/core/quantization.ts";
import type { Workshop } from "../../../src/models/create/base.ts";
import { createModel } from "../../../src/models/create/create-model.ts";
import type { Recipe, SourceFile } from "../../../src/models/create/recipe.ts";
import { layerTypes } from "../../../src/models/manifest.ts";
import { requireName } from "../../../src/models/name.ts";
import type { Progress } from "../../../src/models/progress.ts";
import { Store } from "../../../src/models/store.ts";

/** Takes every model for a good one, and writes it as it is. */
export const copies: Quantize = async ({ source, target }, onProgress) => {
  if (target === null) return;
  onProgress(0.5);
  await copyFile(source, target);
};

export type Wanted = Partial<Omit<Recipe, "name">> & { name?: string };

/** A store of its own, and what makes models in it. */
export class TestWorkshop implements Disposable {
  readonly dir = mkdtempSync(join(tmpdir(), "hutch-create-"));
  readonly store = new Store(join(this.dir, "store"));
  readonly workshop: Workshop;

  constructor(options: Partial<Workshop> = {}) {
    const nothing = async function* () {};
    const none = { find: () => undefined, pull: nothing, quantize: copies };
    this.workshop = { store: this.store, ...none, ...options };
  }

  /** Keeps a file as a blob, as a client uploads it. */
  async upload(path: string, name = "model.gguf"): Promise<SourceFile> {
    const { digest } = await this.store.blobs.put(readFileSync(path));
    return { name, path: this.store.blobs.path(digest), digest };
  }

  steps({ name = "test", ...wanted }: Wanted, signal = new AbortController().signal) {
    const nothing = { base: "", adapters: [], drafts: [] };
    const recipe = { ...nothing, ...wanted, name: requireName(name) };
    return createModel(recipe, this.workshop, signal);
  }

  /** @returns what was said of it, each status once */
  async create(wanted: Wanted): Promise<string[]> {
    const said: Progress[] = [];
    for await (const step of this.steps(wanted)) said.push(step);
    return [...new Set(said.map(({ status }) => status))];
  }

  manifest(name = "test") {
    const stored = this.store.find(requireName(name));
    if (!stored) throw new Error(`there is no ${name}`);
    return stored.manifest;
  }

  /** Its layers, those of text with what they say. */
  layers(name = "test"): [type: string, text: string][] {
    return this.manifest(name).layers.map(({ mediaType, digest }) => {
      const type = mediaType.replace("application/vnd.ollama.image.", "");
      const isFile = [layerTypes.model, layerTypes.projector, layerTypes.adapter, layerTypes.draft]
        .map(String)
        .includes(mediaType);
      return [type, isFile ? digest : readFileSync(this.store.blobs.path(digest), "utf8")];
    });
  }

  /** The text of the layers of a type. */
  texts(type: string, name = "test"): string[] {
    return this.layers(name).flatMap(([known, text]) => (known === type ? [text] : []));
  }

  config(name = "test") {
    const { digest } = this.manifest(name).config;
    return JSON.parse(readFileSync(this.store.blobs.path(digest), "utf8"));
  }

  [Symbol.dispose](): void {
    rmSync(this.dir, { recursive: true });
  }
}
