import { readFileSync, statSync } from "node:fs";
import { UsageError } from "../../core/flags/flag.ts";
import { isFalsey, isTruthy } from "../../core/flags/readers.ts";
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
