import { describe, expect, test } from "bun:test";
import { jsonEnd, jsonMembers } from "../../src/engine/json-scan.ts";

describe("jsonEnd", () => {
  test.each([
    ['{"a":1} b', 7],
    ['{"a":"}"}', 9],
    ['{"a":"\\"}"}', 11],
    ['{"a":[{}]}}', 10],
    ['{"a":', null],
    ['{"a":"', null],
    ["[1]", 3],
  ])("%s", (text, end) => {
    expect(jsonEnd(text, 0)).toBe(end);
  });
});

describe("jsonMembers", () => {
  test("values stay as they are written", () => {
    const text = '{ "a" : 1e400 ,"b":"x,\\"}" , "c": {"d":[1, 2]}, "e\\n": null}';
    expect([...(jsonMembers(text) ?? [])]).toEqual([
      ["a", "1e400"],
      ["b", '"x,\\"}"'],
      ["c", '{"d":[1, 2]}'],
      ["e\n", "null"],
    ]);
  });

  test.each(["[1]", "1", "{", "{a:1}", ""])("%p has none", (text) => {
    expect(jsonMembers(text)).toBeNull();
  });
});
