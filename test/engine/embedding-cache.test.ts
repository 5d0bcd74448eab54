import { expect, test } from "bun:test";
import { EmbeddingCache } from "../../src/engine/embedding-cache.ts";

test("encodes each picture once, and drops the least recently used beyond its limit", () => {
  const cache = new EmbeddingCache(3 * 4 * 10); // three pictures of ten floats
  const encoded: string[] = [];
  const get = (id: string) =>
    cache.get(id, () => {
      encoded.push(id);
      return new Float32Array(10).fill(id.charCodeAt(0));
    });
  for (const id of ["a", "b", "c", "a"]) expect(get(id)[0]).toBe(id.charCodeAt(0));
  get("d"); // b is the one unused for longest
  for (const id of ["a", "c", "d"]) get(id);
  expect(encoded).toEqual(["a", "b", "c", "d"]);
  get("b");
  expect(encoded).toEqual(["a", "b", "c", "d", "b"]);
});

test("a picture larger than the whole cache is still encoded and returned", () => {
  const cache = new EmbeddingCache(4);
  expect(cache.get("big", () => new Float32Array(100))).toHaveLength(100);
});
