/** Standard deviations of a normal distribution that hold 95 % of it on both sides. */
const z95 = 1.96;

/** Wilson's 95 % interval of a share, of which `nRight` of `n` trials were seen. */
export function wilsonInterval(nRight: number, n: number): readonly [low: number, high: number] {
  if (n === 0) return [0, 1];
  const share = nRight / n;
  const centre = share + z95 ** 2 / (2 * n);
  const margin = z95 * Math.sqrt((share * (1 - share)) / n + z95 ** 2 / (4 * n * n));
  const scale = 1 + z95 ** 2 / n;
  return [Math.max(0, (centre - margin) / scale), Math.min(1, (centre + margin) / scale)];
}

/**
 * The area under the ROC curve: how often one of `positive` is above one of `negative`, ties
 * counted half. 1 separates them, 0.5 tells nothing; NaN when one side is empty.
 */
export function areaUnderRoc(positive: readonly number[], negative: readonly number[]): number {
  const sorted = [...negative].sort((a, b) => a - b);
  let nAbove = 0;
  for (const value of positive) {
    nAbove += (nBelow(sorted, value, false) + nBelow(sorted, value, true)) / 2;
  }
  return nAbove / (positive.length * negative.length);
}

/** Values of the ascending list below `value`, or, if `included`, not above it. */
function nBelow(ascending: readonly number[], value: number, included: boolean): number {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const at = ascending[middle] ?? 0;
    if (at < value || (included && at === value)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Cosine of the angle between two vectors; 0 when one has no length. */
export function cosine(a: readonly number[], b: readonly number[]): number {
  let [product, squareA, squareB] = [0, 0, 0];
  for (const [i, x] of a.entries()) {
    const y = b[i] ?? 0;
    product += x * y;
    squareA += x * x;
    squareB += y * y;
  }
  const lengths = Math.sqrt(squareA * squareB);
  return lengths === 0 ? 0 : product / lengths;
}
