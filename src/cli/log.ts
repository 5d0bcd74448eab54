import { appendFileSync } from "node:fs";
import { UsageError } from "../core/flags/flag.ts";
import type { LogSettings } from "../core/server.ts";

/** ggml's levels, which name how grave a line is. */
const levels = { debug: 1, info: 2, warning: 3, error: 4 } as const;

type Level = keyof typeof levels;

const colors: Readonly<Record<Level, string>> = {
  debug: "",
  info: "",
  warning: "\x1b[33m",
  error: "\x1b[31m",
};
const colorsEnd = "\x1b[0m";

/** What a line of JSON says beside its message, under names as they are usual in logs. */
export type LogFields = Readonly<Record<string, string | number | null>>;

/** What the server tells its terminal, and a file if there is one. */
export class Log {
  readonly #settings: LogSettings;
  readonly #hasColors: boolean;
  readonly #isJson: boolean;

  /** @throws UsageError when the log file cannot be written */
  constructor(settings: LogSettings, env: Record<string, string | undefined> = process.env) {
    this.#settings = settings;
    const isTerminal = process.stdout.isTTY ?? false;
    const isColorful = isTerminal && !env.NO_COLOR;
    this.#hasColors = settings.colors === "on" || (settings.colors === "auto" && isColorful);
    this.#isJson = settings.json === "auto" ? !isTerminal : settings.json;
    if (settings.filePath !== null) this.#append(settings.filePath, "");
  }

  debug(message: string, fields: LogFields = {}): void {
    this.#write("debug", message, fields);
  }

  info(message: string, fields: LogFields = {}): void {
    this.#write("info", message, fields);
  }

  warning(message: string, fields: LogFields = {}): void {
    this.#write("warning", message, fields);
  }

  error(message: string, fields: LogFields = {}): void {
    this.#write("error", message, fields);
  }

  /** A line of llama.cpp's, which has chosen by level itself. */
  native(message: string): void {
    const time = new Date().toISOString();
    const line = this.#isJson ? JSON.stringify({ time, source: "llama.cpp", message }) : message;
    console.error(line);
    if (this.#settings.filePath !== null) this.#append(this.#settings.filePath, `${line}\n`);
  }

  #write(level: Level, message: string, fields: LogFields): void {
    const { level: threshold, filePath } = this.#settings;
    if (levels[level] < threshold) return;
    const line = this.#line(level, message, fields);
    const print = levels[level] <= levels.info ? console.log : console.error;
    const isPlain = !this.#hasColors || colors[level] === "" || this.#isJson;
    print(isPlain ? line : `${colors[level]}${line}${colorsEnd}`);
    if (filePath !== null) this.#append(filePath, `${line}\n`);
  }

  #line(level: Level, message: string, fields: LogFields): string {
    const { prefix, timestamps } = this.#settings;
    const time = new Date().toISOString();
    if (this.#isJson) return JSON.stringify({ time, level, message, ...fields });
    return [...(timestamps ? [time] : []), ...(prefix ? [`${level}:`] : []), message].join(" ");
  }

  #append(path: string, text: string): void {
    try {
      appendFileSync(path, text);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new UsageError(`--log-file ${path} cannot be written: ${why}`);
    }
  }
}
