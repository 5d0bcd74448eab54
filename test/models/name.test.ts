import { expect, test } from "bun:test";
import { AppError } from "../../src/core/errors.ts";
import {
  fullName,
  isSameName,
  nameKey,
  parseName,
  requireName,
  shortName,
} from "../../src/models/name.ts";

/** After Ollama's types/model/name_test.go. */
test.each([
  ["llama3.2", "registry.ollama.ai/library/llama3.2:latest", "llama3.2:latest"],
  ["llama3.2:1b", "registry.ollama.ai/library/llama3.2:1b", "llama3.2:1b"],
  ["library/llama3.2", "registry.ollama.ai/library/llama3.2:latest", "llama3.2:latest"],
  ["me/x", "registry.ollama.ai/me/x:latest", "me/x:latest"],
  ["registry.ollama.ai/library/x:y", "registry.ollama.ai/library/x:y", "x:y"],
  ["Registry.Ollama.AI/Library/x:y", "Registry.Ollama.AI/Library/x:y", "x:y"],
  ["hf.co/me/x:Q4_K_M", "hf.co/me/x:Q4_K_M", "hf.co/me/x:Q4_K_M"],
  ["localhost:5000/me/x", "localhost:5000/me/x:latest", "localhost:5000/me/x:latest"],
  ["localhost:5000/me/x:y", "localhost:5000/me/x:y", "localhost:5000/me/x:y"],
  ["https://example.com/me/x", "example.com/me/x:latest", "example.com/me/x:latest"],
  ["_x", "registry.ollama.ai/library/_x:latest", "_x:latest"],
])("%s is %s, for short %s", (text, full, short) => {
  const name = requireName(text);
  expect(fullName(name)).toBe(full);
  expect(shortName(name)).toBe(short);
});

test("the scheme is kept for whoever speaks to the registry", () => {
  expect(parseName("http://host/me/x")?.scheme).toBe("http");
  expect(parseName("host/me/x")?.scheme).toBeUndefined();
});

const noNames = [
  "",
  ":",
  ":tag",
  "x:",
  "/x",
  "x/",
  "a//x",
  "a/b/c/d",
  ".",
  "..",
  "../x",
  "../../../etc/passwd",
  "..:..",
  "x:..",
  "x:../../y",
  "../../x/y:z",
  "%2e%2e/x",
  "x\0y",
  "x\ny",
  "x y",
  "-x",
  ".x",
  "ns.dot/x",
  "a@sha256-123/x",
  "x".repeat(81),
  `${"x".repeat(81)}/y`,
  `x:${"y".repeat(81)}`,
  `${"h".repeat(351)}/a/b`,
  "x".repeat(10_000),
  "x/".repeat(5_000),
  ":".repeat(10_000),
  "ünï",
];

test.each(noNames.map((text) => [text.slice(0, 100), text]))("%j is no name", (_shown, text) => {
  expect(parseName(text)).toBeNull();
  expect(() => requireName(text)).toThrow(new AppError("invalid_request", "invalid model name"));
});

test("case does not make another name", () => {
  expect(isSameName(requireName("Llama3:1B"), requireName("library/llama3:1b"))).toBe(true);
  expect(isSameName(requireName("llama3:1b"), requireName("llama3:2b"))).toBe(false);
  expect(nameKey("LLAMA3")).toBe(nameKey("registry.ollama.ai/library/llama3:latest"));
  expect(nameKey("No name!")).toBe("No name!");
});
