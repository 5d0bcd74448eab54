import { expect, test } from "bun:test";
import { backendsIn } from "../../src/cli/version.ts";

test("backends are told by their libraries, processors in brackets", () => {
  const common = ["libggml-base.so", "libggml.so.0", "libllama.so.0", "libgcc_s.so.1"];
  expect(backendsIn([...common, "libggml-cpu.so", "libggml-rpc.so"])).toBe("cpu, rpc");
  expect(
    backendsIn([...common, "libggml-cpu-armv8.0_1.so", "libggml-cpu-zen4.so", "libggml-rpc.so"]),
  ).toBe("cpu (armv8.0_1, zen4), rpc");
});
