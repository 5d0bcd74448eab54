import { describe, expect, test } from "bun:test";
import type { LoadOptions } from "../../src/core/load.ts";
import type { GgufMetadata } from "../../src/models/gguf-metadata.ts";
import { readGgufMetadata } from "../../src/models/gguf-metadata.ts";
import { estimate } from "../../src/supervisor/memory-fit.ts";

const gib = 1024 ** 3;
const mib = 1024 ** 2;

/** Llama 3 8B: 32 layers, 8 heads of K and V of 128 values. */
const llama: GgufMetadata = new Map<string, string | number>([
  ["general.architecture", "llama"],
  ["llama.block_count", 32],
  ["llama.embedding_length", 4096],
  ["llama.attention.head_count", 32],
  ["llama.attention.head_count_kv", 8],
  ["llama.context_length", 131_072],
]);
const room = { host: 64 * gib, gpu: 0 };
const hostOf = (load: LoadOptions, header: GgufMetadata | null = llama) =>
  estimate({ fileBytes: 5 * gib, header, load }, room, false).host;

/** What a context adds: K and V of f16 in each layer. */
const kvBytes = (nCells: number) => nCells * 32 * 2 * 8 * 128 * 2;
const one = (nCtxSeq: number): LoadOptions => ({ nCtxSeq, nParallel: 1 });

describe("what a model will need", () => {
  test("is its files, its context and a little more", () => {
    const bytes = hostOf(one(8192));
    expect(bytes).toBeGreaterThan(5 * gib + kvBytes(8192));
    expect(bytes).toBeLessThan(5 * gib + kvBytes(8192) + 512 * mib);
  });

  test("grows with the context and the slots", () => {
    expect(hostOf(one(16_384)) - hostOf(one(8192))).toBe(kvBytes(8192));
    expect(hostOf({ nCtxSeq: 8192, nParallel: 4 }) - hostOf(one(8192))).toBe(kvBytes(3 * 8192));
    expect(hostOf({ ...one(8192), nCtxSeqMin: 16_384 })).toBe(hostOf(one(16_384)));
  });

  test("shrinks with the type of the KV cache", () => {
    const context = { type_k: "q8_0", type_v: "q8_0" };
    const saved = hostOf(one(8192)) - hostOf({ ...one(8192), context });
    expect(saved).toBe(kvBytes(8192) * (1 - 34 / 64));
  });

  test("a context that nobody asked for fits what is free", () => {
    const free = (host: number) =>
      estimate({ fileBytes: 0, header: llama, load: {} }, { host, gpu: 0 }, false).host;
    expect(free(64 * gib) - free(gib)).toBe(kvBytes(32_768) - gib / 4);
    expect(free(-gib)).toBe(free(0));
  });

  test("is on GPUs where there are any, as far as the options let it", () => {
    const on = (load: LoadOptions) =>
      estimate({ fileBytes: 5 * gib, header: llama, load: { ...one(8192), ...load } }, room, true);
    const { host, gpu } = on({});
    expect([host < 0.2 * gib, gpu > 5 * gib]).toEqual([true, true]);
    expect(on({ model: { n_gpu_layers: 0 } })).toEqual({ host: hostOf(one(8192)), gpu: 0 });
    expect(on({ model: { devices: ["none"] } }).gpu).toBe(0);
    expect(on({ model: { n_gpu_layers: 11 } }).gpu).toBeCloseTo(gpu / 3, -3);
  });

  test("is at least its files when the header says nothing", () => {
    expect(hostOf({}, null)).toBeGreaterThan(5 * gib);
  });

  test("of a real file is close to what it takes", () => {
    const path = "assets/tiny-text.gguf";
    const header = readGgufMetadata(path);
    const { host } = estimate({ fileBytes: Bun.file(path).size, header, load: {} }, room, false);
    expect(host).toBeGreaterThan(64 * mib); // the process itself
    expect(host).toBeLessThan(200 * mib);
  });
});
