import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { lexer, type Tokens } from "marked";
import { scripts } from "../package.json";
import {
  absolute,
  anchorsOf,
  type Block,
  blocksOf,
  type Document,
  documents,
  isRun,
  linksOf,
  looksLike,
  pathsIn,
  shellLanguages,
} from "./support/markdown.ts";

const all = await documents();

/** Other languages would be shown to readers, and never looked at. */
const languages = [...shellLanguages, "js", "py", "json", "jsonc", "text", "ini", "toml", "yaml"];
const moreLanguages = ["dockerfile", "nginx", "caddyfile", "ts", "c", "diff", "mermaid"];

/** The links of a document that lead nowhere. */
function brokenLinks({ path, text }: Document): string[] {
  return linksOf(text).flatMap((link) => {
    if (/^[a-z][a-z+.-]*:/i.test(link)) return []; // somebody else's pages: no test asks them
    const [file = "", anchor] = decodeURI(link).split("#");
    const target = file === "" ? path : join(dirname(path), file);
    if (!existsSync(absolute(target))) return [`${path}: there is no ${target}`];
    if (anchor === undefined) return [];
    const there = all.find((document) => document.path === target);
    if (there && anchorsOf(there.text).includes(anchor)) return [];
    return [`${path}: ${target} has no heading #${anchor}`];
  });
}

function missingPaths({ path, text }: Document): string[] {
  const isThere = (name: string) =>
    name.includes("*")
      ? [...new Bun.Glob(name).scanSync({ cwd: absolute("."), onlyFiles: false })].length > 0
      : existsSync(absolute(name));
  const gone = pathsIn(text).filter((name) => !isThere(name));
  return gone.map((name) => `${path}: there is no ${name}`);
}

/** What is wrong with a block before anybody runs it. */
function blockFaults(block: Block): string[] {
  const { language, code, notRun } = block;
  if (![...languages, ...moreLanguages].includes(language)) {
    return [`its fence names no language that is known: "${language}"`];
  }
  const faults: string[] = [];
  if (notRun === "") faults.push("`not run:` has no reason");
  if (notRun !== null && !isRun(block)) faults.push("nobody runs such a block anyway");
  if (language === "json" && !code.includes("…")) faults.push(...jsonFaults(code));
  if (!shellLanguages.includes(language)) return faults;
  for (const [, name = ""] of code.matchAll(/\bnpm (?:run )?([a-z][\w:]*)/g)) {
    if (!["run", "install", "pack"].includes(name) && !Object.hasOwn(scripts, name)) {
      faults.push(`package.json has no script ${name}`);
    }
  }
  const { exitCode, stderr } = Bun.spawnSync(["bash", "-n", "-c", code]);
  if (exitCode !== 0) faults.push(stderr.toString());
  return faults;
}

function jsonFaults(code: string): string[] {
  try {
    JSON.parse(code);
    return [];
  } catch (error) {
    return [String(error)];
  }
}

describe("the documents", () => {
  test("link to files and headings that are there", () => {
    expect(all.flatMap(brokenLinks)).toEqual([]);
  });

  test("name files and folders that are there", () => {
    expect(all.flatMap(missingPaths)).toEqual([]);
  });

  test("are all to be found from README.md", () => {
    const linked = linksOf(all[0]?.text ?? "").map((link) => link.split("#")[0]);
    expect(all.slice(1).filter(({ path }) => !linked.includes(path))).toEqual([]);
  });

  test.each(all.map(({ path, text }) => [path, blocksOf(text)] as const))(
    "%s: its blocks of code can be read",
    (path, blocks) => {
      const faults = blocks.flatMap((block) =>
        blockFaults(block).map((fault) => `${path}:${block.line}: ${fault}`),
      );
      expect(faults).toEqual([]);
    },
  );
});

/** The cells of a table's rows, without marks such as `**`. */
const tableRows = (text: string): string[][] =>
  lexer(text).flatMap((token) =>
    token.type === "table"
      ? (token as Tokens.Table).rows.map((row) => row.map((cell) => cell.text.replaceAll("*", "")))
      : [],
  );

