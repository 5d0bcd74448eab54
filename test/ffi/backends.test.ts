import { expect, test } from "bun:test";
import { devices } from "../../ffi/devices.ts";
import { Model } from "../../ffi/model.ts";
import { loadBackends } from "../../ffi/native.ts";
import { loadModel, tinyContext, tinyPath } from "../support/tiny-native.ts";

const model = loadModel();

test("a library that is none, or not there, is told of, and the CPU computes on", () => {
  const failures = loadBackends(["/nonexistent/libggml-x.so", import.meta.path]);
  expect(failures.map(({ path }) => path)).toEqual(["/nonexistent/libggml-x.so", import.meta.path]);
  expect(failures[0]?.reason).toContain("cannot open shared object file");
  expect(failures[1]?.reason).toContain("invalid ELF header");
  const cpu = devices().find(({ name }) => name === "CPU");
  expect(cpu).toMatchObject({ backend: "CPU", type: "cpu", isGpu: false });
});

test("a model without its weights can be asked", () => {
  using measured = Model.load(tinyPath, { no_alloc: true }, () => {});
  const facts = ({ nCtxTrain, nBytes, kvBytesPerCell, nVocab }: Model) => [
    nCtxTrain,
    nBytes,
    kvBytesPerCell,
    nVocab,
  ];
  expect(facts(measured)).toEqual(facts(model));
});

test("what fits is loaded as it was asked for, and a file that is none is an error", () => {
  const options = { check_tensors: true, devices: ["none"] };
  expect(Model.fitted(tinyPath, options, tinyContext, [0])).toEqual(options);
  expect(() => Model.fitted("/nonexistent.gguf", {}, tinyContext, [0])).toThrow("cannot fit");
  expect(() => Model.fitted(tinyPath, {}, tinyContext, [])).toThrow("margins");
});
