import { mkdir } from "node:fs/promises";
import { AppError } from "../../core/errors.ts";
import type { QuantizationType, Quantize } from "../../core/quantization.ts";
import { type Blob, sha256 } from "../blobs.ts";
import type { Layer, Manifest } from "../manifest.ts";
import type { Progress } from "../progress.ts";
import type { Store } from "../store.ts";
import { type GgufFile, stage } from "./gguf-files.ts";
import { type Report, reporting } from "./reporting.ts";

/**
 * Makes the layers of one model. Until it is disposed of, nobody removes them; then those that it
 * has added and no model needs are removed.
 */
export class LayerMaker implements AsyncDisposable {
  readonly #store: Store;
  readonly #quantize: Quantize;
  readonly #pins = new DisposableStack();
  /** Those that it has added. */
  readonly #added = new Set<string>();
  /** Of the base: the old self of the model, perhaps. */
  readonly #inherited = new Set<string>();

  constructor(store: Store, quantize: Quantize) {
    this.#store = store;
    this.#quantize = quantize;
  }

  /** A layer of another model. @throws AppError model_load_failed when it is not there */
  inherited(layer: Layer): Layer {
    this.#inherited.add(layer.digest);
    return this.#held(layer);
  }

  async text(mediaType: string, content: string): Promise<Layer> {
    const digest = sha256(content);
    this.#pins.use(this.#store.pin(digest));
    const isNew = this.#store.blobs.size(digest) === null;
    const blob = await this.#store.blobs.put(content);
    if (isNew) this.#added.add(digest);
    return { mediaType, ...blob };
  }

  /** A model's file: a blob as it is; a file of this machine is copied, for it may change. */
  async *file(
    mediaType: string,
    { path, name, digest, size }: GgufFile,
    signal: AbortSignal,
  ): AsyncGenerator<Progress, Layer> {
    if (digest !== undefined) return this.#held({ mediaType, digest, size });
    const status = { status: `copying ${name}`, total: size };
    const copy = (report: Report, within: AbortSignal) =>
      this.#store.blobs.receive(counted(Bun.file(path).stream(), report), { signal: within });
    return this.#addedLayer(mediaType, yield* reporting(status, copy, signal));
  }

  /** The model in one file, its numbers of another type, or its parts put together. */
  async *rewritten(
    mediaType: string,
    files: readonly GgufFile[],
    { status, type }: { status: string; type?: QuantizationType | undefined },
    signal: AbortSignal,
  ): AsyncGenerator<Progress, Layer> {
    const { blobs } = this.#store;
    const total = files.reduce((sum, { size }) => sum + size, 0);
    const write = async (report: Report, within: AbortSignal) => {
      await using staged = await stage(files);
      await mkdir(blobs.dir, { recursive: true });
      const target = blobs.temporaryPath();
      const onProgress = (fraction: number) => report(Math.floor(fraction * total));
      try {
        await this.#quantize({ source: staged.path, target, type }, onProgress, within);
        return await blobs.adopt(target, within);
      } finally {
        await blobs.discard(target);
      }
    };
    return this.#addedLayer(mediaType, yield* reporting({ status, total }, write, signal));
  }

  /** @throws AppError model_load_failed when somebody has removed a blob of it meanwhile */
  expectAll({ config, layers }: Manifest): void {
    for (const layer of [config, ...layers]) this.#held(layer);
  }

  isNew({ digest }: Layer): boolean {
    return this.#added.has(digest);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#pins.dispose();
    await this.#store.release([...this.#added, ...this.#inherited]);
  }

  #held(layer: Layer): Layer {
    this.#pins.use(this.#store.pin(layer.digest));
    if (this.#store.blobs.size(layer.digest) === layer.size) return layer;
    throw new AppError("model_load_failed", `blob "${layer.digest}" is missing, or not whole`);
  }

  /** Nobody else knows of it yet, so it is early enough to pin it. */
  #addedLayer(mediaType: string, blob: Blob): Layer {
    this.#pins.use(this.#store.pin(blob.digest));
    this.#added.add(blob.digest);
    return { mediaType, ...blob };
  }
}

async function* counted(
  chunks: AsyncIterable<Uint8Array>,
  report: Report,
): AsyncGenerator<Uint8Array> {
  let nBytes = 0;
  for await (const chunk of chunks) {
    yield chunk;
    nBytes += chunk.length;
    report(nBytes);
  }
}
