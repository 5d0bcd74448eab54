import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { type Gguf, readGguf } from "../../scripts/gguf/read.ts";
import { writeGguf } from "../../scripts/gguf/write.ts";

/** A whole GGUF file, and files like it that lack something. */
export class FaultyGguf {
  readonly gguf: Gguf;
  readonly #bytes: Buffer;

  constructor(path: string) {
    this.gguf = readGguf(path);
    this.#bytes = readFileSync(path);
  }

  get keys(): string[] {
    return [...this.gguf.metadata.keys()];
  }

  get tensors(): string[] {
    return this.gguf.tensors.map(({ name }) => name);
  }

  get nBytes(): number {
    return this.#bytes.length;
  }

  /** Bytes in front of the weights. */
  get nHeaderBytes(): number {
    return Math.min(...this.gguf.tensors.map(({ offset }) => offset));
  }

  /** Writes the file without these keys and tensors, well formed otherwise. */
  writeWithout(path: string, ...left: string[]): void {
    const bytes = this.#bytes;
    const metadata = new Map([...this.gguf.metadata].filter(([key]) => !left.includes(key)));
    const tensors = this.gguf.tensors
      .filter(({ name }) => !left.includes(name))
      .map((tensor) => ({
        ...tensor,
        *chunks() {
          yield bytes.subarray(tensor.offset, tensor.offset + tensor.sizeBytes);
        },
      }));
    replace(path, (unfinished) => writeGguf(unfinished, metadata, tensors));
  }

  writeTruncated(path: string, nBytes: number): void {
    replace(path, (unfinished) => writeFileSync(unfinished, this.#bytes.subarray(0, nBytes)));
  }

  writeFlipped(path: string, bit: number): void {
    const bytes = Buffer.from(this.#bytes);
    const at = bit >> 3;
    bytes[at] = (bytes[at] ?? 0) ^ (1 << (bit & 7));
    replace(path, (unfinished) => writeFileSync(unfinished, bytes));
  }
}

/** Renames: an engine may still have the old file in its memory. */
function replace(path: string, write: (unfinished: string) => void): void {
  write(`${path}.unfinished`);
  renameSync(`${path}.unfinished`, path);
}
