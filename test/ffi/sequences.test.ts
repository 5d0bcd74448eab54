import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Context } from "../../ffi/context.ts";
import { MediaContext } from "../../ffi/media.ts";
import type { Model } from "../../ffi/model.ts";
import { Sampler } from "../../ffi/sampler.ts";
import { packTokens, saveChunk, unpackTokens } from "../../ffi/slot-tokens.ts";
import { colours, pngOf } from "../support/pictures.ts";
import { ask, assets, decodeTokens, loadModel, tinyContext } from "../support/tiny-native.ts";

const folder = mkdtempSync(join(tmpdir(), "hutch-sequences-"));
const path = join(folder, "slot.bin");
let model: Model;
let context: Context;

beforeAll(() => {
  model = loadModel();
  context = new Context(model, tinyContext);
});
afterAll(() => {
  context[Symbol.dispose]();
  model[Symbol.dispose]();
  rmSync(folder, { recursive: true });
});

/** The likeliest next token after `row`. */
function next(row: number, of = context): number {
  using sampler = new Sampler(model, { temperature: 0 });
  return sampler.sample(of, row);
}

describe("a sequence in a file", () => {
  test("goes on in another context where it stopped", () => {
    const tokens = model.tokenize(ask("What is the capital of France?"), true, true);
    const head = tokens.subarray(0, -1);
    const expected = next(decodeTokens(context, tokens));
    context.removeCells(0, 0);
    decodeTokens(context, head);
    const nBytes = context.saveSequence(path, 0, head);
    expect(nBytes).toBe(Bun.file(path).size);

    using other = new Context(model, tinyContext);
    decodeTokens(other, [1, 2, 3], { seqId: 2 });
    const restored = other.restoreSequence(path, 2, 512);
    expect(restored.nBytes).toBe(nBytes);
    expect(restored.payload).toEqual(head);
    expect(other.lastPosition(2)).toBe(head.length - 1);
    const row = decodeTokens(other, tokens.subarray(-1), { seqId: 2, from: head.length });
    expect(next(row, other)).toBe(expected);
  });

  test("may have a payload of its own, or none", () => {
    context.removeCells(0, 0);
    decodeTokens(context, [1, 2, 3]);
    for (const payload of [Int32Array.of(-1, 7), new Int32Array(0)]) {
      context.saveSequence(path, 0, payload);
      expect(context.restoreSequence(path, 1, 2).payload).toEqual(payload);
    }
  });

  test("that cannot be read is an error with a reason, and leaves the row empty", () => {
    const restore = (from: string, nMax = 512) => {
      decodeTokens(context, [1, 2, 3], { seqId: 3 });
      expect(() => context.restoreSequence(from, 3, nMax)).toThrow(Error);
      expect(context.lastPosition(3)).toBe(-1);
    };
    restore(join(folder, "missing.bin"));
    writeFileSync(join(folder, "text.bin"), "not a sequence at all, but long enough for a head");
    restore(join(folder, "text.bin"));
    context.removeCells(0, 0);
    decodeTokens(context, [1, 2, 3]);
    context.saveSequence(path, 0, Int32Array.of(1, 2, 3));
    restore(path, 2);
    truncateSync(path, Bun.file(path).size - 100);
    restore(path);
  });

  test("needs a place to be written to", () => {
    expect(() =>
      context.saveSequence(join(folder, "no/such/folder"), 0, new Int32Array(0)),
    ).toThrow(/save/);
  });

  test("that is longer than the cache is refused", () => {
    context.removeCells(0, 0);
    decodeTokens(context, new Int32Array(256).fill(5));
    decodeTokens(context, new Int32Array(44).fill(5), { from: 256 });
    context.saveSequence(path, 0, new Int32Array(300));
    using small = new Context(model, { ...tinyContext, n_ctx: 256 });
    expect(() => small.restoreSequence(path, 0, 512)).toThrow(/fit/);
    expect(small.lastPosition(0)).toBe(-1);
  });
});

describe("moving cells", () => {
  test("closes the gap that a context shift leaves", () => {
    context.removeCells(0, 0);
    decodeTokens(context, model.tokenize("one two three four five six seven", false, false));
    const last = context.lastPosition(0);
    expect(context.removeCells(0, 2, 5)).toBe(true);
    context.moveCells(0, 5, -1, -3);
    expect([context.firstPosition(0), context.lastPosition(0)]).toEqual([0, last - 3]);
    expect(() => decodeTokens(context, [5], { from: last - 2 })).not.toThrow();
    context.clear();
    expect(context.lastPosition(0)).toBe(-1);
  });
});

describe("packed tokens", () => {
  const picture = () => {
    using media = new MediaContext(join(assets, "tiny-mmproj.gguf"), model, {
      n_threads: 1,
      media_marker: "<picture>",
    });
    const red = { shape: "circle", colour: colours.red, background: colours.white } as const;
    const file = Buffer.from(pngOf(red), "base64");
    using prompt = media.tokenize("a<picture>b", [file], false);
    const chunk = prompt.chunks.find(({ type }) => type === "media");
    if (chunk?.type !== "media") throw new Error("no picture");
    return { id: chunk.id, nTokens: chunk.nTokens, nPos: chunk.nPos, saved: saveChunk(chunk.ptr) };
  };

  test("survive with their pictures", () => {
    const { id, nTokens, nPos, saved } = picture();
    const keys = [1, ...new Array(nTokens).fill(-5), 2];
    const packed = packTokens(keys, [{ start: 1, saved }]);
    expect(unpackTokens(packed)).toEqual({
      keys: Int32Array.from([1, ...new Array(nTokens).fill(-1), 2]),
      media: [{ start: 1, saved, id, nTokens, nPos }],
    });
  });

  test("may be tokens alone, in either form", () => {
    const keys = Int32Array.of(4, 5, 6);
    expect(unpackTokens(packTokens(keys, []))).toEqual({ keys, media: [] });
    expect(unpackTokens(keys)).toEqual({ keys, media: [] });
    expect(unpackTokens(new Int32Array(0))).toEqual({ keys: new Int32Array(0), media: [] });
  });

  test("that are cut or nonsense are an error", () => {
    const { saved, nTokens } = picture();
    const packed = packTokens(new Int32Array(nTokens).fill(-1), [{ start: 0, saved }]);
    for (let n = 1; n < packed.length; n++) {
      expect(() => unpackTokens(packed.subarray(0, n))).toThrow("slot file");
    }
    expect(() => unpackTokens(Int32Array.of(-1, 99, 0, 0))).toThrow("version");
    const astray = packTokens([1, 2], [{ start: 1, saved }]);
    expect(() => unpackTokens(astray)).toThrow("outside");
    const broken = packTokens([-1], [{ start: 0, saved: saved.slice(0, 9) }]);
    expect(() => unpackTokens(broken)).toThrow("cannot read");
  });
});
