import { commonCells, type Wanted } from "./prefix-cache.ts";
import type { TokenList } from "./tokens.ts";

/** Cells [from, to) of a row that hold what a new prompt has at `at`; `at` is before `from`. */
export interface Stretch {
  from: number;
  to: number;
  at: number;
}

/**
 * The stretches of a row that can be moved to where a prompt has them.
 * @param nMin tokens that each has at least @param nOthers cells of the row that others share
 * @returns none when cells that others share would have to be moved
 */
export function stretchesToMove(
  wanted: Wanted,
  row: Wanted & { nCached: number },
  nMin: number,
  nOthers: number,
): Stretch[] {
  const nShared = commonCells(wanted, row, row.nCached);
  const stretches = reusableStretches(wanted.tokens, row, nShared, nMin);
  const [first] = stretches;
  return first && nOthers <= first.from ? stretches : [];
}

/**
 * Stretches of a row's tokens that a prompt repeats after text that it leaves out: in order, each
 * at least `nMin` tokens long. Their cells can be moved to where the prompt has them.
 * Source: llama-server's `n_cache_reuse`.
 * @param nShared tokens that both begin with, where the search starts
 * @returns what joins the shared beginning without a gap; empty when pictures are involved
 */
export function reusableStretches(
  prompt: TokenList,
  row: { tokens: TokenList; nCached: number },
  nShared: number,
  nMin: number,
): Stretch[] {
  if (prompt.media.length > 0 || row.tokens.media.length > 0) return [];
  const stretches: Stretch[] = [];
  const end = prompt.length - 1; // the last token is decoded, for its logits
  let at = nShared;
  let from = nShared;
  while (from < row.nCached && at < end) {
    let n = 0;
    while (from + n < row.nCached && at + n < end) {
      if (row.tokens.keys[from + n] !== prompt.keys[at + n]) break;
      n++;
    }
    if (n < nMin) {
      from++;
      continue;
    }
    stretches.push({ from, to: from + n, at });
    at += n;
    from += n;
  }
  return stretches;
}
