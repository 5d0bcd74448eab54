import type { TObject } from "@sinclair/typebox";
import type { ChatPrompt, GenerateRequest, Report, Sampling } from "../../src/core/generate.ts";

/** What becomes of a field. Each is tried in test/http/fields.test.ts, but for "elsewhere". */
export type Row =
  /** The engine gets this of a request that `sends` it. */
  | (Sent & { kind: "engine"; gets: object })
  /** The answer's text shows it. */
  | (Sent & { kind: "answer"; shows: RegExp })
  /** The test of this name, in this file of test/, shows what it does. */
  | { kind: "elsewhere"; file: string; test: string }
  /** 400, and the field is named. */
  | (Sent & { kind: "refused" })
  /** A 200, and nothing is different to the engine. */
  | (Sent & { kind: "inapplicable" });

interface Sent {
  sends: unknown;
  /** Other fields that it needs beside it. */
  beside?: object;
}

/** By field; "a.b" is field `b` of the object `a`. */
export type Rows<Field extends string = string> = Readonly<Record<Field, Row>>;

export interface FieldTable {
  /** As in openapi.yaml. */
  route: string;
  /** Where in the body the fields are, and the body around them; absent: they are its own. */
  within?: { name: string; body: (part: object) => object };
  /** Who documents the fields: a type of the official client, or a guide. */
  source: string;
  schema: TObject;
  /** The least that the route takes. */
  base: object;
  documented: Rows;
  /** Other dialects' fields, and our own. */
  extras: Rows;
}

/** Names of a wire type's fields, in all its variants. */
export type FieldOf<Wire> = Wire extends unknown ? Extract<keyof Wire, string> : never;

/** The names of a nested object's fields, as `Rows` has them. */
export type NestedFieldOf<Name extends string, Wire> = `${Name}.${FieldOf<NonNullable<Wire>>}`;

export const engine = (
  sends: unknown,
  gets: { [Field in keyof GenerateRequest]?: object | unknown },
  beside?: object,
): Row => ({ kind: "engine", sends, gets, ...(beside && { beside }) });

export const samples = (sends: unknown, sampling: Sampling) => engine(sends, { sampling });

export const reports = (sends: unknown, report: Report, beside?: object) =>
  engine(sends, { report }, beside);

export const prompts = (
  sends: unknown,
  prompt: { [Field in keyof ChatPrompt]?: unknown },
  beside?: object,
) => engine(sends, { prompt }, beside);

export const answer = (sends: unknown, shows: RegExp, beside?: object): Row => ({
  kind: "answer",
  sends,
  shows,
  ...(beside && { beside }),
});

export const elsewhere = (file: string, test: string): Row => ({ kind: "elsewhere", file, test });

export const refused = (sends: unknown): Row => ({ kind: "refused", sends });

export const inapplicable = (sends: unknown, beside?: object): Row => ({
  kind: "inapplicable",
  sends,
  ...(beside && { beside }),
});
