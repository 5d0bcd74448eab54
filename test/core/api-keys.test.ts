import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { apiKey, hashOf, keyLine, randomKey, readKeyFile } from "../../src/core/api-keys.ts";

const dir = mkdtempSync(join(tmpdir(), "hutch-keys-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const path = join(dir, "keys");
function read(text: string) {
  writeFileSync(path, text);
  return readKeyFile(path);
}

describe("a file of keys", () => {
  test("has one a line, with a name and limits or without", () => {
    const text = `# for the family\r
one
\ttwo  name=laptop requests=60\ttokens=20000 models=tiny,qwen3*
sha256:${hashOf("three").toUpperCase()} name=phone

#four`;
    expect(read(text)).toEqual([
      { name: "line-2", hash: hashOf("one"), limits: {} },
      {
        name: "laptop",
        isNamed: true,
        hash: hashOf("two"),
        limits: { requests: 60, tokens: 20_000, models: ["tiny", "qwen3*"] },
      },
      { name: "phone", isNamed: true, hash: hashOf("three"), limits: {} },
    ]);
  });

  test.each([
    ["secret requests=0", "line 1: requests= takes a whole number above 0"],
    ["# a\nsecret tokens=1e3", "line 2: tokens= takes a whole number above 0"],
    ["secret name=my$key", "line 1: a name has letters"],
    ["secret name=", "line 1: after a key come name=, requests=, tokens= and models="],
    ["secret words hunter2", "line 1: after a key come"],
    ["sha256:abc", "line 1: a hash is sha256: and 64 hexadecimal digits"],
    [`secret\nsha256:${hashOf("secret")}`, "line 2: the key is there already"],
    ["secret models=,", "line 1: models= names at least one"],
  ])("%j is refused, and the message holds nothing of the key", (text, problem) => {
    const message = thrown(() => read(text));
    expect(message).toContain(problem);
    expect(message).not.toMatch(/secret|hunter2|abc/);
  });

  test("that is not there is named", () => {
    expect(thrown(() => readKeyFile(join(dir, "none")))).toBe(
      `${join(dir, "none")} cannot be read`,
    );
  });
});

test("a line that is written is the key that was meant", () => {
  const limits = { requests: 3, tokens: 4, models: ["a:b", "c/*"] };
  const key = { ...apiKey("secret", "x.y"), limits };
  expect(keyLine(key)).not.toContain("secret");
  expect(read(keyLine(key))).toEqual([{ ...key, isNamed: true }]);
  expect(() => keyLine({ ...key, name: "two words" })).toThrow("a name has letters");
});

test("keys are long, and never the same", () => {
  expect(randomKey()).toMatch(/^sk-hutch-[\w-]{43}$/);
  expect(randomKey()).not.toBe(randomKey());
});

function thrown(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error("nothing was thrown");
}
