import { beforeAll, describe, expect, test } from "bun:test";
import { mediaSize } from "../../ffi/media.ts";
import { openNative } from "../../ffi/native.ts";
import { hollowFlac, hollowPictures, slowWav } from "../support/hollow-files.ts";
import { bmpOf, colours, jpegOf, pngOf } from "../support/pictures.ts";

beforeAll(() => openNative(process.env.HUTCH_LIBRARY_DIR ?? "", 5));

describe("the size of what a file promises", () => {
  const picture = { shape: "circle", colour: colours.red, background: colours.white } as const;

  test.each([
    ["PNG", pngOf],
    ["JPEG", jpegOf],
    ["BMP", bmpOf],
  ])("of a %s", (_, fileOf) => {
    const file = Buffer.from(fileOf({ ...picture, side: 48 }), "base64");
    expect(mediaSize(file)).toEqual({ width: 48, height: 48, seconds: 0 });
  });

  test.each(Object.keys(hollowPictures))("of a %s that has none of its pixels", (format) => {
    const file = hollowPictures[format]?.(30_000, 29_000) ?? new Uint8Array(0);
    expect(mediaSize(file)).toEqual({ width: 30_000, height: 29_000, seconds: 0 });
  });

  test.each([
    ["WAV", slowWav],
    ["FLAC", hollowFlac],
  ])("of a %s with few samples or none", (_, fileOf) => {
    expect(mediaSize(fileOf(9000))).toEqual({ width: 0, height: 0, seconds: 9000 });
  });

  test.each([
    "",
    "RIFF",
    "not a picture, but long enough",
    "RIFF\0\0\0\0WAVE",
    "fLaC and then nothing",
    "ID3 and then nothing",
    "\xff\xfb and then nothing",
    "\x89PNG\r\n\x1a\n",
  ])("of %j, which is neither", (text) => {
    const size = { width: 0, height: 0, seconds: 0 };
    expect(mediaSize(Buffer.from(text, "latin1"))).toEqual(size);
  });
});
