import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { tensorType } from "./gguf-types.ts";

/** Of a list too long to be kept, and of a text: null. */
export type GgufValue = number | boolean | string | null | GgufValue[];

export interface GgufTensor {
  name: string;
  /** ggml's name of its type: "Q4_K". */
  type: string;
  shape: number[];
}

/** What stands before the weights in a GGUF file. */
export interface GgufHeader {
  metadata: Map<string, GgufValue>;
  tensors: GgufTensor[];
}

/** Longest text kept, bytes; chat templates stay below. */
const nTextBytesMax = 65_536;
/** Pairs of key and value that are read. Real files have about 50; a crafted one may claim any. */
const nPairsMax = 10_000;
/** Real files have some thousands. */
const nTensorsMax = 1_000_000;
const nDimensionsMax = 8;
/** Items of lists that are gone through. Vocabularies have half a million, with as many merges. */
const nItemsMax = 5_000_000;
/** Depth of lists in lists. No real file has any. */
const nestingMax = 4;
/** Read at once, bytes. */
const windowBytes = 65_536;
/** What a tensor takes in the header at least, bytes. */
const tensorBytesMin = 24;

/** Tensors' data begin at multiples of it. */
const alignmentDefault = 32;

/** Sizes of ggml's value types that have one; 8 is text, 9 a list. */
const sizes = [1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8];
const typeText = 8;
const typeList = 9;

/** What is wrong with a file. */
export class GgufError extends Error {
  override readonly name = "GgufError";
}

export interface ReadOptions {
  /** Longest list kept. Default: 0. */
  nListMax?: number;
  hasTensors?: boolean;
}

/**
 * Reads the header of a GGUF file, in one go and without its lists' weight: a vocabulary of 262144
 * tokens takes 40 ms and no memory. npm's @huggingface/gguf takes a second of the event loop and
 * 500 MB for it, and reads zeros behind the end of a file that was cut; the tests compare with it.
 * @throws GgufError; the file system's errors
 */
export function readHeader(path: string, options: ReadOptions = {}): GgufHeader {
  const file = openSync(path, "r");
  try {
    return new HeaderReader(file, options).header();
  } finally {
    closeSync(file);
  }
}

/** Goes through a header from its beginning. Every method throws at the file's end. */
class HeaderReader {
  readonly #file: number;
  readonly #options: ReadOptions;
  readonly #nBytes: number;
  readonly #window = Buffer.alloc(windowBytes);
  /** The part of the file that is in the window: [from, to). */
  #from = 0;
  #to = 0;
  #at = 0;
  #nItems = 0;

  constructor(file: number, options: ReadOptions) {
    this.#file = file;
    this.#options = options;
    this.#nBytes = fstatSync(file).size;
  }

  header(): GgufHeader {
    if (this.#bytes(4).toString("latin1") !== "GGUF") throw new GgufError("it is no GGUF file");
    const version = this.#int();
    if (version !== 2 && version !== 3) throw new GgufError(`it has GGUF version ${version}`);
    const nTensors = this.#long();
    const nPairs = this.#long();
    if (nPairs > nPairsMax) throw new GgufError(`it claims ${nPairs} pairs of metadata`);
    if (nTensors > Math.min(nTensorsMax, this.#nBytes / tensorBytesMin)) {
      const room = `more than its ${this.#nBytes} bytes have room for`;
      throw new GgufError(`it claims ${nTensors} tensors, ${room}`);
    }
    const metadata = new Map<string, GgufValue>();
    for (let i = 0; i < nPairs; i++) {
      const key = this.#text() ?? "";
      metadata.set(key, this.#value(this.#int(), nestingMax));
    }
    const placed = this.#options.hasTensors
      ? Array.from({ length: nTensors }, () => this.#tensor())
      : [];
    const alignment = metadata.get("general.alignment") ?? alignmentDefault;
    const begin = Math.ceil(this.#at / Number(alignment)) * Number(alignment);
    const needed = placed.reduce((max, { end }) => Math.max(max, begin + end), this.#at);
    if (needed > this.#nBytes) {
      throw new GgufError(`it ends too early: of ${needed} bytes, ${this.#nBytes} are there`);
    }
    return { metadata, tensors: placed.map(({ tensor }) => tensor) };
  }

  /** A tensor, and where its data end, bytes from the first one's beginning. */
  #tensor(): { tensor: GgufTensor; end: number } {
    const name = this.#text() ?? "";
    const nDimensions = this.#int();
    if (nDimensions > nDimensionsMax) throw new GgufError(`a tensor has ${nDimensions} dimensions`);
    const shape = Array.from({ length: nDimensions }, () => this.#long());
    const number = this.#int();
    const type = tensorType(number);
    const offset = this.#long();
    const nWeights = shape.reduce((n, size) => n * size, 1);
    const nBytes = type === null ? 0 : (nWeights / type.nBlock) * type.nBlockBytes;
    return { tensor: { name, type: type?.name ?? `type ${number}`, shape }, end: offset + nBytes };
  }

  #value(type: number, depth: number): GgufValue {
    if (type === typeText) return this.#text();
    if (type === typeList) return this.#list(depth);
    const size = sizes[type];
    if (!size) throw new GgufError(`it has a value of the unknown type ${type}`);
    const bytes = this.#bytes(size);
    if (type === 7) return bytes[0] !== 0;
    if (type === 6) return bytes.readFloatLE();
    if (type === 12) return bytes.readDoubleLE();
    if (size === 8) return Number(type === 10 ? bytes.readBigUInt64LE() : bytes.readBigInt64LE());
    return type % 2 === 0 ? bytes.readUIntLE(0, size) : bytes.readIntLE(0, size);
  }

  #list(depth: number): GgufValue[] | null {
    if (depth === 0) throw new GgufError("it has too many lists in lists");
    const type = this.#int();
    const nItems = this.#long();
    const size = sizes[type];
    const isKept = nItems <= (this.#options.nListMax ?? 0);
    if (size && !isKept) {
      this.#skip(nItems * size);
      return null;
    }
    this.#nItems += nItems;
    if (this.#nItems > nItemsMax) throw new GgufError(`it claims a list of ${nItems} items`);
    if (isKept) return Array.from({ length: nItems }, () => this.#value(type, depth - 1));
    for (let i = 0; i < nItems; i++) {
      if (type === typeText) this.#skip(this.#long());
      else this.#value(type, depth - 1);
    }
    return null;
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
    if (!Number.isSafeInteger(value)) throw new GgufError("it has a length beyond every file");
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
    if (this.#at + nBytes > this.#to) throw new GgufError("it ends too early");
    const start = this.#at - this.#from;
    this.#at += nBytes;
    return this.#window.subarray(start, start + nBytes);
  }
}
