import { readFileSync, statSync } from "node:fs";
import { UsageError } from "../../core/flags/flag.ts";
import { isFalsey, isTruthy } from "../../core/flags/readers.ts";
import { OllamaOptions } from "../../http/ollama-options.ts";
import { typed } from "../create/request.ts";
import type { Think } from "./session.ts";

const levels = ["low", "medium", "high", "max"] as const;

/** @throws UsageError */
export function toThink(text: string, source: string): Think {
  if (text === "true" || text === "false") return text === "true";
  const level = levels.find((known) => known === text);
  if (level) return level;
  throw new UsageError(`${source} must be true, false, ${levels.join(", ")}, not "${text}"`);
}

/** "json", a JSON schema, or a file that holds one. @throws UsageError */
export function toFormat(text: string): string | object {
  if (text === "json") return text;
  const isInline = text.trimStart().startsWith("{");
  if (!isInline && !statSync(text, { throwIfNoEntry: false })?.isFile()) {
    throw new UsageError(`--format must be json or a file with a JSON schema, not "${text}"`);
  }
  try {
    return JSON.parse(isInline ? text : readFileSync(text, "utf8")) as object;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageError(`--format: ${isInline ? "this" : text} is no JSON: ${why}`);
  }
}

/** Bare numbers are seconds; durations are for the server to read. */
export function toKeepAlive(text: string): string | number {
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}

/** @throws UsageError */
export function toDimensions(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new UsageError(`--dimensions must be a whole number above 0, not "${text}"`);
}

/** @throws UsageError */
export function toTruth(text: string, source: string): boolean {
  if (isTruthy(text)) return true;
  if (isFalsey(text)) return false;
  throw new UsageError(`${source} must be true or false, not "${text}"`);
}

/** What parameters are called that are of one type. */
const kinds: Readonly<Record<string, { name: string; fits: (value: unknown) => boolean }>> = {
  integer: { name: "a whole number", fits: Number.isInteger },
  number: { name: "a number", fits: (value) => typeof value === "number" },
  boolean: { name: "true or false", fits: (value) => typeof value === "boolean" },
};

/**
 * A parameter's value from its words. Those of a list, as `stop` is, are one text each.
 * @throws UsageError for a value that no request may have, and for a name that nobody knows
 */
export function toParameter(name: string, words: readonly string[]): unknown {
  const { properties } = OllamaOptions;
  if (!Object.hasOwn(properties, name)) throw new UsageError(`there is no parameter "${name}"`);
  const { type } = properties[name as keyof typeof properties];
  if (name === "stop" || type === "array") return words;
  const text = words.join(" ");
  if (type === "string") return text;
  const value = typed(text);
  const kind = kinds[String(type)];
  if (kind && !kind.fits(value))
    throw new UsageError(`${name} must be ${kind.name}, not "${text}"`);
  return value;
}
