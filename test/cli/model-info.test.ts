import { expect, test } from "bun:test";
import { modelInfo } from "../../src/cli/commands/model-info.ts";

test("numbers are as exact as the file that holds them", () => {
  const info = { "llama.eps": 0.000009999999747378752, "llama.base": 1_000_000, "llama.f": 0.5 };
  const text = modelInfo({ model_info: info }, true);
  expect(text).toMatch(/llama\.base +1000000\n +llama\.eps +0\.00001\n +llama\.f +0\.5$/);
});
