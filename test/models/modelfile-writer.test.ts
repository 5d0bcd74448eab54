import { describe, expect, test } from "bun:test";
import type { ModelfileParts } from "../../src/models/described.ts";
import { parseModelfile } from "../../src/models/modelfile.ts";
import { modelfileText } from "../../src/models/modelfile-writer.ts";

const readBack = (parts: ModelfileParts) =>
  parseModelfile(new TextEncoder().encode(modelfileText(parts))).commands.map(
    ({ name, key, value }) => [name, key, value],
  );

/** Pieces that a value is made of: what means something in a Modelfile, and what does not. */
const pieces = ['"', '""', '"""', "#", '"""#', "\n", "\r\n", "\r", " ", "\t", "FROM b", "{{ . }}"];
const plain = ["a", "größe", "\u00a0", "\ufeff", "🙂"];

/** Small numbers that look random and are the same in every run. */
function* numbers(seed: number): Generator<number> {
  for (let x = seed; ; ) {
    x = (Math.imul(x, 1_103_515_245) + 12_345) >>> 0;
    yield x >>> 16;
  }
}

describe("the writer of Modelfiles", () => {
  test("writes every command, values as plainly as they can be read back", () => {
    const text = modelfileText({
      from: ["/a/model.gguf", "/a/mmproj.gguf"],
      adapters: ["/a/lora.gguf"],
      draft: "/a/draft.gguf",
      template: '{{ .Prompt }}\n"x"',
      renderer: "qwen3",
      parser: "qwen3",
      system: "You are Mario.",
      parameters: [
        ["temperature", 0.5],
        ["stop", "###"],
        ["stop", " User:"],
        ["use_mmap", false],
      ],
      messages: [{ role: "user", content: "one\ntwo" }],
      licenses: ["MIT", ""],
      requires: "0.14.0",
    });
    expect(text.split("\n")).toEqual([
      "FROM /a/model.gguf",
      "FROM /a/mmproj.gguf",
      "ADAPTER /a/lora.gguf",
      "DRAFT /a/draft.gguf",
      'TEMPLATE """{{ .Prompt }}',
      '"x""""',
      "RENDERER qwen3",
      "PARSER qwen3",
      "SYSTEM You are Mario.",
      "PARAMETER temperature 0.5",
      "PARAMETER stop ###",
      'PARAMETER stop " User:"',
      "PARAMETER use_mmap false",
      'MESSAGE user "one',
      'two"',
      "LICENSE MIT",
      'LICENSE ""',
      "REQUIRES 0.14.0",
      "",
    ]);
  });

  test("what it writes is read back, whatever the values hold", () => {
    const random = numbers(7);
    const next = (n: number) => (random.next().value ?? 0) % n;
    const words = [...pieces, ...plain];
    for (let i = 0; i < 3000; i++) {
      const value = Array.from({ length: next(6) }, () => words[next(words.length)]).join("");
      const parts: ModelfileParts = {
        from: ["a"],
        template: value,
        parameters: [["stop", value]],
        messages: [{ role: "assistant", content: value }],
        licenses: [value],
      };
      expect(readBack(parts)).toEqual([
        ["from", "", "a"],
        ["template", "", value],
        ["parameter", "stop", value],
        ["message", "assistant", value],
        ["license", "", value],
      ]);
    }
  });

  test("half a character is written as UTF-8 has it", () => {
    expect(readBack({ from: ["a"], system: "\ud800" })[1]).toEqual(["system", "", "\ufffd"]);
  });
});
