import type { CallAnswer, CallQuestion } from "../core/calls.ts";
import { AppError } from "../core/errors.ts";
import type { Loaded } from "./prepare.ts";
import { tokenizeParts } from "./prompt.ts";

type Vocabulary = Pick<Loaded, "model" | "media" | "mediaKeys" | "options">;

/** @throws AppError for tokens that there are not, and for pictures, which have none */
export function tokenize(
  loaded: Vocabulary,
  { parts, addSpecial, parseSpecial }: CallQuestion<"tokenize">,
): CallAnswer<"tokenize"> {
  using stack = new DisposableStack();
  const options = { addSpecial, parseSpecial, param: "content" };
  const { keys, media } = tokenizeParts(loaded, parts, options, stack);
  if (media.length > 0) {
    throw new AppError("invalid_request", "pictures have no tokens", { param: "content" });
  }
  return { tokens: keys, pieces: keys.map((token) => pieceOf(loaded, token)) };
}

function pieceOf({ model }: Vocabulary, token: number): string | number[] {
  const bytes = model.pieceView(token, true);
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return [...bytes];
  }
}

/** @throws AppError for tokens that there are not */
export function detokenize(
  { model }: Vocabulary,
  { tokens }: CallQuestion<"detokenize">,
): CallAnswer<"detokenize"> {
  for (const [i, token] of tokens.entries()) {
    if (Number.isInteger(token) && token >= 0 && token < model.nVocab) continue;
    const message = `\`tokens[${i}]\` is ${token}, the vocabulary ends at ${model.nVocab - 1}`;
    throw new AppError("invalid_request", message, { param: "tokens" });
  }
  return { text: model.joinPieces(tokens, true) };
}
