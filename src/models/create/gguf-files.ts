import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AppError } from "../../core/errors.ts";
import type { Quantize } from "../../core/quantization.ts";
import { GgufError, type GgufHeader, readHeader } from "../gguf-reader.ts";
import type { SourceFile } from "./recipe.ts";

/** What a GGUF file is in a model. */
export type GgufKind = "model" | "projector" | "adapter";

export interface GgufFile extends SourceFile {
  kind: GgufKind;
  architecture: string;
  /** Which part of a split model it is, from 0 on. */
  part: number;
  nParts: number;
  /** Bytes. */
  size: number;
}

/** Files that another program has to convert first, and the ends of their names. */
const foreign: Readonly<Record<string, string>> = {
  safetensors: "safetensors",
  bin: "PyTorch",
  pt: "PyTorch",
  pth: "PyTorch",
};

/**
 * Finds out what the files are; parts of a split model come in order.
 * @throws AppError invalid_request when one is no GGUF file, or was cut in its header
 */
export async function judged(files: readonly SourceFile[]): Promise<GgufFile[]> {
  const isGguf = await Promise.all(files.map(startsAsGguf));
  const stranger = files.find((file, i) => !isGguf[i] && foreignKind(file) !== undefined);
  if (stranger) {
    const what = `${stranger.name} is a ${foreignKind(stranger)} file`;
    throw bad(`${what}; convert it to GGUF first, as llama.cpp's convert_hf_to_gguf.py does`);
  }
  const other = files.find((_file, i) => !isGguf[i]);
  if (other) throw bad(`${other.name}: supplied file was not in GGUF format`);
  return files.map(judgedOne).sort((a, b) => a.part - b.part);
}

const foreignKind = ({ name }: SourceFile) =>
  foreign[/\.([a-z]+)$/i.exec(name)?.[1]?.toLowerCase() ?? ""];

async function startsAsGguf({ path }: SourceFile): Promise<boolean> {
  return (await Bun.file(path).slice(0, 4).text()) === "GGUF";
}

function judgedOne(file: SourceFile): GgufFile {
  const header = headerOf(file);
  const { size } = Bun.file(file.path);
  const number = (key: string) => Number(header.metadata.get(key) ?? 0);
  const architecture = String(header.metadata.get("general.architecture") ?? "");
  const kind = kindOf(header, architecture);
  const nParts = Math.max(1, number("split.count"));
  return { ...file, kind, architecture, part: number("split.no"), nParts, size };
}

function headerOf({ name, path }: SourceFile): GgufHeader {
  try {
    return readHeader(path, { hasTensors: true });
  } catch (error) {
    if (error instanceof GgufError) throw bad(`${name}: ${error.message}`, error);
    throw error;
  }
}

/** Source: Ollama's server/create.go. */
function kindOf({ metadata }: GgufHeader, architecture: string): GgufKind {
  const type = metadata.get("general.type");
  if (type === "adapter") return "adapter";
  if (type === "projector" || type === "mmproj") return "projector";
  const has = (key: string) => Boolean(metadata.get(`${architecture}.${key}`));
  if (has("block_count")) return "model";
  const encodes = ["vision.block_count", "has_vision_encoder", "has_audio_encoder"].some(has);
  return encodes ? "projector" : "model";
}

/** The files of the one model among them, which is whole. @throws AppError invalid_request */
export function modelAmong(files: readonly GgufFile[]): GgufFile[] {
  const models = files.filter(({ kind }) => kind === "model");
  const [first] = models;
  if (!first) throw bad("none of the files is a model");
  const { nParts } = first;
  if (nParts === 1 && models.length === 1) return models;
  if (models.some((file) => file.nParts !== nParts) || nParts === 1) {
    const names = models.map(({ name }) => name).join(", ");
    throw bad(`the files hold several models: ${names}`);
  }
  for (let part = 0; part < nParts; part++) {
    const n = models.filter((file) => file.part === part).length;
    if (n === 1) continue;
    const problem = n === 0 ? "is missing" : "is there several times";
    throw bad(`invalid split GGUF: part ${part + 1} of ${nParts} ${problem}`);
  }
  return models;
}

/** Lets llama.cpp judge a file. @throws AppError invalid_request, with its words */
export async function expectUsable(
  files: readonly GgufFile[],
  quantize: Quantize,
  signal: AbortSignal,
): Promise<void> {
  await using staged = await stage(files);
  try {
    await quantize({ source: staged.path, target: null }, () => {}, signal);
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== "invalid_request") throw error;
    const name = files[0]?.name ?? "";
    const why = reasonIn(error.message).replaceAll(staged.path, name);
    throw bad(`${name}: llama.cpp cannot use it: ${why}`, error);
  }
}

/**
 * What says it of llama.cpp's lines: the last one, behind what it believes to be doing; where that
 * only says what failed, the first one of its log.
 */
function reasonIn(message: string): string {
  const lines = message
    .split("\n")
    .map((line) => line.replace(/^\w+: (failed to quantize: )?/, ""));
  const last = lines.at(-1) ?? "";
  return /failed to load model from/.test(last) ? (lines[1] ?? last) : last;
}

/**
 * A path under which llama.cpp finds all parts of a model, which it looks for by their names; blobs
 * have others.
 */
export async function stage(
  files: readonly GgufFile[],
): Promise<{ path: string } & AsyncDisposable> {
  const [first] = files;
  if (files.length === 1 && first)
    return { path: first.path, [Symbol.asyncDispose]: async () => {} };
  const dir = await mkdtemp(join(tmpdir(), "hutch-parts-"));
  const digits = (n: number) => String(n).padStart(5, "0");
  const link = (i: number) => join(dir, `m-${digits(i + 1)}-of-${digits(files.length)}.gguf`);
  await Promise.all(files.map((file, i) => symlink(file.path, link(i))));
  const remove = () => rm(dir, { recursive: true, force: true });
  return { path: link(0), [Symbol.asyncDispose]: remove };
}

function bad(message: string, cause?: unknown): AppError {
  return new AppError("invalid_request", message, { cause });
}
