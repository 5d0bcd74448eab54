import { describe, expect, test } from "bun:test";
import { dirname, join, normalize } from "node:path";

const root = join(import.meta.dir, "..");

interface SourceFile {
  /** Relative to the checkout. */
  path: string;
  text: string;
}

/** Which folder's files may import which other folders'. Their own is always allowed. */
const mayImport: Record<string, readonly string[]> = {
  "src/core": [],
  ffi: ["src/core"],
  "src/chat": ["src/core"],
  "src/models": ["src/core", "src/chat"],
  "src/engine": ["src/core", "ffi", "src/chat"],
  "src/supervisor": ["src/core", "src/models"],
  "src/http": ["src/core", "src/models", "src/supervisor", "src/web"],
  "src/cli": ["src/core", "src/models", "src/http", "src/engine", "src/supervisor"],
  "src/web": [],
  "src/main.ts": ["src/cli", "src/engine"],
};

/** Files that may import one file more, with why. */
const exceptions: Record<string, string> = {
  // What systemd wants to be told can only be said through C, by the server's own process.
  "src/cli/systemd.ts": "ffi/datagram-socket.ts",
};

/** Data that any file may import. */
const data =
  /^(package\.json|openapi\.yaml|native\/(llama-cpp|backends)\.json|docs\/hutch\.service|assets\/.*)$/;

/** Folders of src/http that are not dialects. */
const notDialects = ["docs"];

/** Nitro's chat route is OpenAI's. */
const dialectsMayImport: Record<string, readonly string[]> = { nitro: ["openai"] };

/** Packages that only one folder may name. */
const ownerOfPackage: { pattern: RegExp; owner: string; tests?: string }[] = [
  { pattern: /^(elysia|@elysiajs\/[^/]+)(\/|$)/, owner: "src/http" },
  { pattern: /^bun:ffi$/, owner: "ffi", tests: "test/ffi/" },
];

const nLinesMax = 400;
const nColumnsMax = 100;

/** Names that say nothing about what a file holds: wherever they stand, and alone. */
const emptyWords = ["util", "utils", "helper", "helpers", "manager", "service"];
const emptyNames = [...emptyWords, "common", "types", "index"];

/** The folder that the rules speak of: `src/http` of src/http/sse.ts, `ffi` of ffi/model.ts. */
function folderOf(path: string): string {
  const [first = "", second = ""] = path.split("/");
  return first === "src" ? `${first}/${second}` : first;
}

function dialectOf(path: string): string | undefined {
  const name = /^src\/http\/([^/]+)\//.exec(path)?.[1];
  return name === undefined || notDialects.includes(name) ? undefined : name;
}

