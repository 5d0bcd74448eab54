import { expect, test } from "bun:test";
import { flagsDoc, flagsDocPath } from "../../scripts/flags-doc.ts";

test("docs/flags.md is fresh (if not: bun scripts/flags-doc.ts)", async () => {
  expect(await Bun.file(flagsDocPath).text()).toBe(flagsDoc());
});
