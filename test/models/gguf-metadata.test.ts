import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { projectorSenses, readGgufMetadata } from "../../src/models/gguf-metadata.ts";

const dir = mkdtempSync(join(tmpdir(), "hutch-gguf-"));
afterAll(() => rmSync(dir, { recursive: true }));

const u32 = (value: number) => Buffer.from(Uint32Array.of(value).buffer);
const u64 = (value: number | bigint) => Buffer.from(BigUint64Array.of(BigInt(value)).buffer);
const text = (value: string) => Buffer.concat([u64(Buffer.byteLength(value)), Buffer.from(value)]);
const pair = (key: string, type: number, ...value: Buffer[]) =>
  Buffer.concat([text(key), u32(type), ...value]);
const header = (pairs: Buffer[], nPairs = pairs.length) =>
  Buffer.concat([Buffer.from("GGUF"), u32(3), u64(0), u64(nPairs), ...pairs]);

let nFiles = 0;
function put(bytes: Uint8Array): string {
  const path = join(dir, `${nFiles++}.gguf`);
  writeFileSync(path, bytes);
  return path;
}

const pairs = [
  pair("u8", 0, Buffer.of(200)),
  pair("i8", 1, Buffer.of(200)),
  pair("i16", 3, Buffer.from(Int16Array.of(-3).buffer)),
  pair("u32", 4, u32(4_000_000_000)),
  pair("f32", 6, Buffer.from(Float32Array.of(0.5).buffer)),
  pair("numbers", 9, u32(4), u64(3), u32(1), u32(2), u32(3)),
  pair("yes", 7, Buffer.of(1)),
  pair("texts", 9, u32(8), u64(2), text("a"), text("bb")),
  pair("long text", 8, text("x".repeat(100_000))),
  pair("lists", 9, u32(9), u64(1), u32(0), u64(2), Buffer.of(1, 2)),
  pair("u64", 10, u64(7)),
  pair("i64", 11, Buffer.from(BigInt64Array.of(-7n).buffer)),
  pair("f64", 12, Buffer.from(Float64Array.of(0.25).buffer)),
  pair("word", 8, text("wörd")),
];

test("reads numbers and words, and passes over what is long", () => {
  expect(Object.fromEntries(readGgufMetadata(put(header(pairs))) ?? [])).toEqual({
    u8: 200,
    i8: -56,
    i16: -3,
    u32: 4_000_000_000,
    f32: 0.5,
    yes: true,
    u64: 7,
    i64: -7,
    f64: 0.25,
    word: "wörd",
  });
});

test("a file that was cut anywhere is none", () => {
  const whole = header(pairs.slice(0, 8));
  for (let nBytes = 0; nBytes < whole.length; nBytes++) {
    expect(readGgufMetadata(put(whole.subarray(0, nBytes)))).toBeNull();
  }
  expect(readGgufMetadata(put(whole))).not.toBeNull();
});

test.each([
  ["another kind of file", Buffer.from("PK\u0003\u0004".repeat(100))],
  ["an unknown type", header([pair("a", 99)])],
  ["a text longer than any file", header([pair("a", 8, u64(2n ** 63n))])],
  ["a list longer than any file", header([pair("a", 9, u32(8), u64(2n ** 50n))])],
  ["more pairs than anybody has", header([], 2 ** 40)],
  [
    "lists in lists in lists",
    header([
      pair(
        "a",
        9,
        ...Array(9)
          .fill([u32(9), u64(1)])
          .flat(),
      ),
    ]),
  ],
])("%s is none", (_, bytes) => expect(readGgufMetadata(put(bytes))).toBeNull());

test.each([
  [{ "clip.has_vision_encoder": 1 }, { vision: true, audio: false }],
  [{ "clip.has_audio_encoder": 1 }, { vision: false, audio: true }],
  [
    { "clip.has_vision_encoder": 1, "clip.has_audio_encoder": 1 },
    { vision: true, audio: true },
  ],
  [{}, { vision: true, audio: false }],
])("a projector with %p has the senses %p", (flags, senses) => {
  const bytes = header(Object.entries(flags).map(([key, on]) => pair(key, 7, Buffer.of(on))));
  expect(projectorSenses(put(bytes))).toEqual(senses);
});
