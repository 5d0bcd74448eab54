import { type Chunk, type MediaContext, mediaSize, UndecodableMedia } from "../../ffi/media.ts";
import { AppError } from "../core/errors.ts";
import type { PromptPart } from "../core/generate.ts";
import { engineLimitsOf } from "../core/limits.ts";
import type { LoadOptions } from "../core/load.ts";
import { firstTooLarge } from "./media-limits.ts";
import { inflatesBeyondItsSize } from "./png.ts";
import { type MediaKeys, TokenList } from "./tokens.ts";

/** A picture (audio clip) as it was sent. */
export interface MediaFile {
  bytes: Uint8Array;
  /** The field that it came in; absent: the prompt's. */
  param?: string;
}

/** What prompts are tokenized with. */
export interface Tokenizer {
  model: {
    nVocab: number;
    tokenize(text: string, addSpecial: boolean, parseSpecial: boolean): Int32Array;
  };
  media: MediaContext | null;
  mediaKeys: MediaKeys;
  options: Pick<LoadOptions, "limits">;
}

export interface TokenizeOptions {
  /** Special tokens (BOS …) are added, unless the first part is a token. */
  addSpecial: boolean;
  /** Texts such as "<|im_end|>" stand for the special tokens that they name. */
  parseSpecial: boolean;
  /** The field that the parts are in, for errors. */
  param: string;
}

/**
 * The tokens of texts, tokens and pictures one after another, as llama-server reads mixed prompts.
 * @param stack keeps what the pictures' cells are computed from
 * @throws AppError for tokens that the vocabulary lacks, and for media that cannot be read
 */
export function tokenizeParts(
  tokenizer: Tokenizer,
  parts: readonly PromptPart[],
  options: TokenizeOptions,
  stack: DisposableStack,
): TokenList {
  const hasMedia = parts.some((part) => part instanceof Uint8Array);
  const chunks = hasMedia
    ? mediaChunks(tokenizer, parts, options, stack)
    : parts.map((part, at) => chunkOf(tokenizer, part, at, options));
  return TokenList.fromChunks(chunks, tokenizer.mediaKeys);
}

function chunkOf(
  { model }: Tokenizer,
  part: PromptPart,
  at: number,
  { addSpecial, parseSpecial, param }: TokenizeOptions,
): Chunk {
  if (typeof part === "string") {
    return { type: "text", tokens: model.tokenize(part, addSpecial && at === 0, parseSpecial) };
  }
  if (typeof part === "number" && part >= 0 && part < model.nVocab) {
    return { type: "text", tokens: Int32Array.of(part) };
  }
  const ends = `the vocabulary ends at ${model.nVocab - 1}`;
  const message = `Prompt contains invalid tokens: \`${param}[${at}]\` is ${part}, ${ends}`;
  throw new AppError("invalid_request", message, { param });
}

/** libmtmd tokenizes texts and pictures between two tokens together. */
function mediaChunks(
  tokenizer: Tokenizer,
  parts: readonly PromptPart[],
  options: TokenizeOptions,
  stack: DisposableStack,
): Chunk[] {
  const chunks: Chunk[] = [];
  let nFiles = 0;
  for (let from = 0; from < parts.length; ) {
    const nextToken = parts.findIndex((part, i) => i >= from && typeof part === "number");
    const to = nextToken < 0 ? parts.length : nextToken;
    const run = parts.slice(from, to);
    const files = run.flatMap((part) => (part instanceof Uint8Array ? [{ bytes: part }] : []));
    const { marker = "" } = tokenizer.media ?? {};
    const text = run.map((part) => (typeof part === "string" ? part : marker)).join("");
    const at = { ...options, addSpecial: options.addSpecial && from === 0, nFiles };
    if (run.length > 0) chunks.push(...markedChunks(tokenizer, text, files, at, stack));
    const token = parts[to];
    if (token !== undefined) chunks.push(chunkOf(tokenizer, token, to, options));
    nFiles += files.length;
    from = to + 1;
  }
  return chunks;
}

/**
 * The tokens of a text in which a marker stands for each of `files`.
 * @throws AppError as tokenizeParts does
 */
export function tokenizeMarked(
  tokenizer: Tokenizer,
  text: string,
  files: readonly MediaFile[],
  { addSpecial, param }: Pick<TokenizeOptions, "addSpecial" | "param">,
  stack: DisposableStack,
): TokenList {
  const at = { addSpecial, param, nFiles: 0 };
  const chunks = markedChunks(tokenizer, text, files, at, stack);
  return TokenList.fromChunks(chunks, tokenizer.mediaKeys);
}

function markedChunks(
  { media, options }: Tokenizer,
  text: string,
  files: readonly MediaFile[],
  { addSpecial, param, nFiles }: { addSpecial: boolean; param: string; nFiles: number },
  stack: DisposableStack,
): Chunk[] {
  if (!media) {
    const message =
      "Multimodal data provided, but model does not support multimodal requests: " +
      "it was loaded without a projector (mmproj)";
    throw new AppError("unsupported", message, { param });
  }
  const refused = (index: number, reason: string, cause?: unknown) => {
    const field = files[index]?.param;
    const name = field === undefined ? `image ${nFiles + index + 1}` : `\`${field}\``;
    const context = { param: field ?? param, cause };
    return new AppError("invalid_request", `${name} ${reason}`, context);
  };
  const sizes = files.map(({ bytes }) => mediaSize(bytes));
  const large = firstTooLarge(sizes, engineLimitsOf(options.limits));
  if (large) throw refused(large.index, large.reason);
  const bomb = files.findIndex(({ bytes }) => inflatesBeyondItsSize(bytes));
  if (bomb >= 0) throw refused(bomb, "holds more data than its width and height have room for");
  const nShown = text.split(media.marker).length - 1;
  if (nShown !== files.length) {
    const message = `the chat template shows ${nShown} of ${files.length} pictures`;
    throw new AppError("invalid_request", message, { param });
  }
  try {
    const contents = files.map(({ bytes }) => bytes);
    return stack.use(media.tokenize(text, contents, addSpecial)).chunks;
  } catch (error) {
    if (!(error instanceof UndecodableMedia)) throw error;
    const reason = "is not a picture that can be decoded (JPEG, PNG, BMP, GIF)";
    throw refused(error.index, reason, error);
  }
}
