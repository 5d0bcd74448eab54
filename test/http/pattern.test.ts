import { expect, test } from "bun:test";
import { nSkippable } from "../../src/http/pattern.ts";

test.each([
  ["^abc{3}[a?*]+\\?$", 0],
  ["^a?b*c{0,9}$", 3],
  ["^.{1,500}$", 0],
  ["^([0-9a-f]{1,4}:){7}[0-9a-f]{1,4}$", 0],
  ["^(a?){20}$", 20],
  ["^((?:a?b){2,10}c){30}$", 300],
  ["^(a|)(|a)(a||b)()$", 4],
  ["^(a?b?)?$", 3],
  ["a?)(b?", 2],
])("%j has %i parts that may be absent", (pattern, n) => {
  expect(nSkippable(pattern)).toBe(n);
});
