import { packTokens, unpackTokens } from "../../ffi/slot-tokens.ts";
import { type MediaKeys, TokenList } from "./tokens.ts";

/**
 * Words that a picture may take in a slot file beside its tokens. What libmtmd keeps of one are a
 * few hundred bytes.
 */
export const mediaWordsMax = 65_536;

/** The tokens of a row as a slot file has them: llama-server's own form. */
export function packRow(tokens: TokenList, nTokens: number): Int32Array {
  const keys = tokens.keys.slice(0, nTokens);
  const media = tokens.media
    .filter(({ start }) => start < nTokens)
    .map(({ start, saved }) => ({ start, saved: saved ?? new Uint8Array(0) }));
  return packTokens(keys, media);
}

/**
 * Reads the tokens of a slot file.
 * @throws Error when they are damaged, or not for this model
 */
export function unpackRow(
  payload: Int32Array,
  expected: { nVocab: number; nTokensMax: number; seesMedia: boolean; mediaKeys: MediaKeys },
): TokenList {
  const { keys, media } = unpackTokens(payload);
  if (media.length > 0 && !expected.seesMedia) {
    throw new Error("Cannot restore media tokens without an mmproj");
  }
  if (keys.length > expected.nTokensMax) {
    throw new Error("Restored prompt does not fit in the slot context");
  }
  const tokens = TokenList.fromTokens(keys);
  for (const { start, id, nTokens, nPos, saved } of media) {
    const end = start + nTokens;
    if (nTokens === 0 || keys.subarray(start, end).some((key) => key >= 0)) throw damaged();
    tokens.media.push({ start, chunk: { id, nTokens, nPos, ptr: null }, saved });
    tokens.keys.fill(expected.mediaKeys.keyOf(id), start, end);
    keys.fill(0, start, end); // so that what is left below 0 belongs to no picture
  }
  if (keys.some((key) => key < 0 || key >= expected.nVocab)) throw damaged();
  return tokens;
}

function damaged(): Error {
  return new Error("Invalid tokens in slot save file");
}
