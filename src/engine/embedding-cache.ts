/** Encoded images by content id, least recently used dropped first. */
export class EmbeddingCache {
  readonly #bytesMax: number;
  readonly #entries = new Map<string, Float32Array>();
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  has(id: string): boolean {
    return this.#entries.has(id);
  }

  get(id: string): Float32Array | undefined {
    const known = this.#entries.get(id);
    if (!known) return undefined;
    this.#entries.delete(id);
    this.#entries.set(id, known);
    return known;
  }

  /** Keeps embeddings that were not there, if they fit at all. */
  put(id: string, embeddings: Float32Array): void {
    if (embeddings.byteLength > this.#bytesMax) return;
    this.#entries.set(id, embeddings);
    this.#bytes += embeddings.byteLength;
    for (const [oldest, { byteLength }] of this.#entries) {
      if (this.#bytes <= this.#bytesMax) return;
      this.#entries.delete(oldest);
      this.#bytes -= byteLength;
    }
  }
}
