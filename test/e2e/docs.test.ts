import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { DocumentReader, pythonHas } from "../support/document-reader.ts";
import { type Block, blocksOf, documents, isRun, looksLike } from "../support/markdown.ts";
import { temporaryDir } from "../support/server.ts";

// The convention is described in docs/contributing.md.

const cache = temporaryDir();
afterAll(() => cache[Symbol.dispose]());

/** Why this machine cannot run a block; null: it can. */
const lacking = ({ language }: Block): string | null =>
  language === "py" && Bun.which("python3") === null ? "there is no python3" : null;

const isOnlyParsed = ({ language, code }: Block) => language === "py" && !pythonHas(code);

for (const { path, text } of await documents()) {
  const blocks = blocksOf(text).filter(isRun);
  if (blocks.length === 0) continue;

  describe(path, () => {
    let reader: DocumentReader;
    beforeAll(() => {
      reader = new DocumentReader(cache.path);
    });
    afterAll(() => reader[Symbol.asyncDispose]());

    for (const block of blocks) {
      const name = `line ${block.line}`;
      const reason = block.notRun ?? lacking(block);
      if (reason !== null) {
        test.skip(`${name}: not run: ${reason}`, () => {});
        continue;
      }
      const isParsed = isOnlyParsed(block);
      test(isParsed ? `${name}: only parsed, its packages are not here` : name, async () => {
        const { code, stdout, stderr } = await reader.run(block);
        const said = `${path}:${block.line} printed:\n${stdout}${stderr}`;
        expect(code, said).toBe(0);
        if (block.output === null || isParsed) return;
        expect(looksLike(reader.ownPorts(block.output), stdout), said).toBe(true);
      });
    }
  });
}
