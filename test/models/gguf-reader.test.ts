import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { GGMLQuantizationType, gguf } from "@huggingface/gguf";
import { AppError } from "../../src/core/errors.ts";
import { type GgufFacts, ggufFacts, ggufHeader, nParamsOf } from "../../src/models/gguf-facts.ts";
import { humanNumber } from "../../src/models/gguf-types.ts";
import { FaultyGguf } from "../support/gguf-faults.ts";

const assets = resolve(import.meta.dir, "../../assets");
const textPath = join(assets, "tiny-text.gguf");
const dir = mkdtempSync(join(tmpdir(), "hutch-header-"));
afterAll(() => rmSync(dir, { recursive: true }));

const path = join(dir, "x.gguf");
const put = (bytes: Uint8Array) => {
  writeFileSync(path, bytes);
  return path;
};

test.each(["tiny-text.gguf", "tiny-mmproj.gguf"])("%s is read as others read it", async (name) => {
  const file = join(assets, name);
  const header = ggufHeader(file, 1e6);
  const { metadata, tensorInfos, parameterCount } = await gguf(file, {
    allowLocalFile: true,
    computeParametersCount: true,
  });
  const { version: _, tensor_count: _n, kv_count: _k, ...theirs } = metadata;
  expect(Object.fromEntries(header.metadata)).toEqual(theirs as Record<string, never>);
  expect(nParamsOf(header)).toBe(parameterCount);
  expect(header.tensors).toEqual(
    tensorInfos.map(({ name, dtype, shape }) => ({
      name,
      type: GGMLQuantizationType[dtype] ?? "",
      shape: shape.map(Number),
    })),
  );
});

/** What the tiny model says. */
const tinyFacts = {
  architecture: "llama",
  parameterSize: "3.05M",
  nParams: 3049920,
  fileType: "Q8_0",
  contextLength: 1024,
  embeddingLength: 192,
  embeds: false,
  infills: true,
  vision: false,
  audio: false,
  chatTemplate: expect.stringContaining("im_start"),
};

test("facts of the tiny model", () => {
  expect(ggufFacts(textPath)).toEqual(tinyFacts);
});

test.each<[string, Partial<GgufFacts>]>([
  ["tokenizer.ggml.fim_pre_token_id", { infills: false }],
  ["tokenizer.ggml.fim_suf_token_id", { infills: false }],
  ["tokenizer.ggml.fim_mid_token_id", { infills: false }],
  ["tokenizer.ggml.fim_pad_token_id", { infills: true }],
  ["tokenizer.chat_template", { chatTemplate: undefined }],
])("facts of the tiny model without its %s", (key, different) => {
  new FaultyGguf(textPath).writeWithout(path, key);
  expect(ggufFacts(path)).toEqual({ ...tinyFacts, ...different });
});

test("facts are read anew when the file changed", () => {
  put(readFileSync(textPath));
  expect(ggufFacts(path).architecture).toBe("llama");
  put(readFileSync(join(assets, "tiny-mmproj.gguf")));
  expect(ggufFacts(path).architecture).toBe("clip");
});

test("a file that was cut anywhere is an error that names it", () => {
  const whole = readFileSync(textPath);
  const lengths = Array.from({ length: 300 }, (_, i) => Math.floor((i / 299) ** 3 * whole.length));
  for (const nBytes of lengths.map((length) => Math.min(length, whole.length - 1))) {
    put(whole.subarray(0, nBytes));
    expect(() => ggufHeader(path, 1024)).toThrow(`${path} cannot be read: `);
    expect(() => ggufFacts(path)).toThrow(AppError);
  }
});

const u32 = (value: number) => Buffer.from(Uint32Array.of(value).buffer);
const u64 = (value: number | bigint) => Buffer.from(BigUint64Array.of(BigInt(value)).buffer);
const text = (value: string) => Buffer.concat([u64(value.length), Buffer.from(value)]);
const begin = (nTensors: number | bigint, nPairs: number | bigint, ...rest: Buffer[]) =>
  Buffer.concat([Buffer.from("GGUF"), u32(3), u64(nTensors), u64(nPairs), ...rest]);
const list = (...value: Buffer[]) => begin(0, 1, text("k"), u32(9), ...value);
const huge = 2n ** 62n;

test.each<[string, Buffer, string]>([
  ["tensors", begin(huge, 0), "a length beyond every file"],
  ["a million tensors", begin(999_999, 0), "claims 999999 tensors"],
  ["pairs", begin(0, 10_001), "claims 10001 pairs"],
  ["a text's length", begin(0, 1, u64(2n ** 40n)), "ends too early"],
  ["a list's length", list(u32(4), u64(2n ** 40n)), "ends too early"],
  ["a list of texts", list(u32(8), u64(2n ** 40n)), "claims a list of 1099511627776 items"],
  ["a list of lists", list(u32(9), u64(2n ** 40n)), "claims a list of 1099511627776 items"],
  ["a vocabulary", list(u32(8), u64(1_000_000)), "ends too early"],
  ["lists in lists", list(...Array.from({ length: 9 }, () => [u32(9), u64(1)]).flat()), "too many"],
  ["a type", begin(0, 1, text("k"), u32(77)), "unknown type 77"],
  ["dimensions", begin(1, 0, text("t"), u32(999), Buffer.alloc(64)), "999 dimensions"],
  ["a version", Buffer.concat([Buffer.from("GGUF"), u32(9), Buffer.alloc(40)]), "version 9"],
])("a header that lies about %s is refused", (_what, bytes, why) => {
  expect(() => ggufHeader(put(bytes), 1024)).toThrow(why);
});

test("long lists are left out unless they are wanted", () => {
  const numbers = list(u32(0), u64(2000), Buffer.alloc(2000, 1));
  expect(ggufHeader(put(numbers), 1024).metadata.get("k")).toBeNull();
  expect(ggufHeader(path, 2000).metadata.get("k")).toHaveLength(2000);
});

test.each([
  [8_030_261_248, "8.0B"],
  [7_000_000_000, "7B"],
  [134_515_008, "134.52M"],
  [22_000_000, "22M"],
  [3_200, "3K"],
  [12, "12"],
])("%d parameters are %s", (n, written) => {
  expect(humanNumber(n)).toBe(written);
});
