import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import type { Row } from "../../scripts/field-tables/row.ts";
import { fieldTables } from "../../scripts/field-tables/tables.ts";
import { fieldsDoc, fieldsDocPath, schemaOf, titleOf } from "../../scripts/field-tables.ts";

test("docs/openai.md is fresh (if not: bun scripts/field-tables.ts)", async () => {
  expect(await Bun.file(fieldsDocPath).text()).toBe(fieldsDoc());
});

describe.each(fieldTables.map((table) => [titleOf(table), table] as const))("%s", (_, table) => {
  const rows = { ...table.documented, ...table.extras };
  const fields = Object.keys(rows);

  test("has a row for every field of its schema", () => {
    const missing = Object.keys(table.schema.properties).filter((name) => !(name in rows));
    expect(missing).toEqual([]);
  });

  test("has a schema for every row: nothing is taken without being looked at", () => {
    expect(fields.filter((field) => !schemaOf(table.schema, field))).toEqual([]);
  });

  test("names tests that exist", async () => {
    const elsewhere = Object.values(rows).filter((row) => row.kind === "elsewhere");
    expect(await Promise.all(elsewhere.map(isThere))).toEqual(elsewhere.map(() => true));
  });
});

async function isThere({ file, test: name }: Extract<Row, { kind: "elsewhere" }>) {
  const text = await Bun.file(join(import.meta.dir, "..", file)).text();
  return text.includes(`("${name}"`) || `${file} has no test "${name}"`;
}
