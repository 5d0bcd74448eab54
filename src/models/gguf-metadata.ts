import { closeSync, fstatSync, openSync, readSync } from "node:fs";

/** What a GGUF file says about itself: numbers, booleans and short texts; lists are left out. */
export type GgufMetadata = Map<string, number | boolean | string>;

/** Longest text kept, bytes: a file's keys and names stay far below, a chat template does not. */
const nTextBytesMax = 4096;
/** Pairs of key and value that are read. Real files have about 50; a crafted one may claim any. */
const nPairsMax = 10_000;
/** Depth of lists in lists. No real file has any. */
const nestingMax = 4;
/** Read at once, bytes. */
const windowBytes = 65_536;

/** Sizes of ggml's value types that have one; 8 is text, 9 a list. */
const sizes = [1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8];
const typeText = 8;
const typeList = 9;

/**
 * Reads the header of a GGUF file.
 * @returns null for a file that is none, or that ends too early
 */
export function readGgufMetadata(path: string): GgufMetadata | null {
  const file = openSync(path, "r");
  try {
    return new HeaderReader(file).metadata();
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  } finally {
    closeSync(file);
  }
}

/** What a projector lets its model take in; null when it cannot be read. */
export function projectorSenses(path: string): { vision: boolean; audio: boolean } | null {
  const metadata = readGgufMetadata(path);
  if (!metadata) return null;
  const audio = metadata.get("clip.has_audio_encoder") === true;
  const vision = metadata.get("clip.has_vision_encoder");
  return { vision: vision === true || (vision === undefined && !audio), audio };
}

/** Goes through a header from its beginning. Every method throws a RangeError at the file's end. */
class HeaderReader {
  readonly #file: number;
  readonly #window = Buffer.alloc(windowBytes);
  /** The part of the file that is in the window: [from, to). */
  #from = 0;
  #to = 0;
  #at = 0;

  constructor(file: number) {
    this.#file = file;
  }

  metadata(): GgufMetadata {
    if (this.#bytes(4).toString("latin1") !== "GGUF") throw new RangeError("no GGUF file");
    this.#skip(4 + 8); // version, number of tensors
    const nPairs = this.#long();
    if (nPairs > nPairsMax) throw new RangeError("too many pairs");
    const metadata: GgufMetadata = new Map();
    for (let i = 0; i < nPairs; i++) {
      const key = this.#text() ?? "";
      const value = this.#value(this.#int(), nestingMax);
      if (value !== null) metadata.set(key, value);
    }
    if (this.#at > fstatSync(this.#file).size) throw new RangeError("the file ends too early");
    return metadata;
  }

  #value(type: number, depth: number): number | boolean | string | null {
    if (type === typeText) return this.#text();
    if (type === typeList) {
      this.#skipList(depth);
      return null;
    }
    const size = sizes[type];
    if (!size) throw new RangeError("unknown type");
    const bytes = this.#bytes(size);
    if (type === 7) return bytes[0] !== 0;
    if (type === 6) return bytes.readFloatLE();
    if (type === 12) return bytes.readDoubleLE();
    if (size === 8) return Number(type === 10 ? bytes.readBigUInt64LE() : bytes.readBigInt64LE());
    return type % 2 === 0 ? bytes.readUIntLE(0, size) : bytes.readIntLE(0, size);
  }

  #skipList(depth: number): void {
    const type = this.#int();
    const nItems = this.#long();
    const size = sizes[type];
    if (size) {
      this.#skip(nItems * size);
      return;
    }
    if (depth === 0) throw new RangeError("lists in lists");
    for (let i = 0; i < nItems; i++) {
      if (type === typeText) this.#skip(this.#long());
      else this.#skipList(depth - 1);
    }
  }

  /** null for one that is too long to be of interest. */
  #text(): string | null {
    const nBytes = this.#long();
    if (nBytes <= nTextBytesMax) return this.#bytes(nBytes).toString("utf8");
    this.#skip(nBytes);
    return null;
  }

  #int(): number {
    return this.#bytes(4).readUInt32LE();
  }

  #long(): number {
    const value = Number(this.#bytes(8).readBigUInt64LE());
    if (!Number.isSafeInteger(value)) throw new RangeError("length beyond every file");
    return value;
  }

  #skip(nBytes: number): void {
    this.#at += nBytes;
  }

  #bytes(nBytes: number): Buffer {
    if (this.#at < this.#from || this.#at + nBytes > this.#to) {
      this.#from = this.#at;
      this.#to = this.#at + readSync(this.#file, this.#window, 0, windowBytes, this.#at);
    }
    if (this.#at + nBytes > this.#to) throw new RangeError("the file ends too early");
    const start = this.#at - this.#from;
    this.#at += nBytes;
    return this.#window.subarray(start, start + nBytes);
  }
}
