/**
 * How many of `lengths`, from the first on, go into one decode together. At least one: what is
 * longer than allowed goes alone.
 * @param lengths tokens of each input
 * @param nTokensMax of all together
 */
export function nFitting(lengths: number[], nTokensMax: number, nInputsMax: number): number {
  let nTokens = 0;
  for (const [i, length] of lengths.entries()) {
    nTokens += length;
    if (i > 0 && (nTokens > nTokensMax || i >= nInputsMax)) return i;
  }
  return lengths.length;
}