/** Everything a file imports, types too, statically or not. */
function importsOf(text: string): string[] {
  const patterns = [
    /^\s*(?:import|export)\s+(?:[\w$*\s{},]+?\s+from\s+|[\w$*\s{},]*\}\s*from\s*)?["']([^"']+)["']/gm,
    /\b(?:import|require)\(\s*["'`]([^"'`]+)["'`]/g,
  ];
  return patterns.flatMap((pattern) => [...text.matchAll(pattern)].map(([, name = ""]) => name));
}

function importViolations({ path, text }: SourceFile): string[] {
  const from = folderOf(path);
  const inProduct = Object.hasOwn(mayImport, from);
  return importsOf(text).flatMap((name) => {
    const { owner = from, tests } = ownerOfPackage.find(({ pattern }) => pattern.test(name)) ?? {};
    const isOwners = owner === from || (tests !== undefined && path.startsWith(tests));
    if (!isOwners) return [`${path} imports ${name}: only ${owner} may`];
    if (!name.startsWith(".") || !inProduct) return [];
    const target = normalize(join(dirname(path), name));
    const to = folderOf(target);
    if (data.test(target) || exceptions[path] === target) return [];
    if (to !== from && !mayImport[from]?.includes(to)) return [`${path} imports ${target}`];
    const [ours, theirs] = [dialectOf(path), dialectOf(target)];
    if (ours === undefined || theirs === undefined || ours === theirs) return [];
    if (dialectsMayImport[ours]?.includes(theirs)) return [];
    return [`${path} imports ${target}: a dialect never imports another`];
  });
}

/** A product file in a folder that the design does not name has no place in the import rules. */
function placeViolations({ path }: SourceFile): string[] {
  if (!/^(src|ffi)\//.test(path) || Object.hasOwn(mayImport, folderOf(path))) return [];
  return [`${path}: design.md knows no ${folderOf(path)}`];
}

function nameViolations({ path }: SourceFile): string[] {
  const wrong: string[] = [];
  for (const part of path.split("/")) {
    const stem = part.replace(/\..*$/, "");
    const words = stem.split("-");
    if (emptyNames.includes(stem) || words.some((word) => emptyWords.includes(word))) {
      wrong.push(`${path}: "${part}" does not say what it holds`);
    }
    if (!/^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+)*$/.test(part)) {
      wrong.push(`${path}: "${part}" is not kebab-case`);
    }
  }
  return wrong;
}

function sizeViolations({ path, text }: SourceFile): string[] {
  if (path.endsWith(".symbols.ts")) return []; // tables: as long as the headers they repeat
  const lines = text.replace(/\n$/, "").split("\n");
  const wrong = lines.flatMap((line, i) =>
    [...line].length > nColumnsMax && !mayBeLong(path, line)
      ? [`${path}:${i + 1} is too long`]
      : [],
  );
  if (lines.length > nLinesMax) wrong.push(`${path} has ${lines.length} lines`);
  return wrong;
}

/** Imports and addresses cannot be broken. In tests only comments count: Biome wraps the code. */
function mayBeLong(path: string, line: string): boolean {
  if (/^\s*(import|export)\b.*\bfrom\b|^\s*\} from "|#include|https?:\/\//.test(line)) return true;
  return path.startsWith("test/") && !/^\s*(\/\/|\/?\*)/.test(line);
}

async function sourceFiles(): Promise<SourceFile[]> {
  const glob = new Bun.Glob("{src,ffi,scripts,test,native}/**/*.{ts,tsx,mjs,c,h,cpp}");
  const paths = [...glob.scanSync({ cwd: root })].sort();
  return await Promise.all(
    paths.map(async (path) => ({ path, text: await Bun.file(join(root, path)).text() })),
  );
}

describe("the sources", async () => {
  const files = await sourceFiles();

  test("are found", () => {
    expect(files.map(({ path }) => path)).toContain("src/core/errors.ts");
  });

  test("import in the design's direction", () => {
    expect(files.flatMap(importViolations)).toEqual([]);
  });

  test("lie in folders that the design names", () => {
    expect(files.flatMap(placeViolations)).toEqual([]);
  });

  test("have kebab-case names that say something", () => {
    expect(files.flatMap(nameViolations)).toEqual([]);
  });

  test(`have at most ${nLinesMax} lines of at most ${nColumnsMax} columns`, () => {
    expect(files.flatMap(sizeViolations)).toEqual([]);
  });
});

describe("the rules themselves", () => {
  const imports = (path: string, text: string) => importViolations({ path, text });

  test.each([
    ["src/core/a.ts", 'import { b } from "../http/b.ts";', "imports src/http/b.ts"],
    ["src/core/a.ts", 'import type { B } from "../models/b.ts";', "imports src/models/b.ts"],
    ["src/core/a.ts", 'import {\n  type A,\n  b,\n} from "../cli/b.ts";', "imports src/cli/b.ts"],
    ["src/core/a.ts", 'export * from "../chat/b.ts";', "imports src/chat/b.ts"],
    ["src/core/a.ts", 'const b = await import("../engine/b.ts");', "imports src/engine/b.ts"],
    ["src/http/a.ts", 'import "../engine/loop.ts";', "imports src/engine/loop.ts"],
    [
      "src/supervisor/a.ts",
      'import { dlopen } from "../../ffi/native.ts";',
      "imports ffi/native.ts",
    ],
    ["src/engine/a.ts", 'import { dlopen } from "bun:ffi";', "only ffi may"],
    ["src/cli/serve.ts", 'import { Elysia } from "elysia";', "only src/http may"],
    ["src/core/a.ts", 'import { swagger } from "@elysiajs/swagger";', "only src/http may"],
    ["src/main.ts", 'import { a } from "./http/app.ts";', "imports src/http/app.ts"],
    ["ffi/a.ts", 'import { a } from "../test/support/a.ts";', "imports test/support/a.ts"],
    ["src/http/ollama/a.ts", 'import { a } from "../openai/b.ts";', "never imports another"],
    ["src/http/openai/a.ts", 'import { a } from "../nitro/b.ts";', "never imports another"],
  ])("%s: %s is reported", (path, text, message) => {
    expect(imports(path, text).join()).toContain(message);
  });

  test.each([
    ["src/engine/a.ts", 'import { a } from "../../ffi/native.ts";'],
    ["src/http/openai/a.ts", 'import { Elysia } from "elysia";\nimport { b } from "../sse.ts";'],
    ["src/http/nitro/a.ts", 'import { a } from "../openai/b.ts";'],
    ["src/main.ts", 'import { a } from "./cli/command-line.ts";'],
    ["src/cli/version.ts", 'import { version } from "../../package.json";'],
    ["src/core/a.ts", 'export const text = "../http/b.ts";\nimport { join } from "node:path";'],
    ["scripts/a.ts", 'import { a } from "../src/http/app.ts";'],
  ])("%s: %s is allowed", (path, text) => expect(imports(path, text)).toEqual([]));

  test.each(["src/http/utils.ts", "src/types/a.ts", "src/core/engine-manager.ts", "ffi/index.ts"])(
    "%s is reported for its name",
    (path) => expect(nameViolations({ path, text: "" })).toHaveLength(1),
  );

  test("other words, other spellings and other folders are reported", () => {
    expect(nameViolations({ path: "src/http/mediaTypes.ts", text: "" })).toHaveLength(1);
    expect(nameViolations({ path: "src/http/media-types.ts", text: "" })).toEqual([]);
    expect(placeViolations({ path: "src/agents/a.ts", text: "" })).toHaveLength(1);
  });

  test("sizes are reported, except where a line cannot be broken", () => {
    const size = (text: string, path = "src/core/a.ts") => sizeViolations({ path, text });
    expect(size("x\n".repeat(nLinesMax))).toEqual([]);
    expect(size("x\n".repeat(nLinesMax + 1))).toEqual([`src/core/a.ts has ${nLinesMax + 1} lines`]);
    expect(size("é".repeat(nColumnsMax))).toEqual([]);
    expect(size(`\n${"x".repeat(nColumnsMax + 1)}`)).toEqual(["src/core/a.ts:2 is too long"]);
    expect(size(`// https://${"x".repeat(nColumnsMax)}`)).toEqual([]);
    expect(size(`// ${"x".repeat(nColumnsMax)}`, "test/a.test.ts")).toHaveLength(1);
    expect(size(`"${"x".repeat(nColumnsMax)}"`, "test/a.test.ts")).toEqual([]);
    expect(size("x\n".repeat(999), "ffi/a.symbols.ts")).toEqual([]);
  });
});
