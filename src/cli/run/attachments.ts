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
  const text = prompt.replace(pathsIn(endings), (whole, double, single, bare) => {
    const path = double ?? single ?? bare.replace(/\\(.)/g, "$1");
    const file = fileOf(path);
    if (!statSync(file, { throwIfNoEntry: false })?.isFile()) {
      if (/^[^:]*\//.test(path)) found.missing.push(path); // a word or an address may end so, too
      return whole;
    }
    found.images.push(contentOf(file, path));
    found.paths.push(path);
    return "";
  });
  return { ...found, text: found.paths.length > 0 ? tidied(text) : prompt };
}

/** "…" or '…' or a word in which \ escapes, each with such an ending. */
function pathsIn(endings: readonly string[]): RegExp {
  const ending = `\\.(?:${endings.join("|")})`;
  const bare = `(?<![\\w"'])((?:\\\\.|[^\\s"'\\\\])+${ending})(?![\\w/])`;
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
