import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { type ApiKey, apiKey, keyLine, randomKey, readKeyFile } from "../../core/api-keys.ts";
import { UsageError } from "../../core/flags/flag.ts";
import { splitList, whole } from "../../core/flags/readers.ts";
import type { Command, CommandLine } from "../command.ts";

export const key: Command = {
  name: "key",
  usage: "NAME",
  summary: "make an API key for a server of yours",
  about:
    "Prints a new key and the line that stands for it in a file of --api-key-file. The line has " +
    "only the key's hash: nobody can read the key from the file. A server that uses the file " +
    "knows the key at once.",
  options: [
    { name: "file", value: "FILE", help: "add the line to this file, and print only the key" },
    { name: "requests", value: "N", help: "requests that it is good for in a minute" },
    { name: "tokens", value: "N", help: "tokens, those of prompts and answers, in a minute" },
    { name: "models", value: "NAME,...", help: "models that it is for; * is any part of a name" },
  ],
  nWords: { min: 1, max: 1 },
  run: async (line) => {
    const secret = randomKey();
    const words = lineFor(secret, line);
    const file = line.value("file");
    if (file === undefined) {
      console.log(`key:  ${secret}\nline: ${words}`);
      return;
    }
    addLine(file, words);
    console.log(secret);
    console.error(`added to ${file}; the key is shown only now`);
  },
};

/** @throws UsageError */
function lineFor(secret: string, line: CommandLine): string {
  const limits: ApiKey["limits"] = {};
  for (const option of ["requests", "tokens"] as const) {
    const text = line.value(option);
    if (text !== undefined) limits[option] = readCount(option, text);
  }
  const models = line.value("models");
  if (models !== undefined) limits.models = splitList(models);
  try {
    return keyLine({ ...apiKey(secret, line.words[0] ?? ""), limits });
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: key });
  }
}

function readCount(option: string, text: string): number {
  try {
    return whole("N", 1).read(text);
  } catch (error) {
    throw new UsageError(`--${option} ${(error as Error).message}`, { cause: key });
  }
}

/**
 * A new file, and a new folder for it, are for their owner's eyes only.
 * @throws KeyFileError when the file is none of keys
 */
function addLine(path: string, line: string): void {
  if (!existsSync(path)) {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(path, `${line}\n`, { mode: 0o600 });
    return;
  }
  readKeyFile(path);
  const isOpenEnded = /[^\n]$/.test(readFileSync(path, "utf8"));
  appendFileSync(path, `${isOpenEnded ? "\n" : ""}${line}\n`);
}