/** The medians of docs/benchmark.md: "section | what" → hutch's, llama-server's. */
function measured(text: string): Map<string, string[]> {
  const figures = new Map<string, string[]>();
  let section = "";
  for (const [what = "", ...cells] of tableRows(text)) {
    const medians = cells.slice(0, 2).map((cell) => cell.split(" ")[0] ?? "");
    if (medians.every((median) => median === "")) section = what;
    else figures.set(`${section} | ${what}`, medians);
  }
  return figures;
}

test("the README's figures are those of docs/benchmark.md", () => {
  const textOf = (name: string) => all.find(({ path }) => path === name)?.text ?? "";
  const figures = measured(textOf("docs/benchmark.md"));
  const rows = tableRows(textOf("README.md")).filter((cells) => /^[\d.]+$/.test(cells[2] ?? ""));
  expect(rows.length).toBeGreaterThan(5);
  for (const [section, what, ...shown] of rows) {
    const key = `${section} | ${what}`;
    expect([key, ...shown]).toEqual([key, ...(figures.get(key) ?? ["was not measured"])]);
  }
});

describe("the reading of documents", () => {
  const fence = "```";
  const only = (text: string) => blocksOf(text)[0];

  test("finds blocks with their lines, wherever they stand", () => {
    const text = `# A\n\n${fence}sh\nls\n${fence}\n\n- b\n\n  ${fence}json\n  {}\n  ${fence}\n`;
    expect(blocksOf(text)).toMatchObject([
      { line: 3, language: "sh", code: "ls", output: null, notRun: null },
      { line: 7, language: "json", code: "{}" },
    ]);
  });

  test("takes a block's output from the block right after it", () => {
    const shown = `${fence}sh\nls\n${fence}\n\n${fence}text\nREADME.md\n${fence}\n`;
    expect(only(shown)?.output).toBe("README.md");
    const apart = shown.replace(`\n\n${fence}text`, `\n\nSo:\n\n${fence}text`);
    expect(only(apart)?.output).toBeNull();
  });

  test("takes a console block apart", () => {
    const block = only(`${fence}console\n$ echo a\na\n$ echo b\nb\n${fence}`);
    expect([block?.code, block?.output]).toEqual(["echo a\necho b", "a\nb"]);
  });

  test("takes the reason for not running a block from the comment before it, and no further", () => {
    const text = `<!-- not run: root -->\n${fence}sh\nls\n${fence}\n\n${fence}sh\nls\n${fence}`;
    expect(blocksOf(text).map(({ notRun }) => notRun)).toEqual(["root", null]);
  });

  test.each([
    ["a…c", "abbc", true],
    ["a…c", "abbcd", false],
    ['{"a": 1}', '{ "a":1 }\n', true],
    ["a.c", "abc", false],
  ])("%p looks like %p: %p", (shown, printed, does) => {
    expect(looksLike(shown, printed)).toBe(does);
  });

  test("writes anchors as GitHub does", () => {
    const text = "# In place of `X`: what, and why\n\n## B_c (d)\n\n## B_c (d)\n";
    expect(anchorsOf(text)).toEqual(["in-place-of-x-what-and-why", "b_c-d", "b_c-d-1"]);
  });

  test("finds links, pictures, HTML's too, and files in code", () => {
    const text = 'See [a](b.md#c), ![d](e.png)\n\n<img src="f.svg">\n\n`src/main.ts` `x/y`';
    expect(linksOf(text)).toEqual(["b.md#c", "e.png", "f.svg"]);
    expect(pathsIn(text)).toEqual(["src/main.ts"]);
  });

  test("reports what is broken", () => {
    const text = "[a](no.md) [b](#nothing) `src/no.ts`";
    const document = { path: "docs/limits.md", text };
    expect(brokenLinks(document)).toEqual([
      "docs/limits.md: there is no docs/no.md",
      "docs/limits.md: docs/limits.md has no heading #nothing",
    ]);
    expect(missingPaths(document)).toEqual(["docs/limits.md: there is no src/no.ts"]);
    const faultsOf = (block: string) => blocksOf(block).flatMap(blockFaults);
    expect(faultsOf(`${fence}\nls\n${fence}`)).toHaveLength(1);
    expect(faultsOf(`${fence}sh\nif\n${fence}`)).toHaveLength(1);
    expect(faultsOf(`${fence}sh\nnpm run nothing\n${fence}`)).toHaveLength(1);
    expect(faultsOf(`<!-- not run: -->\n${fence}sh\nls\n${fence}`)).toHaveLength(1);
  });
});
