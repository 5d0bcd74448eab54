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

/** What the server tells its terminal, and a file if there is one. */
export class Log {
  readonly #settings: LogSettings;
  readonly #hasColors: boolean;

  /** @throws UsageError when the log file cannot be written */
  constructor(settings: LogSettings, env: Record<string, string | undefined> = process.env) {
    this.#settings = settings;
    const isTerminal = (process.stdout.isTTY ?? false) && !env.NO_COLOR;
    this.#hasColors = settings.colors === "on" || (settings.colors === "auto" && isTerminal);
    if (settings.filePath !== null) this.#append(settings.filePath, "");
  }

  debug(message: string): void {
    this.#write("debug", message);
  }

  info(message: string): void {
    this.#write("info", message);
  }

  warning(message: string): void {
    this.#write("warning", message);
  }

  error(message: string): void {
    this.#write("error", message);
  }

  /** A line of llama.cpp's, which has chosen by level itself. */
  native(line: string): void {
    console.error(line);
    if (this.#settings.filePath !== null) this.#append(this.#settings.filePath, `${line}\n`);
  }

  #write(level: Level, message: string): void {
    const { level: threshold, filePath } = this.#settings;
    if (levels[level] < threshold) return;
    const line = this.#line(level, message);
    const print = levels[level] <= levels.info ? console.log : console.error;
    const isPlain = !this.#hasColors || colors[level] === "" || this.#settings.json;
    print(isPlain ? line : `${colors[level]}${line}${colorsEnd}`);
    if (filePath !== null) this.#append(filePath, `${line}\n`);
  }

  #line(level: Level, message: string): string {
    const { json, prefix, timestamps } = this.#settings;
    const time = new Date().toISOString();
    if (json) return JSON.stringify({ time, level, message });
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
