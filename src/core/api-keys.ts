import { createHash, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";

/** Who may use the server, and how much. The key itself is kept nowhere, only its hash. */
export interface ApiKey {
  /** What people call it: in metrics and errors. */
  name: string;
  /** It was given that name, which may go on to another key; else it is that of its place. */
  isNamed?: true;
  /** SHA-256 of the key, hexadecimal. A key is random: nobody can try all that it may be. */
  hash: string;
  limits: KeyLimits;
}

export interface KeyLimits {
  /** Requests per minute; absent: any number. */
  requests?: number;
  /** Tokens per minute, those of prompts and answers together; absent: any number. */
  tokens?: number;
  /** Models that it may use, `*` for any stretch of a name; absent: all, and may change them. */
  models?: string[];
}

/** A file of keys has a mistake, or cannot be read. The message holds nothing of the keys. */
export class KeyFileError extends Error {
  override readonly name = "KeyFileError";
}

/** How hashes are told from keys. */
const hashPrefix = "sha256:";
const hashPattern = /^sha256:[\da-f]{64}$/i;

/** A key without limits. @param text the key, or `sha256:` and its hash */
export function apiKey(text: string, name: string): ApiKey {
  const hash = hashPattern.test(text) ? text.slice(hashPrefix.length) : hashOf(text);
  return { name, hash: hash.toLowerCase(), limits: {} };
}

export const hashOf = (key: string) => createHash("sha256").update(key).digest("hex");

/** A new key; clients look for `sk-` at its beginning. 256 random bits follow. */
export const randomKey = () => `sk-hutch-${randomBytes(32).toString("base64url")}`;

/** The keys of a file, one a line; `#` begins a comment. @throws KeyFileError */
export function readKeyFile(path: string): ApiKey[] {
  const keys: ApiKey[] = [];
  for (const [i, line] of linesOf(path).entries()) {
    if (line === "" || line.startsWith("#")) continue;
    const problem = (what: string) => new KeyFileError(`${path}, line ${i + 1}: ${what}`);
    const key = keyOfLine(line, `line-${i + 1}`, problem);
    if (keys.some(({ hash }) => hash === key.hash)) throw problem("the key is there already");
    keys.push(key);
  }
  return keys;
}

function linesOf(path: string): string[] {
  try {
    return readFileSync(path, "utf8")
      .split("\n")
      .map((line) => line.trim());
  } catch {
    throw new KeyFileError(`${path} cannot be read`);
  }
}

type Problem = (what: string) => KeyFileError;

/** `KEY name=laptop requests=60 tokens=20000 models=tiny,qwen3*`, all but the key optional. */
function keyOfLine(line: string, unnamed: string, problem: Problem): ApiKey {
  const [text = "", ...words] = line.split(/\s+/);
  if (text.startsWith(hashPrefix) && !hashPattern.test(text)) {
    throw problem(`a hash is ${hashPrefix} and 64 hexadecimal digits`);
  }
  const key = apiKey(text, unnamed);
  for (const word of words) {
    const [, option = "", value = ""] = /^(\w+)=(.+)$/.exec(word) ?? [];
    if (option === "name") Object.assign(key, { name: readName(value, problem), isNamed: true });
    else if (option === "requests" || option === "tokens") {
      key.limits[option] = readLimit(option, value, problem);
    } else if (option === "models") key.limits.models = readModels(value, problem);
    else throw problem("after a key come name=, requests=, tokens= and models=, and nothing else");
  }
  return key;
}

/** Names stand in metrics and errors. */
const namePattern = /^[\w.@:-]{1,64}$/;

function readName(value: string, problem: Problem): string {
  if (namePattern.test(value)) return value;
  throw problem("a name has letters, digits and any of . _ @ : - in it, 64 at most");
}

function readModels(value: string, problem: Problem): string[] {
  const models = value.split(",").filter(Boolean);
  if (models.length > 0) return models;
  throw problem("models= names at least one");
}

function readLimit(option: string, value: string, problem: Problem): number {
  const number = Number(value);
  if (/^\d+$/.test(value) && Number.isSafeInteger(number) && number > 0) return number;
  throw problem(`${option}= takes a whole number above 0, that of a minute`);
}

/** The line of a file that stands for a key. @throws KeyFileError when it could not be read back */
export function keyLine({ name, hash, limits }: ApiKey): string {
  const problem = (what: string) => new KeyFileError(what);
  readName(name, problem);
  const { requests, tokens, models } = limits;
  const words = [`${hashPrefix}${hash}`, `name=${name}`];
  if (requests !== undefined) words.push(`requests=${requests}`);
  if (tokens !== undefined) words.push(`tokens=${tokens}`);
  if (models !== undefined) words.push(`models=${models.join(",")}`);
  const line = words.join(" ");
  keyOfLine(line, name, problem);
  return line;
}
