import { describe, expect, test } from "bun:test";
import type { FieldTable, Row } from "../../scripts/field-tables/row.ts";
import { fieldTables } from "../../scripts/field-tables/tables.ts";
import { titleOf } from "../../scripts/field-tables.ts";
import type { Model } from "../../src/models/catalog.ts";
import { appOver, done, FakeEngine, fakeInfo, plays, says, text } from "../support/fake-engine.ts";

const info = { ...fakeInfo, reranks: true };
const answers = {
  countTokens: () => ({ nTokens: 1 }),
  embed: () => ({ embeddings: [[new Float32Array([1, 2])]], nTokens: [1] }),
};

const behaviour = plays(
  { type: "progress", nPrompt: 7, nCached: 2, nProcessed: 7, ms: 1 },
  text("Hello", 1),
  text("!", 2),
  done({ nPredicted: 2 }),
);

/** `base` with the field, at its place, and what it needs beside it. */
function bodyWith(base: object, field: string, sends: unknown, beside: object = {}): object {
  const [outer = "", inner] = field.split(".");
  return { ...base, ...beside, [outer]: inner === undefined ? sends : { [inner]: sends } };
}

/** Sends `body`; tells the answer, and what the engine was asked or, by Nitro's route, given. */
async function send({ route, within }: FieldTable, fields: object) {
  const body = within ? within.body(fields) : fields;
  const [method = "", path = ""] = route.split(" ");
  const started: Model[] = [];
  const engine = new FakeEngine(behaviour, info, answers);
  const { post } = appOver(says(), {
    start: async (model) => {
      started.push(model);
      return engine;
    },
  });
  expect(method).toBe("POST");
  const response = await post(path, body);
  const answer = await response.text();
  const asked = path.endsWith("/loadmodel")
    ? started[0]?.load
    : (engine.requests[0] ?? engine.questions[0]?.question);
  return { status: response.status, answer, asked };
}

/** A request's own name, by which it can be found, is new each time. */
const lasting = (asked: unknown) => JSON.parse(JSON.stringify(asked ?? null));

type Tried = Exclude<Row, { kind: "elsewhere" }>;

async function tryOut(table: FieldTable, field: string, row: Tried): Promise<void> {
  const body = bodyWith(table.base, field, row.sends, row.beside);
  const { status, answer, asked } = await send(table, body);
  expect([status, answer]).toEqual([row.kind === "refused" ? 400 : 200, expect.any(String)]);
  const silent = await send(table, { ...table.base, ...row.beside });
  switch (row.kind) {
    case "engine":
      expect(asked).toMatchObject(row.gets);
      expect(silent.asked ?? {}).not.toMatchObject(row.gets);
      return;
    case "answer":
      expect(answer).toMatch(row.shows);
      return;
    case "refused":
      expect(answer).toContain(table.within ? `.${field}\`` : `\`${field}\``);
      return;
    case "inapplicable":
      expect(lasting(asked)).toEqual(lasting(silent.asked));
      return;
    default:
      row satisfies never;
  }
}

describe.each(fieldTables.map((table) => [titleOf(table), table] as const))("%s", (_, table) => {
  const rows = Object.entries({ ...table.documented, ...table.extras });
  const tried = rows.filter((entry): entry is [string, Tried] => entry[1].kind !== "elsewhere");

  test.each(tried)("%s", (field, row) => tryOut(table, field, row));
});
