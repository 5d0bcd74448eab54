import { join } from "node:path";
import type { TObject, TSchema } from "@sinclair/typebox";
import type { FieldTable, Row } from "./field-tables/row.ts";
import { fieldTables } from "./field-tables/tables.ts";
import { root } from "./paths.ts";

/** The page that this script writes. */
export const fieldsDocPath = join(root, "docs/openai.md");

/** The test that tries every field but those that a test elsewhere shows. */
const fieldsTestPath = "http/fields.test.ts";

const intro = `# Fields

What becomes of every field that a client can send to OpenAI's routes, Anthropic's and Nitro's.
Made by \`scripts/field-tables.ts\` from \`scripts/field-tables/\` and the schemas. The names come
from the types of the official clients: a table that lacks a field which they document does not
compile.

- *honoured*: the test shows what it does.
- *400*: the test sends a value, and the error names the field. Values that ask for nothing pass.
- *not applicable*: the test sends a value; it is taken, and changes nothing.

Fields that nobody documents are ignored, as both peers do; null is the same as an absent field.
Tests are in \`test/\`; in \`${fieldsTestPath}\` they stand under their route.`;

export function fieldsDoc(): string {
  const sections = fieldTables.map(section);
  return `${[intro, ...sections].join("\n\n")}\n`;
}

function section(table: FieldTable): string {
  const { source, documented, extras } = table;
  const parts = [`## ${titleOf(table)}`, `From ${source}:`, rowsOf(table, documented)];
  if (Object.keys(extras).length > 0) parts.push("And beside them:", rowsOf(table, extras));
  return parts.join("\n\n");
}

/** The route, and where in its body the fields are. */
export const titleOf = ({ route, within }: FieldTable) =>
  within ? `${route}: ${within.name}` : route;

const head = "| field | what becomes of it | meaning | test |\n|---|---|---|---|";

function rowsOf({ schema }: FieldTable, rows: FieldTable["documented"]): string {
  const lines = Object.entries(rows).sort(([a], [b]) => (a < b ? -1 : 1));
  const written = lines.map(([field, row]) => {
    const meaning = schemaOf(schema, field)?.description ?? "";
    const cells = [`\`${field}\``, verdicts[row.kind], meaning, testOf(row, field)];
    return `| ${cells.map(escaped).join(" | ")} |`;
  });
  return [head, ...written].join("\n");
}

const verdicts: Record<Row["kind"], string> = {
  engine: "honoured",
  answer: "honoured",
  elsewhere: "honoured",
  refused: "400",
  inapplicable: "not applicable",
};

const testOf = (row: Row, field: string) =>
  row.kind === "elsewhere" ? `${row.file}: ${row.test}` : `${fieldsTestPath}: ${field}`;

/** The schema of "a" or, inside the object `a`, of "a.b"; undefined when there is no such field. */
export function schemaOf(schema: TObject, field: string): TSchema | undefined {
  const [name = "", ...inner] = field.split(".");
  const own = schema.properties[name];
  const isClosed = own?.properties === undefined; // any object: its description says the rest
  return inner.length === 0 || isClosed ? own : schemaOf(own as TObject, inner.join("."));
}

const escaped = (text: string) => text.replaceAll("|", "\\|").replaceAll("\n", " ");

if (import.meta.main) await Bun.write(fieldsDocPath, fieldsDoc());
