import { statSync } from "node:fs";
import { AppError } from "../core/errors.ts";
import { scalars } from "./gguf-metadata.ts";
import { GgufError, type GgufHeader, readHeader } from "./gguf-reader.ts";
import { fileTypeName, humanNumber } from "./gguf-types.ts";

/** What lists and checks of models need to know of a GGUF file. */
export interface GgufFacts {
  /** "llama" */
  architecture: string;
  /** Such as "8.0B". */
  parameterSize: string;
  nParams: number;
  /** Quantisation: "Q4_K_M". */
  fileType: string;
  /** Tokens that it was trained for. */
  contextLength: number | undefined;
  embeddingLength: number | undefined;
  /** It makes embeddings, not text. */
  embeds: boolean;
  /** It was trained to fill in the middle. */
  infills: boolean;
  vision: boolean;
  audio: boolean;
  /** Jinja text. */
  chatTemplate: string | undefined;
}

const known = new Map<string, { stamp: string; facts: GgufFacts | AppError }>();

/**
 * Reads the file only when it changed since the last time.
 * @throws AppError model_load_failed when it cannot be read
 */
export function ggufFacts(path: string): GgufFacts {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat?.isFile()) throw new AppError("model_load_failed", `no such file: ${path}`);
  const stamp = `${stat.mtimeMs} ${stat.size}`;
  const old = known.get(path);
  const facts = old?.stamp === stamp ? old.facts : factsOrError(path);
  known.set(path, { stamp, facts });
  if (facts instanceof AppError) throw facts;
  return facts;
}

/** null: the file cannot be read, or there is none. */
export function ggufFactsIfAny(path: string): GgufFacts | null {
  try {
    return ggufFacts(path);
  } catch (error) {
    if (error instanceof AppError) return null;
    throw error;
  }
}

/** The whole header. @throws AppError model_load_failed when it cannot be read */
export function ggufHeader(path: string, nListMax: number): GgufHeader {
  try {
    return readHeader(path, { nListMax, hasTensors: true });
  } catch (cause) {
    const isMissing = cause instanceof Error && "code" in cause && cause.code === "ENOENT";
    if (!isMissing && !(cause instanceof GgufError)) throw cause;
    const why = isMissing ? `no such file: ${path}` : `${path} cannot be read: ${cause.message}`;
    throw new AppError("model_load_failed", why, { cause });
  }
}

/** The file's parameters, by the shapes of its tensors. */
export const nParamsOf = ({ tensors }: GgufHeader): number =>
  tensors.reduce((sum, { shape }) => sum + shape.reduce((n, size) => n * size, 1), 0);

function factsOrError(path: string): GgufFacts | AppError {
  try {
    return factsOf(ggufHeader(path, 0));
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
}

function factsOf(header: GgufHeader): GgufFacts {
  const metadata = scalars(header);
  const text = (key: string) => {
    const value = metadata.get(key);
    return typeof value === "string" ? value : undefined;
  };
  const number = (key: string) => {
    const value = metadata.get(key);
    return typeof value === "number" ? value : undefined;
  };
  const architecture = text("general.architecture") ?? "";
  const nParams = nParamsOf(header);
  return {
    architecture,
    parameterSize: humanNumber(nParams),
    nParams,
    fileType: fileTypeName(number("general.file_type") ?? -1),
    contextLength: number(`${architecture}.context_length`),
    embeddingLength: number(`${architecture}.embedding_length`),
    embeds: number(`${architecture}.pooling_type`) !== undefined,
    infills: fimTokens.every((names) => names.some((name) => metadata.has(name))),
    vision: metadata.has(`${architecture}.vision.block_count`),
    audio: metadata.has(`${architecture}.audio.block_count`),
    chatTemplate: text("tokenizer.chat_template"),
  };
}

/** Tokens for filling in the middle, each under one of its names. */
const fimTokens = ["pre", "suf", "mid"].map((place, i) => [
  `tokenizer.ggml.fim_${place}_token_id`,
  `tokenizer.ggml.${["prefix", "suffix", "middle"][i]}_token_id`,
]);
