import { type TOptional, type TUnknown, Type } from "@sinclair/typebox";
import { AppError } from "../core/errors.ts";

/** A documented field that this version cannot honour. Nothing is accepted and then dropped. */
export interface Refusal {
  /** Values that ask for nothing; every other value is refused. */
  harmless: readonly unknown[];
  why: string;
}
export type Refusals = Readonly<Record<string, Refusal>>;

/** @throws AppError unsupported, naming the field and the reason */
export function refuse(body: object, refusals: Refusals, path = ""): void {
  for (const [field, { harmless, why }] of Object.entries(refusals)) {
    const value = (body as Record<string, unknown>)[field];
    if (value === undefined || harmless.some((h) => Bun.deepEquals(h, value))) continue;
    const param = `${path}${field}`;
    const only = harmless.map((h) => JSON.stringify(h)).join(" or ");
    const limit = only ? `can only be ${only}` : "is not supported";
    throw new AppError("unsupported", `\`${param}\` ${limit}: ${why}`, { param });
  }
}

/** The refused fields for a schema, so that the documentation says it as well. */
export function refusedFields<T extends Refusals>(refusals: T) {
  const fields = Object.entries(refusals).map(([field, { harmless, why }]) => {
    const allowed = harmless.map((value) => JSON.stringify(value)).join(" or ");
    const only = allowed ? `Only ${allowed}: ` : "Refused: ";
    return [field, Type.Optional(Type.Unknown({ description: `${only}${why}.` }))];
  });
  return Object.fromEntries(fields) as { [Field in keyof T]: TOptional<TUnknown> };
}

/** Documented fields that say nothing to a local model, with why; their values do not matter. */
export function inapplicableFields<T extends Readonly<Record<string, string>>>(reasons: T) {
  const fields = Object.entries(reasons).map(([field, why]) => {
    return [field, Type.Optional(Type.Unknown({ description: `Not applicable: ${why}.` }))];
  });
  return Object.fromEntries(fields) as { [Field in keyof T]: TOptional<TUnknown> };
}
