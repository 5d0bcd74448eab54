import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type GgufValue, tensorSizeBytes } from "../../scripts/gguf/format.ts";
import { parseGguf, readGguf } from "../../scripts/gguf/read.ts";
import { type TensorSource, writeGguf } from "../../scripts/gguf/write.ts";

const folder = mkdtempSync(join(tmpdir(), "hutch-gguf-"));
const path = join(folder, "sample.gguf");

const metadata = new Map<string, GgufValue>([
  ["general.architecture", { type: "string", value: "llama" }],
  ["u8", { type: "uint8", value: 255 }],
  ["i8", { type: "int8", value: -128 }],
  ["u16", { type: "uint16", value: 65535 }],
  ["i16", { type: "int16", value: -32768 }],
  ["u32", { type: "uint32", value: 4294967295 }],
  ["i32", { type: "int32", value: -2147483648 }],
  ["u64", { type: "uint64", value: 2n ** 64n - 1n }],
  ["i64", { type: "int64", value: -(2n ** 63n) }],
  ["f32", { type: "float32", value: Math.fround(1e-6) }],
  ["f64", { type: "float64", value: Math.PI }],
  ["yes", { type: "bool", value: true }],
  ["text", { type: "string", value: "Ġ▁ 日本 🦙\n" }],
  ["tokens", { type: "array", itemType: "string", value: ["", "a", "🦙"] }],
  ["types", { type: "array", itemType: "int32", value: [1, -1, 6] }],
  ["flags", { type: "array", itemType: "bool", value: [true, false] }],
  ["sizes", { type: "array", itemType: "uint64", value: [0n, 2n ** 40n] }],
  ["empty", { type: "array", itemType: "float32", value: [] }],
  ["long", { type: "string", value: "x".repeat(200_000) }],
]);

/** A tensor whose data comes in two pieces. */
function tensorOf(name: string, type: TensorSource["type"], shape: number[], byte: number) {
  const bytes = new Uint8Array(tensorSizeBytes({ name, type, shape })).fill(byte);
  const chunks = () => [bytes.subarray(0, 7), bytes.subarray(7)];
  return { name, type, shape, chunks, bytes };
}

const tensors = [
  tensorOf("odd.weight", "F32", [3, 3], 1),
  tensorOf("token_embd.weight", "Q8_0", [32, 5], 2),
  tensorOf("blk.0.ffn_down.weight", "Q4_K", [512, 2], 3),
];

beforeAll(() => writeGguf(path, metadata, tensors));
afterAll(() => rmSync(folder, { recursive: true }));

describe("a written GGUF file", () => {
  test("gives every metadata value back with its type, in order", () => {
    expect([...readGguf(path).metadata]).toEqual([...metadata]);
  });

  test("gives every tensor back, aligned to 32 bytes, with its data", () => {
    const file = new Uint8Array(readFileSync(path));
    const read = readGguf(path).tensors;
    expect(read.map(({ name, type, shape }) => ({ name, type, shape }))).toEqual(
      tensors.map(({ name, type, shape }) => ({ name, type, shape })),
    );
    for (const [i, { offset, sizeBytes }] of read.entries()) {
      expect(offset % 32).toBe(0);
      expect(file.subarray(offset, offset + sizeBytes)).toEqual(tensors[i]!.bytes);
    }
    expect(file.length % 32).toBe(0);
  });

  test("reads the same when it declares another alignment", () => {
    const aligned = new Map([["general.alignment", { type: "uint32", value: 64 } as GgufValue]]);
    writeGguf(join(folder, "empty.gguf"), aligned, []);
    expect(readGguf(join(folder, "empty.gguf")).metadata).toEqual(aligned);
  });
});

describe("what is not a whole GGUF file", () => {
  const file = () => new Uint8Array(readFileSync(path));
  test.each([
    ["no bytes", () => new Uint8Array(), "ends early"],
    ["another format", () => new TextEncoder().encode("PK\x03\x04 something"), "magic"],
    ["another version", () => file().fill(9, 4, 5), "version 9"],
    ["a header cut short", () => file().subarray(0, 300), "ends early|counts"],
    ["data cut short", () => file().subarray(0, file().length - 64), "blk.0.ffn_down.weight"],
    ["an absurd count", () => file().fill(0xff, 8, 16), "counts"],
  ])("%s is refused", (_, bytes, message) => {
    expect(() => parseGguf(bytes())).toThrow(new RegExp(message));
  });

  test("a missing and an empty file are refused by name", () => {
    const empty = join(folder, "nothing.gguf");
    writeFileSync(empty, "");
    expect(() => readGguf(empty)).toThrow("nothing.gguf");
    expect(() => readGguf(join(folder, "absent.gguf"))).toThrow("absent.gguf");
  });
});

describe("writeGguf", () => {
  test("refuses a row that is not whole blocks", () => {
    const tensor = { name: "t", type: "Q4_K", shape: [896, 2], chunks: () => [] } as const;
    expect(() => writeGguf(join(folder, "bad.gguf"), new Map(), [tensor])).toThrow("896");
  });

  test("refuses data that does not fill the shape", () => {
    const tensor = {
      name: "t",
      type: "F32",
      shape: [2],
      chunks: () => [new Uint8Array(4)],
    } as const;
    expect(() => writeGguf(join(folder, "bad.gguf"), new Map(), [tensor])).toThrow("4 bytes");
  });
});
