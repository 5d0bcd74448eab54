import { AppError } from "../core/errors.ts";

/** A repository on the hub, and which of its models is meant: "" leaves the choice to us. */
export interface RepoName {
  repo: string;
  tag: string;
}

/** Characters of a repository's name, as the hub has them. */
const nRepoCharactersMax = 256;

/**
 * Reads `user/repo[:quant]`. The name becomes a folder, so it may hold nothing but what the hub
 * allows: letters, digits, `_`, and single `.`, `-` or `/` between them.
 * @throws AppError invalid_request
 */
export function parseRepo(text: string): RepoName {
  const colon = text.indexOf(":");
  const repo = colon < 0 ? text : text.slice(0, colon);
  const isName = /^\w+([.-]\w+)*\/\w+([.-]\w+)*$/.test(repo) && repo.length <= nRepoCharactersMax;
  if (isName) return { repo, tag: colon < 0 ? "" : text.slice(text.lastIndexOf(":") + 1) };
  throw new AppError("invalid_request", `"${text}" is no repository: expected user/repo[:quant]`, {
    param: "model",
  });
}

/** What a GGUF file's name says about it. */
export interface GgufName {
  /** The path without ".gguf" and without the number of its part. */
  prefix: string;
  /** The quantization that the name ends with, in capitals; "" when there is none. */
  tag: string;
  /** Of its parts, the number of this one, from 1. */
  index: number;
  count: number;
}

/** null for a file that is no GGUF. */
export function ggufName(path: string): GgufName | null {
  if (!path.endsWith(".gguf")) return null;
  const stem = path.slice(0, -".gguf".length);
  const part = /^(.+)-(\d{5})-of-(\d{5})$/i.exec(stem);
  const prefix = part?.[1] ?? stem;
  return {
    prefix,
    tag: (/[-.](\w+)$/.exec(prefix)?.[1] ?? "").toUpperCase(),
    index: part ? Number(part[2]) : 1,
    count: part ? Number(part[3]) : 1,
  };
}

/** Words in the names of files that belong to a model, but are none. */
const companions = ["mmproj", "imatrix", "mtp-", "eagle3-", "dflash-", "dspark-"];

/** The path of part `index` of the split file that `path` is a part of. */
export function partPath(path: string, index: number): string {
  const digits = String(index).padStart(5, "0");
  return path.replace(/-\d{5}(-of-\d{5}\.gguf)$/i, `-${digits}$1`);
}

/** Whether the file can be loaded by itself: a GGUF that is no companion, or its first part. */
export function isModelFile(path: string): boolean {
  const name = ggufName(path);
  const fileName = path.slice(path.lastIndexOf("/") + 1);
  return name?.index === 1 && !companions.some((word) => fileName.includes(word));
}

/** What is taken when nothing is asked for, best first; then the first model there is. */
const tagsPreferred = ["Q4_K_M", "Q8_0"];

/** Of a repository's files, the model that `tag` means. */
export function pickModel(paths: readonly string[], tag: string): string | undefined {
  const models = paths.filter(isModelFile);
  for (const wanted of tag === "" ? tagsPreferred : [tag]) {
    const upper = wanted.toUpperCase();
    const found = models.find((path) =>
      [".", "-"].some((end) => path.toUpperCase().includes(upper + end)),
    );
    if (found !== undefined) return found;
  }
  return tag === "" ? models[0] : undefined;
}

/**
 * All parts of a model.
 * @throws AppError model_load_failed when the list lacks one
 */
export function partsOf(paths: readonly string[], model: string): string[] {
  const nParts = ggufName(model)?.count ?? 1;
  if (nParts === 1) return [model];
  return Array.from({ length: nParts }, (_, i) => {
    const part = partPath(model, i + 1);
    if (paths.includes(part)) return part;
    throw new AppError("model_load_failed", `part ${i + 1} of ${nParts} is missing: ${part}`);
  });
}

/**
 * The companion of `model` whose name has `word` ("mmproj", "mtp-" …): the one that lies deepest in
 * the model's own folders, then the one whose quantization comes closest to the model's.
 */
export function pickCompanion(
  paths: readonly string[],
  model: string,
  word: string,
): string | undefined {
  const bits = bitsOf(model);
  const folders = foldersOf(model);
  return paths
    .filter((path) => path.endsWith(".gguf") && path.includes(word))
    .filter((path) => foldersOf(path).every((folder, i) => folder === folders[i]))
    .map((path) => ({
      path,
      depth: foldersOf(path).length,
      distance: Math.abs(bitsOf(path) - bits),
    }))
    .sort((a, b) => b.depth - a.depth || a.distance - b.distance)[0]?.path;
}

const foldersOf = (path: string) => path.split("/").slice(0, -1);

/** Q4_0 → 4, F16 → 16; 0 when the name says nothing. */
const bitsOf = (path: string) => Number(/\d+/.exec(ggufName(path)?.tag ?? "")?.[0] ?? 0);
