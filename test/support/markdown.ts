import { join } from "node:path";
import { lexer, type Token, type Tokens, walkTokens } from "marked";

const root = join(import.meta.dir, "../..");

/** One of the documents that readers are given. */
export interface Document {
  /** Relative to the checkout. */
  path: string;
  text: string;
}

/** A fenced block of code. */
export interface Block {
  /** Its first line, counted from 1; of one inside a list, the list's. */
  line: number;
  /** "" where the fence names none. */
  language: string;
  code: string;
  /** What it prints, as the block right after it shows; null: that is not shown. */
  output: string | null;
  /** Why no test runs it, from a comment right before it; null: it is run. */
  notRun: string | null;
}

/** README.md and docs/*.md. */
export async function documents(): Promise<Document[]> {
  const paths = ["README.md", ...[...new Bun.Glob("docs/*.md").scanSync({ cwd: root })].sort()];
  return await Promise.all(
    paths.map(async (path) => ({ path, text: await Bun.file(join(root, path)).text() })),
  );
}

/** Languages of blocks that are given to a shell. */
export const shellLanguages: readonly string[] = ["sh", "bash", "console"];

/** Languages of blocks that may show what the block before them prints. */
const outputLanguages = ["text", "json"];

export function blocksOf(text: string): Block[] {
  const blocks: Block[] = [];
  let line = 1;
  let notRun: string | null = null;
  let last: Block | null = null;
  for (const token of lexer(text)) {
    const found = codeIn(token).map((code) => toBlock(code, line, notRun));
    const [shown] = found;
    if (token.type === "code" && last && shown && outputLanguages.includes(shown.language)) {
      last.output = shown.code;
    }
    blocks.push(...found);
    if (token.type !== "space") {
      notRun = notRunIn(token);
      last = token.type === "code" && shown && isRun(shown) ? shown : null;
    }
    line += token.raw.split("\n").length - 1;
  }
  return blocks;
}

export const isRun = ({ language }: Block) => [...shellLanguages, "js", "py"].includes(language);

function toBlock({ lang = "", text }: Tokens.Code, line: number, notRun: string | null): Block {
  const isConsole = lang === "console";
  return {
    line,
    language: lang,
    code: isConsole ? commandsOf(text) : text,
    output: isConsole ? printedIn(text) : null,
    notRun,
  };
}

/** In a console block, commands begin with "$ ", and everything else is what they print. */
const commandsOf = (text: string) =>
  (text.match(/^\$ .*/gm) ?? []).map((line) => line.slice(2)).join("\n");
const printedIn = (text: string) => text.replace(/^\$ .*\n?/gm, "") || null;

const notRunIn = ({ type, raw }: Token): string | null =>
  type === "html" ? (/^<!--\s*not run:\s*(.*?)\s*-->\s*$/s.exec(raw)?.[1] ?? null) : null;

function codeIn(token: Token): Tokens.Code[] {
  const found: Tokens.Code[] = [];
  walkTokens([token], (inner) => {
    if (inner.type === "code") found.push(inner as Tokens.Code);
  });
  return found;
}

/**
 * Whether `printed` is what a document shows. White space does not count, and `…` stands for
 * anything.
 */
export function looksLike(shown: string, printed: string): boolean {
  const bare = (text: string) => text.replace(/\s+/g, "");
  const parts = shown.split("…").map((part) => RegExp.escape(bare(part)));
  return new RegExp(`^${parts.join(".*")}$`, "s").test(bare(printed));
}

/** Where a document's links and pictures lead, as they are written. */
export function linksOf(text: string): string[] {
  const links: string[] = [];
  walkTokens(lexer(text), (token) => {
    if (token.type === "link" || token.type === "image") links.push(token.href);
    if (token.type !== "html") return;
    links.push(...[...token.raw.matchAll(/\b(?:href|src)="([^"]+)"/g)].map(([, to = ""]) => to));
  });
  return links;
}

/** What `#…` may name in a document: its headings, as GitHub writes their anchors. */
export function anchorsOf(text: string): string[] {
  const seen = new Map<string, number>();
  return lexer(text).flatMap((token) => {
    if (token.type !== "heading") return [];
    const anchor = plainText(token.tokens ?? [])
      .toLowerCase()
      .replace(/[^\p{L}\p{M}\p{N}\p{Pc} -]/gu, "")
      .replaceAll(" ", "-");
    const n = seen.get(anchor) ?? 0;
    seen.set(anchor, n + 1);
    return [n === 0 ? anchor : `${anchor}-${n}`];
  });
}

const plainText = (tokens: Token[]): string =>
  tokens
    .map((token) => {
      if ("tokens" in token && token.tokens) return plainText(token.tokens);
      return "text" in token ? token.text : "";
    })
    .join("");

/** Files and folders of this repository that a document names in `code`. */
export function pathsIn(text: string): string[] {
  const paths: string[] = [];
  walkTokens(lexer(text), (token) => {
    if (token.type === "codespan" && pathPattern.test(token.text)) paths.push(token.text);
  });
  return paths;
}

const pathPattern = /^(src|ffi|native|scripts|test|docs|assets)\/[\w./*-]*$/;

/** A path that is written relative to the checkout. */
export const absolute = (path: string) => join(root, path);
