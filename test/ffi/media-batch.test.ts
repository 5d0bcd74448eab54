import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MediaContext } from "../../ffi/media.ts";
import type { Model } from "../../ffi/model.ts";
import { writeTinyTiledProjector } from "../../scripts/tiny-models.ts";
import { colours, pngOf } from "../support/pictures.ts";
import { assets, loadModel } from "../support/tiny-native.ts";

const folder = mkdtempSync(join(tmpdir(), "hutch-projector-"));
const marker = "<picture>";
let model: Model;

beforeAll(() => {
  model = loadModel();
  writeTinyTiledProjector(join(folder, "tiled.gguf"), join(assets, "tiny-mmproj.gguf"));
});
afterAll(() => {
  model[Symbol.dispose]();
  rmSync(folder, { recursive: true });
});

const open = (path: string, options: object = {}) =>
  new MediaContext(path, model, { n_threads: 1, media_marker: marker, ...options });

/** Red, blue and red circles, as chunks of a prompt: with the tiled projector two of each. */
function pictures(media: MediaContext) {
  const files = [colours.red, colours.blue, colours.red].map((colour) =>
    Buffer.from(pngOf({ shape: "circle", colour, background: colours.white }), "base64"),
  );
  const prompt = media.tokenize(marker.repeat(3), files, false);
  const chunks = prompt.chunks.flatMap((chunk) => (chunk.type === "media" ? [chunk] : []));
  return { chunks, [Symbol.dispose]: () => prompt[Symbol.dispose]() };
}

test.each([
  [{}, 6],
  [{ batch_max_tokens: 54 }, 6],
  [{ batch_max_tokens: 53 }, 5],
  [{ batch_max_tokens: 1 }, 1],
])("with %j, %d chunks of nine tokens are encoded together", (options, nExpected) => {
  using media = open(join(folder, "tiled.gguf"), options);
  using prompt = pictures(media);
  expect(prompt.chunks.map(({ nTokens }) => nTokens)).toEqual([9, 9, 9, 9, 9, 9]);
  expect(media.encodeTogether(prompt.chunks)).toHaveLength(nExpected);
});

test("pictures that are encoded together are those that are encoded alone", () => {
  using media = open(join(folder, "tiled.gguf"));
  using prompt = pictures(media);
  const together = media.encodeTogether(prompt.chunks);
  const alone = prompt.chunks.map(({ ptr, nTokens }) => media.encode(ptr, nTokens));
  for (const [i, expected] of alone.entries()) {
    const largest = expected.reduce((most, value, j) => {
      return Math.max(most, Math.abs(value - (together[i]?.[j] ?? Number.NaN)));
    }, 0);
    expect(largest).toBeLessThan(1e-4);
  }
  expect(together[0]).toEqual(together[4]);
  expect(together[0]).not.toEqual(together[2]);
  expect(media.encodeTogether([])).toEqual([]);
});

test("a projector that takes one picture at a time gets one", () => {
  using media = open(join(assets, "tiny-mmproj.gguf"));
  using prompt = pictures(media);
  const [first, ...others] = prompt.chunks;
  expect(media.encodeTogether(prompt.chunks)).toEqual([media.encode(first!.ptr, first!.nTokens)]);
  expect(media.encodeTogether(others)).toHaveLength(1);
});

test.each([
  [{ batch_max_tokens: 0 }, /batch_max_tokens must be .* not 0/],
  [{ image_max_tokens: 2 ** 31 }, /image_max_tokens must be .* not 2147483648/],
  [{ n_threads: 100_000 }, /n_threads must be .* to 512/],
])("refuses %j", (options, reason) => {
  expect(() => open(join(assets, "tiny-mmproj.gguf"), options)).toThrow(reason);
});
