import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import type { Environment } from "../../core/flags/given.ts";
import { isTruthy } from "../../core/flags/readers.ts";

/** More are forgotten, the oldest first. */
const nEntriesMax = 1000;

/** What was written before, oldest first: a JSON string a line, for entries have lines. */
export class History {
  readonly #entries: string[];
  #place: number;
  /** What was being written when the user began to leaf. */
  #draft = "";
  isKept = true;

  /** @param path null: it is forgotten with the session */
  constructor(readonly path: string | null) {
    this.#entries = path === null ? [] : read(path);
    this.#place = this.#entries.length;
  }

  static of(env: Environment): History {
    const isOff = [env.HUTCH_NOHISTORY, env.OLLAMA_NOHISTORY].some((text) => isTruthy(text ?? ""));
    return new History(isOff ? null : join(env.HOME || homedir(), ".hutch", "history"));
  }

  add(entry: string): void {
    this.#place = this.#entries.length;
    if (entry.trim() === "") return;
    if (!this.isKept || this.#entries.at(-1) === entry) return;
    this.#place = this.#entries.push(entry);
    if (this.path === null) return;
    try {
      mkdirSync(dirname(this.path), { recursive: true, mode: 0o700 });
      appendFileSync(this.path, `${JSON.stringify(entry)}\n`, { mode: 0o600 });
    } catch {
      // a home that cannot be written to: it is kept for the session
    }
  }

  /** @returns null when there is none before */
  previous(current: string): string | null {
    if (this.#place === 0) return null;
    if (this.#place === this.#entries.length) this.#draft = current;
    return this.#entries[--this.#place] ?? null;
  }

  next(): string | null {
    if (this.#place === this.#entries.length) return null;
    return this.#entries[++this.#place] ?? this.#draft;
  }
}

function read(path: string): string[] {
  try {
    const lines = readFileSync(path, "utf8").split("\n").filter(Boolean);
    const entries = lines.flatMap(entryOf);
    if (lines.length > 2 * nEntriesMax) {
      const kept = entries.slice(-nEntriesMax).map((entry) => `${JSON.stringify(entry)}\n`);
      writeFileSync(path, kept.join(""), { mode: 0o600 });
    }
    return entries.slice(-nEntriesMax);
  } catch {
    return []; // none yet
  }
}

function entryOf(line: string): string[] {
  try {
    const entry: unknown = JSON.parse(line);
    return typeof entry === "string" ? [entry] : [];
  } catch {
    return []; // a line that was cut
  }
}
