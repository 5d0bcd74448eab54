import { closeSync, openSync, writeSync } from "node:fs";
import {
  alignUp,
  type GgufMetadata,
  type GgufNumberType,
  type GgufValue,
  ggufAlignment,
  ggufMagic,
  ggufTypeIds,
  ggufVersion,
  numberBytes,
  type TensorShape,
  tensorSizeBytes,
  tensorTypes,
} from "./format.ts";

/** A tensor whose data is produced in pieces, so that a large file never lies in memory. */
export interface TensorSource extends TensorShape {
  /**
   * Yields the data from first byte to last. A piece is written before the next one is asked for,
   * so a generator may reuse its buffer.
   */
  chunks(): Iterable<Uint8Array>;
}

/** Writes a GGUF v3 file, little endian, tensors in the given order. Replaces what is at `path`. */
export function writeGguf(
  path: string,
  metadata: GgufMetadata,
  tensors: readonly TensorSource[],
): void {
  const file = openSync(path, "w");
  try {
    writeAll(file, encodeHeader(metadata, tensors));
    for (const tensor of tensors) writeTensor(file, tensor);
  } finally {
    closeSync(file);
  }
}

function writeTensor(file: number, tensor: TensorSource): void {
  const sizeBytes = tensorSizeBytes(tensor);
  let nWritten = 0;
  for (const chunk of tensor.chunks()) {
    writeAll(file, chunk);
    nWritten += chunk.length;
  }
  if (nWritten !== sizeBytes) {
    throw new Error(`${tensor.name}: ${nWritten} bytes of data, its shape needs ${sizeBytes}`);
  }
  writeAll(file, new Uint8Array(alignUp(sizeBytes, ggufAlignment) - sizeBytes));
}

/** `write` may take fewer bytes than it is given. */
function writeAll(file: number, bytes: Uint8Array): void {
  for (let start = 0; start < bytes.length; ) {
    start += writeSync(file, bytes, start, bytes.length - start);
  }
}

function encodeHeader(metadata: GgufMetadata, tensors: readonly TensorShape[]): Uint8Array {
  const header = new HeaderBytes();
  header.append(new TextEncoder().encode(ggufMagic));
  header.number("uint32", ggufVersion);
  header.bigint(tensors.length);
  header.bigint(metadata.size);
  for (const [key, value] of metadata) {
    header.string(key);
    header.number("uint32", ggufTypeIds[value.type]);
    encodeValue(header, value);
  }
  let offset = 0;
  for (const tensor of tensors) {
    header.string(tensor.name);
    header.number("uint32", tensor.shape.length);
    for (const length of tensor.shape) header.bigint(length);
    header.number("uint32", tensorTypes[tensor.type].id);
    header.bigint(offset);
    offset = alignUp(offset + tensorSizeBytes(tensor), ggufAlignment);
  }
  return header.aligned(ggufAlignment);
}

function encodeValue(header: HeaderBytes, value: GgufValue): void {
  if (value.type === "array") {
    header.number("uint32", ggufTypeIds[value.itemType]);
    header.bigint(value.value.length);
    encodeItems(header, value.itemType, value.value);
  } else {
    encodeItems(header, value.type, [value.value]);
  }
}

/** Writes `items`, which the caller's types tie to `type`. */
function encodeItems(
  header: HeaderBytes,
  type: Exclude<GgufValue["type"], "array">,
  items: readonly (number | bigint | boolean | string)[],
): void {
  switch (type) {
    case "string":
      for (const item of items) header.string(String(item));
      break;
    case "bool":
      for (const item of items) header.number("uint8", item ? 1 : 0);
      break;
    case "uint64":
    case "int64":
      for (const item of items) header.bigint(item);
      break;
    default:
      for (const item of items) header.number(type, Number(item));
  }
}

/** A byte string that grows: a vocabulary alone makes a header of several megabytes. */
class HeaderBytes {
  #bytes = new Uint8Array(1 << 16);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;
  readonly #encoder = new TextEncoder();

  append(bytes: Uint8Array): void {
    const start = this.#reserve(bytes.length);
    this.#bytes.set(bytes, start);
  }

  string(text: string): void {
    const bytes = this.#encoder.encode(text);
    this.bigint(bytes.length);
    this.append(bytes);
  }

  /** 64 bits. Two's complement, so one method serves signed and unsigned. */
  bigint(value: number | bigint | boolean | string): void {
    const start = this.#reserve(8);
    this.#view.setBigUint64(start, BigInt.asUintN(64, BigInt(value)), true);
  }

  number(numberType: GgufNumberType, value: number): void {
    const start = this.#reserve(numberBytes[numberType]);
    switch (numberType) {
      case "uint8":
      case "int8":
        this.#view.setUint8(start, value);
        break;
      case "uint16":
      case "int16":
        this.#view.setUint16(start, value, true);
        break;
      case "uint32":
      case "int32":
        this.#view.setUint32(start, value, true);
        break;
      case "float32":
        this.#view.setFloat32(start, value, true);
        break;
      case "float64":
        this.#view.setFloat64(start, value, true);
        break;
      default:
        numberType satisfies never;
    }
  }

  /** The bytes so far, zeros appended up to a multiple of `alignment`. */
  aligned(alignment: number): Uint8Array {
    this.append(new Uint8Array(alignUp(this.#length, alignment) - this.#length));
    return this.#bytes.subarray(0, this.#length);
  }

  /** Makes room for `nBytes` and returns where they go. May replace `#bytes` and `#view`. */
  #reserve(nBytes: number): number {
    const start = this.#length;
    this.#length += nBytes;
    if (this.#length > this.#bytes.length) this.#grow();
    return start;
  }

  #grow(): void {
    const larger = new Uint8Array(Math.max(this.#length, this.#bytes.length * 2));
    larger.set(this.#bytes);
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }
}
