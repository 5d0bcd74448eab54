import { describe, expect, test } from "bun:test";
import { crc32, deflateSync } from "node:zlib";
import { inflatesBeyondItsSize } from "../../src/engine/png.ts";

function chunk(type: string, data: Uint8Array): Buffer {
  const named = Buffer.concat([Buffer.from(type), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE(crc32(named), 4);
  return Buffer.concat([frame.subarray(0, 4), named, frame.subarray(4)]);
}

/** A PNG of 8-bit RGB that says it is so large, over `raw` bytes of rows, in `nChunks` pieces. */
function png(width: number, height: number, raw: Uint8Array, nChunks = 1): Buffer {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2], 8);
  const packed = deflateSync(raw);
  const length = Math.ceil(packed.length / nChunks);
  const parts = Array.from({ length: nChunks }, (_, i) =>
    chunk("IDAT", packed.subarray(i * length, (i + 1) * length)),
  );
  const beginning = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const end = chunk("IEND", new Uint8Array());
  return Buffer.concat([beginning, chunk("IHDR", head), ...parts, end]);
}

const rows = (width: number, height: number) => new Uint8Array((3 * width + 1) * height);

describe("a PNG", () => {
  test("whose data are those of its pixels is one", () => {
    expect(inflatesBeyondItsSize(png(1, 1, rows(1, 1)))).toBe(false);
    expect(inflatesBeyondItsSize(png(1000, 800, rows(1000, 800), 3))).toBe(false);
    const noise = rows(300, 300).map(() => Math.random() * 256);
    expect(inflatesBeyondItsSize(png(300, 300, noise, 7))).toBe(false);
  });

  test("of few pixels that unpacks to very many is none", () => {
    const bomb = new Uint8Array(100_000_000);
    expect(inflatesBeyondItsSize(png(1, 1, bomb))).toBe(true);
    expect(inflatesBeyondItsSize(png(1000, 1000, bomb, 5))).toBe(true);
  });

  test("that is broken otherwise is for the decoder to judge", () => {
    const whole = png(
      1000,
      800,
      rows(1000, 800).map(() => Math.random() * 256),
    );
    for (const n of [0, 8, 12, 20, 60, 100_000]) {
      expect(inflatesBeyondItsSize(whole.subarray(0, n))).toBe(false);
    }
    expect(inflatesBeyondItsSize(whole.map((byte, i) => (i > 100 ? byte ^ 0x55 : byte)))).toBe(
      false,
    );
    expect(inflatesBeyondItsSize(Buffer.from("GIF89a"))).toBe(false);
  });
});
