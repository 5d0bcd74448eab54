import { readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";

/** What of a model's senses takes files of these kinds. */
const kinds = {
  vision: ["png", "jpg", "jpeg", "webp", "gif", "bmp"],
  audio: ["wav", "mp3", "flac"],
} as const;

/** Largest file that is sent along, bytes: the server takes no larger request. */
const sizeMax = 100 * 1024 * 1024;

export interface Attached {
  /** The prompt without the paths of what is attached. */
  text: string;
  /** In base64. */
  images: string[];
  /** As the user wrote them. */
  paths: string[];
  /** Paths that look like pictures, but are no files. */
  missing: string[];
}

/**
 * Finds the files that a prompt names: quoted, with escaped spaces, or bare, as a terminal writes
 * them when they are dragged there.
 * @param capabilities of the model; files that it has no sense for stay words
 * @throws Error for a file that cannot be read or is too large
 */
export function attach(prompt: string, capabilities: readonly string[]): Attached {
  const found: Attached = { text: "", images: [], paths: [], missing: [] };
  const endings = Object.entries(kinds).flatMap(([kind, names]) =>
    capabilities.includes(kind) ? names : [],
  );
  if (endings.length === 0) return { ...found, text: prompt };
  let text = "";
  let end = 0; // of what has been read
  for (const match of prompt.matchAll(pathsIn(endings))) {
    const after = match.index + match[0].length;
    const { written, path } = pathOf(match, prompt.slice(end, after));
    if (!isFile(path)) {
      if (/^[^:]*\//.test(path)) found.missing.push(path); // a word or an address may end so, too
      continue;
    }
    found.images.push(contentOf(fileOf(path), path));
    found.paths.push(path);
    text += prompt.slice(end, after - written.length);
    end = after;
  }
  return { ...found, text: found.paths.length > 0 ? tidied(text + prompt.slice(end)) : prompt };
}

/** The path that a match means, and how it is written: at the end of `text`. */
function pathOf([whole, double, single, bare = ""]: RegExpExecArray, text: string) {
  const quoted = double ?? single;
  if (quoted !== undefined) return { written: whole, path: quoted };
  const plain = { written: bare, path: unescaped(bare) };
  if (isFile(plain.path)) return plain;
  const spaced = withSpaces(text).map((written) => ({ written, path: unescaped(written) }));
  return spaced.find(({ path }) => isFile(path)) ?? plain;
}

/** Beginnings of a path with spaces in it that are tried. */
const nStartsMax = 20;

/**
 * What at the end of a text may be a path with spaces in it, the shortest first. It begins with a
 * folder, in the last line.
 */
function withSpaces(text: string): string[] {
  const line = text.slice(text.lastIndexOf("\n") + 1);
  const starts = [...line.matchAll(/(?<=^|\s)(?:\.{1,2}|~)?\//g)].slice(-nStartsMax);
  return starts.reverse().map(({ index }) => line.slice(index));
}

const unescaped = (path: string) => path.replace(/\\(.)/g, "$1");

function isFile(path: string): boolean {
  try {
    return statSync(fileOf(path)).isFile();
  } catch {
    return false; // there is none, or the system takes no such name
  }
}

/** "…" or '…' or a word in which \ escapes, maybe in brackets, each with such an ending. */
function pathsIn(endings: readonly string[]): RegExp {
  const ending = `\\.(?:${endings.join("|")})`;
  const bare = `(?<![\\w"'])((?![([<])(?:\\\\.|[^\\s"'\\\\])+${ending})(?![\\w/])`;
  return new RegExp(`"([^"\\n]+${ending})"|'([^'\\n]+${ending})'|${bare}`, "gi");
}

function fileOf(path: string): string {
  const expanded = path.replace(/^~(?=\/)/, homedir()).replace(/^file:\/\//, "");
  return isAbsolute(expanded) ? expanded : resolve(join(process.cwd(), expanded));
}

function contentOf(file: string, path: string): string {
  if (statSync(file).size > sizeMax)
    throw new Error(`${path} is larger than ${sizeMax / 2 ** 20} MiB`);
  try {
    return readFileSync(file).toString("base64");
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`${path} cannot be read: ${why}`);
  }
}

const tidied = (text: string) => text.replace(/ {2,}/g, " ").trim();
