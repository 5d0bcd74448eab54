/** A sequence that may have a draft in a step. */
export interface Candidate {
  /** Tokens of its draft at most. */
  nMax: number;
  /** How likely token `i` of the draft is right if those before it are. */
  rateAt(i: number): number;
}

/** What a step costs. */
export interface Price {
  /** Milliseconds by the number of rows. */
  msOf(nRows: number): number;
  /** Milliseconds for each token of the longest draft, beforehand. */
  msPerDraftToken: number;
}

/** A token that is less likely right is not worth a thought. */
const chanceMin = 0.02;
/**
 * Drafts have to promise so many times the tokens per millisecond of a step without them: what
 * steps take is known to some percent only.
 */
const gainMin = 1.08;

/**
 * The lengths of drafts that promise most tokens per millisecond for all sequences of a step
 * together; zeros where none pays.
 * @param nSequences sequences that decode in the step, each of which has a row
 * @param nRowsMax rows that drafts may take
 */
export function draftLengths(
  candidates: readonly Candidate[],
  nSequences: number,
  nRowsMax: number,
  { msOf, msPerDraftToken }: Price,
): number[] {
  const lengths = candidates.map(() => 0);
  const chances = candidates.map((one) => (one.nMax > 0 ? one.rateAt(0) : 0));
  const picked: number[] = [];
  let nTokens = nSequences;
  let longest = 0;
  let nBest = 0;
  let best = (gainMin * nTokens) / msOf(nSequences);
  while (picked.length < nRowsMax) {
    const at = indexOfMost(chances);
    const chance = chances[at] ?? 0;
    const candidate = candidates[at];
    if (!candidate || chance < chanceMin) break;
    picked.push(at);
    nTokens += chance;
    const length = (lengths[at] ?? 0) + 1;
    lengths[at] = length;
    longest = Math.max(longest, length);
    chances[at] = length < candidate.nMax ? chance * candidate.rateAt(length) : 0;
    const ms = msOf(nSequences + picked.length) + longest * msPerDraftToken;
    if (nTokens / ms <= best) continue;
    best = nTokens / ms;
    nBest = picked.length;
  }
  for (const at of picked.slice(nBest)) lengths[at] = (lengths[at] ?? 0) - 1;
  return lengths;
}

function indexOfMost(chances: readonly number[]): number {
  let most = 0;
  for (let i = 1; i < chances.length; i++) {
    if ((chances[i] ?? 0) > (chances[most] ?? 0)) most = i;
  }
  return most;
}
