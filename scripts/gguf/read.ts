import {
  alignUp,
  type GgufArray,
  type GgufMetadata,
  type GgufNumberType,
  type GgufScalar,
  type GgufValue,
  ggufAlignment,
  ggufMagic,
  ggufTypeIds,
  ggufVersion,
  numberBytes,
  type TensorShape,
  type TensorType,
  tensorSizeBytes,
  tensorTypes,
} from "./format.ts";

/** A tensor and where its data lies. */
export interface TensorInfo extends TensorShape {
  /** Position of the first data byte in the file. */
  readonly offset: number;
  readonly sizeBytes: number;
}

export interface Gguf {
  readonly metadata: GgufMetadata;
  readonly tensors: readonly TensorInfo[];
}

/** Dimensions of a tensor at most (`GGML_MAX_DIMS`). */
const nDimensionsMax = 4;

const typeNames = new Map<number, keyof typeof ggufTypeIds>(
  (Object.keys(ggufTypeIds) as (keyof typeof ggufTypeIds)[]).map((name) => [
    ggufTypeIds[name],
    name,
  ]),
);

const tensorTypeNames = new Map<number, TensorType>(
  (Object.keys(tensorTypes) as TensorType[]).map((name) => [tensorTypes[name].id, name]),
);

/** Reads the header of the file at `path`; tensor data is mapped and never touched. */
export function readGguf(path: string): Gguf {
  if (Bun.file(path).size === 0) throw new Error(`${path} is missing or empty`);
  return parseGguf(Bun.mmap(path));
}

/**
 * Parses the header of a GGUF v3 file, little endian.
 * @throws Error when the bytes are not one, end early, or hold a type that we do not know
 */
export function parseGguf(bytes: Uint8Array): Gguf {
  const cursor = new Cursor(bytes);
  const magic = String.fromCharCode(...cursor.take(ggufMagic.length));
  if (magic !== ggufMagic) throw new Error("not a GGUF file: the magic number is missing");
  const version = cursor.number("uint32");
  if (version !== ggufVersion) throw new Error(`GGUF version ${version} is not supported`);
  const nTensors = cursor.count();
  const nKeys = cursor.count();

  const metadata = new Map<string, GgufValue>();
  for (let i = 0; i < nKeys; i++) metadata.set(cursor.string(), readValue(cursor));
  const tensors = Array.from({ length: nTensors }, () => readTensorShape(cursor));

  const alignment = metadata.get("general.alignment");
  const alignBytes = alignment?.type === "uint32" ? alignment.value : ggufAlignment;
  const dataOffset = alignUp(cursor.offset, alignBytes);
  return { metadata, tensors: tensors.map((tensor) => placeTensor(tensor, dataOffset, bytes)) };
}

/** A position in the header that only moves forward and never past the end. */
class Cursor {
  offset = 0;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  /** Fatal: a token that is not UTF-8 would otherwise be changed silently by a copy. */
  readonly #decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  take(nBytes: number): Uint8Array {
    const start = this.#advance(nBytes);
    return this.#bytes.subarray(start, start + nBytes);
  }

  number(type: GgufNumberType): number {
    const start = this.#advance(numberBytes[type]);
    switch (type) {
      case "uint8":
        return this.#view.getUint8(start);
      case "int8":
        return this.#view.getInt8(start);
      case "uint16":
        return this.#view.getUint16(start, true);
      case "int16":
        return this.#view.getInt16(start, true);
      case "uint32":
        return this.#view.getUint32(start, true);
      case "int32":
        return this.#view.getInt32(start, true);
      case "float32":
        return this.#view.getFloat32(start, true);
      case "float64":
        return this.#view.getFloat64(start, true);
      default:
        return type satisfies never;
    }
  }

  bigint(type: "uint64" | "int64"): bigint {
    const start = this.#advance(8);
    return type === "uint64"
      ? this.#view.getBigUint64(start, true)
      : this.#view.getBigInt64(start, true);
  }

  /** A count or length. Each thing counted takes a byte or more, so the file's size bounds it. */
  count(): number {
    const count = this.bigint("uint64");
    if (count > BigInt(this.#bytes.length)) {
      throw new Error(`the GGUF header counts ${count} items in ${this.#bytes.length} bytes`);
    }
    return Number(count);
  }

  string(): string {
    return this.#decoder.decode(this.take(this.count()));
  }

  #advance(nBytes: number): number {
    const start = this.offset;
    if (start + nBytes > this.#bytes.length) {
      throw new Error(`the GGUF header ends early, at byte ${this.#bytes.length}`);
    }
    this.offset += nBytes;
    return start;
  }
}

function readTypeName(cursor: Cursor): keyof typeof ggufTypeIds {
  const id = cursor.number("uint32");
  const name = typeNames.get(id);
  if (name === undefined) throw new Error(`unknown GGUF value type ${id}`);
  return name;
}

function readValue(cursor: Cursor): GgufValue {
  const type = readTypeName(cursor);
  return type === "array" ? readArray(cursor) : readScalar(cursor, type);
}

function readScalar(cursor: Cursor, type: GgufScalar["type"]): GgufScalar {
  switch (type) {
    case "string":
      return { type, value: cursor.string() };
    case "bool":
      return { type, value: cursor.number("uint8") !== 0 };
    case "uint64":
    case "int64":
      return { type, value: cursor.bigint(type) };
    default:
      return { type, value: cursor.number(type) };
  }
}

function readArray(cursor: Cursor): GgufArray {
  const itemType = readTypeName(cursor);
  const length = cursor.count();
  const read = <Item>(item: () => Item): Item[] => Array.from({ length }, item);
  switch (itemType) {
    case "array":
      throw new Error("GGUF arrays of arrays are not supported");
    case "string":
      return { type: "array", itemType, value: read(() => cursor.string()) };
    case "bool":
      return { type: "array", itemType, value: read(() => cursor.number("uint8") !== 0) };
    case "uint64":
    case "int64":
      return { type: "array", itemType, value: read(() => cursor.bigint(itemType)) };
    default:
      return { type: "array", itemType, value: read(() => cursor.number(itemType)) };
  }
}

/** A tensor as its header row describes it; `dataOffset` counts from the start of the data. */
interface TensorRow extends TensorShape {
  readonly dataOffset: number;
}

function readTensorShape(cursor: Cursor): TensorRow {
  const name = cursor.string();
  const nDimensions = cursor.number("uint32");
  if (nDimensions > nDimensionsMax) throw new Error(`${name} has ${nDimensions} dimensions`);
  const shape = Array.from({ length: nDimensions }, () => Number(cursor.bigint("int64")));
  const typeId = cursor.number("uint32");
  const type = tensorTypeNames.get(typeId);
  if (type === undefined) throw new Error(`${name} has the unknown tensor type ${typeId}`);
  return { name, type, shape, dataOffset: Number(cursor.bigint("uint64")) };
}

function placeTensor(row: TensorRow, dataStart: number, bytes: Uint8Array): TensorInfo {
  const { name, type, shape } = row;
  const tensor = { name, type, shape, offset: dataStart + row.dataOffset };
  const sizeBytes = tensorSizeBytes(tensor);
  if (tensor.offset + sizeBytes > bytes.length) {
    throw new Error(`the file ends at byte ${bytes.length}, inside the data of ${name}`);
  }
  return { ...tensor, sizeBytes };
}
