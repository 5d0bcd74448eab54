import { describe, expect, test } from "bun:test";
import {
  ggufName,
  isModelFile,
  parseRepo,
  partsOf,
  pickCompanion,
  pickModel,
} from "../../src/models/hub-selection.ts";

describe("parseRepo", () => {
  test.each([
    ["org/repo", { repo: "org/repo", tag: "" }],
    ["org/re.po-1_GGUF:Q4_K_M", { repo: "org/re.po-1_GGUF", tag: "Q4_K_M" }],
    ["org/repo:", { repo: "org/repo", tag: "" }],
  ])("reads %s", (text, name) => expect(parseRepo(text)).toEqual(name));

  test.each([
    ["repo"],
    ["a/b/c"],
    ["../etc"],
    ["org/.."],
    ["org/a..b"],
    ["/repo"],
    ["org/re po"],
    [`org/${"x".repeat(300)}`],
  ])("refuses %s", (text) => expect(() => parseRepo(text)).toThrow("is no repository"));
});

describe("ggufName", () => {
  test.each([
    ["m-Q8_0.gguf", { prefix: "m-Q8_0", tag: "Q8_0", index: 1, count: 1 }],
    ["d/m.q4_k_m-00002-of-00003.gguf", { prefix: "d/m.q4_k_m", tag: "Q4_K_M", index: 2, count: 3 }],
    ["plain.gguf", { prefix: "plain", tag: "", index: 1, count: 1 }],
    ["README.md", null],
  ])("reads %s", (path, name) => expect(ggufName(path)).toEqual(name));
});

test.each([
  ["m.gguf", true],
  ["d/m-Q8_0-00001-of-00002.gguf", true],
  ["d/m-Q8_0-00002-of-00002.gguf", false],
  ["mmproj-m-f16.gguf", false],
  ["mtp-m.gguf", false],
  ["imatrix.gguf", false],
  ["mmproj/m.gguf", true],
  ["m.bin", false],
])("%s is a model: %p", (path, isModel) => expect(isModelFile(path)).toBe(isModel));

describe("pickModel", () => {
  const files = ["README.md", "mmproj-F16.gguf", "m-F16.gguf", "m-Q8_0.gguf", "m-Q4_K_M.gguf"];

  test.each([
    ["takes Q4_K_M when nothing is asked for", files, "", "m-Q4_K_M.gguf"],
    ["then Q8_0", files.slice(0, 4), "", "m-Q8_0.gguf"],
    ["then the first model", files.slice(0, 3), "", "m-F16.gguf"],
    ["takes what is asked for, in any case", files, "f16", "m-F16.gguf"],
    ["takes nothing else when that is not there", files, "Q2_K", undefined],
    ["a tag ends with . or -", ["m-Q4_K_M.gguf", "m-Q4_K.gguf"], "Q4_K", "m-Q4_K.gguf"],
    ["a tag's signs mean themselves", ["m-Q4xK.gguf"], "Q4.K", undefined],
    [
      "a folder may be named after the tag, and the first part stands for all",
      ["Q8_0-x/m-00002-of-00002.gguf", "Q8_0-x/m-00001-of-00002.gguf"],
      "Q8_0",
      "Q8_0-x/m-00001-of-00002.gguf",
    ],
  ])("%s", (_, paths, tag, picked) => expect(pickModel(paths, tag)).toBe(picked as string));
});

describe("partsOf", () => {
  const parts = ["m-00001-of-00003.gguf", "m-00002-of-00003.gguf", "m-00003-of-00003.gguf"];

  test("names all parts of a split model, in order", () => {
    expect(partsOf([...parts].reverse(), "m-00001-of-00003.gguf")).toEqual(parts);
    expect(partsOf(["m.gguf"], "m.gguf")).toEqual(["m.gguf"]);
  });

  test("says which part is missing", () =>
    expect(() => partsOf(parts.slice(0, 2), "m-00001-of-00003.gguf")).toThrow(
      "part 3 of 3 is missing: m-00003-of-00003.gguf",
    ));
});

test.each([
  ["the closest quantization", ["mmproj-F32.gguf", "mmproj-Q8_0.gguf"], "m-Q4_0.gguf", 1],
  ["the deepest common folder", ["mmproj-Q8_0.gguf", "a/mmproj-F32.gguf"], "a/m-Q8_0.gguf", 1],
  ["no other model's", ["b/mmproj-Q8_0.gguf"], "a/m-Q8_0.gguf", -1],
])("the companion of a model is %s", (_, paths, model, i) => {
  expect(pickCompanion([...paths, model], model, "mmproj")).toBe(paths[i] as string);
});
