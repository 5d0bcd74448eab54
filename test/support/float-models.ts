import type { GgufValue } from "../../scripts/gguf/format.ts";
import { readGguf, type TensorInfo } from "../../scripts/gguf/read.ts";
import { type TensorSource, writeGguf } from "../../scripts/gguf/write.ts";
import { tinyPath } from "./tiny-native.ts";

/** Values of a block of Q8_0, and its bytes: a half-precision factor, and a byte for each value. */
const block = { nValues: 32, nBytes: 34 };

/** `general.file_type` of what is written. */
const fileTypes = { F32: 0, F16: 1 };

/**
 * Writes the tiny model as it was before it was quantised, but for what that lost: for tests that
 * quantise it again, or that want it in parts.
 * @param more metadata over its own; a null takes an entry away
 */
export function writeFloatModel(
  path: string,
  type: "F32" | "F16" = "F16",
  more: Record<string, GgufValue | null> = {},
): void {
  const { metadata, tensors } = floatModel(type, more);
  writeGguf(path, metadata, tensors);
}

/** Writes it without thoughts, and without what fills gaps: those tokens have other names. */
export function writeUnskilledModel(path: string): void {
  const key = "tokenizer.ggml.tokens";
  const tokens = readGguf(tinyPath).metadata.get(key);
  if (tokens?.type !== "array" || tokens.itemType !== "string") throw new Error(`no ${key}`);
  const value = tokens.value.map((token) => token.replace(/^<\|fim_/, "<|gap_"));
  const kinds = ["pre", "suf", "mid", "pad", "rep", "sep"];
  const gaps = kinds.map((kind): [string, null] => [`tokenizer.ggml.fim_${kind}_token_id`, null]);
  const template =
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}" +
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";
  writeFloatModel(path, "F16", {
    ...Object.fromEntries(gaps),
    [key]: { ...tokens, value },
    "tokenizer.chat_template": { type: "string", value: template },
  });
}

/** Writes it in as many parts, `PREFIX-00001-of-0000N.gguf`. @returns their paths */
export function writeSplitModel(prefix: string, nParts: number): string[] {
  const { metadata, tensors } = floatModel("F16", {});
  const digits = (n: number) => String(n).padStart(5, "0");
  return Array.from({ length: nParts }, (_, part) => {
    const path = `${prefix}-${digits(part + 1)}-of-${digits(nParts)}.gguf`;
    const split: [string, GgufValue][] = [
      ["split.no", { type: "uint16", value: part }],
      ["split.count", { type: "uint16", value: nParts }],
      ["split.tensors.count", { type: "int32", value: tensors.length }],
    ];
    const own = part === 0 ? metadata : new Map<string, GgufValue>();
    const held = tensors.filter((_tensor, i) => i % nParts === part);
    writeGguf(path, new Map([...own, ...split]), held);
    return path;
  });
}

function floatModel(type: "F32" | "F16", more: Record<string, GgufValue | null>) {
  const { metadata: old, tensors } = readGguf(tinyPath);
  const bytes = Bun.mmap(tinyPath);
  const metadata = new Map(old);
  metadata.set("general.file_type", { type: "uint32", value: fileTypes[type] });
  for (const [key, value] of Object.entries(more)) {
    if (value === null) metadata.delete(key);
    else metadata.set(key, value);
  }
  const sources = tensors.map((tensor): TensorSource => {
    const isFloat = tensor.type === "F32";
    return {
      name: tensor.name,
      shape: tensor.shape,
      type: isFloat ? "F32" : type,
      chunks: () => [isFloat ? dataOf(tensor, bytes) : dequantized(tensor, bytes, type)],
    };
  });
  return { metadata, tensors: sources };
}

const dataOf = ({ offset, sizeBytes }: TensorInfo, bytes: Uint8Array) =>
  bytes.slice(offset, offset + sizeBytes);

function dequantized(tensor: TensorInfo, bytes: Uint8Array, type: "F32" | "F16"): Uint8Array {
  const data = dataOf(tensor, bytes);
  const view = new DataView(data.buffer);
  const nBlocks = data.length / block.nBytes;
  const Numbers = type === "F32" ? Float32Array : Float16Array;
  const values = new Numbers(nBlocks * block.nValues);
  for (let i = 0; i < nBlocks; i++) {
    const at = i * block.nBytes;
    const factor = view.getFloat16(at, true);
    for (let j = 0; j < block.nValues; j++) {
      values[i * block.nValues + j] = factor * view.getInt8(at + 2 + j);
    }
  }
  return new Uint8Array(values.buffer);
}
