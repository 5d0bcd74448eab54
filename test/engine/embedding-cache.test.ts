import { expect, test } from "bun:test";
import { EmbeddingCache } from "../../src/engine/embedding-cache.ts";

test("keeps pictures, and drops the least recently used beyond its limit", () => {
  const cache = new EmbeddingCache(3 * 4 * 10); // three pictures of ten floats
  const put = (id: string) => cache.put(id, new Float32Array(10).fill(id.charCodeAt(0)));
  for (const id of ["a", "b", "c"]) put(id);
  expect(cache.get("a")?.[0]).toBe("a".charCodeAt(0));
  put("d"); // b is the one unused for longest
  expect(["a", "b", "c", "d"].map((id) => cache.has(id))).toEqual([true, false, true, true]);
  expect(cache.get("b")).toBeUndefined();
});

test("a picture larger than the whole cache is not kept, and drops no other", () => {
  const cache = new EmbeddingCache(40);
  cache.put("small", new Float32Array(10));
  cache.put("big", new Float32Array(100));
  expect([cache.has("small"), cache.has("big")]).toEqual([true, false]);
});
