/** Encoded images by content id, least recently used dropped first. */
export class EmbeddingCache {
  readonly #bytesMax: number;
  readonly #entries = new Map<string, Float32Array>();
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** The embeddings of `id`, encoded now if they are not there. */
  get(id: string, encode: () => Float32Array): Float32Array {
    const known = this.#entries.get(id);
    if (known) this.#entries.delete(id);
    const embeddings = known ?? encode();
    this.#entries.set(id, embeddings);
    if (!known) this.#bytes += embeddings.byteLength;
    for (const [oldest, { byteLength }] of this.#entries) {
      if (this.#bytes <= this.#bytesMax || oldest === id) break;
      this.#entries.delete(oldest);
      this.#bytes -= byteLength;
    }
    return embeddings;
  }
}
