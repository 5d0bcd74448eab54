import { describe, expect, test } from "bun:test";
import { readServeSettings } from "../../src/core/settings.ts";

const read = (argv: string[], env: Record<string, string> = {}) =>
  readServeSettings(argv, env, 11434);

describe("serve settings", () => {
  test("defaults: loopback, the given port, nothing else", () => {
    expect(read([])).toMatchObject({ hostname: "127.0.0.1", port: 11434, nEnginesMax: 3 });
    expect(read([]).modelPath).toBeUndefined();
  });

  test.each([
    [
      ["-m", "x.gguf", "-c", "4096", "-np", "8", "-ngl", "0"],
      { modelPath: "x.gguf", nCtxSeq: 4096, nParallel: 8, nGpuLayers: 0 },
    ],
    [
      ["--model=x.gguf", "--ctx_size", "5", "--port=0"],
      { modelPath: "x.gguf", nCtxSeq: 5, port: 0 },
    ],
    [["--threads", "2", "--threads", "3"], { nThreads: 3 }],
  ])("reads %p", (argv, expected) => expect(read(argv)).toMatchObject(expected));

  test.each([
    ["0.0.0.0", { hostname: "0.0.0.0", port: 11434 }],
    ["0.0.0.0:8000", { hostname: "0.0.0.0", port: 8000 }],
    [":9000", { hostname: "127.0.0.1", port: 9000 }],
    ["http://box.lan:81/", { hostname: "box.lan", port: 81 }],
    ["[::1]:5", { hostname: "::1", port: 5 }],
    ["::1", { hostname: "::1", port: 11434 }],
  ])("HUTCH_HOST %p", (value, expected) =>
    expect(read([], { HUTCH_HOST: value })).toMatchObject(expected),
  );

  test("flags win over variables, Hutch's variables over Ollama's", () => {
    const env = { OLLAMA_HOST: "1.1.1.1:1", HUTCH_HOST: "2.2.2.2:2", HUTCH_PARALLEL: "4" };
    expect(read([], env)).toMatchObject({ hostname: "2.2.2.2", port: 2, nParallel: 4 });
    expect(read(["--host", "3.3.3.3", "--port", "3", "-np", "5"], env)).toMatchObject({
      hostname: "3.3.3.3",
      port: 3,
      nParallel: 5,
    });
  });

  test.each([
    [["--prot", "1"], 'unknown argument "--prot"; did you mean --port?'],
    [["--port"], "--port needs a value: N"],
    [["--port", "70000"], '--port must be a whole number from 0 to 65535, not "70000"'],
    [["-c", "many"], '-c must be a whole number of at least 1, not "many"'],
    [["-np", "0"], '-np must be a whole number from 1 to 200, not "0"'],
    [["--mmproj", "x"], "--mmproj needs --model: a projector belongs to a model"],
  ])("%p is an error that says what to do", (argv, message) =>
    expect(() => read(argv)).toThrow(message),
  );

  test("a bad variable is named", () => {
    expect(() => read([], { HUTCH_PARALLEL: "x" })).toThrow("HUTCH_PARALLEL must be");
    expect(() => read([], { HUTCH_HOST: "a:b:c" })).toThrow("HUTCH_HOST is no address");
  });
});
