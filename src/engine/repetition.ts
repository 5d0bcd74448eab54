/** Longest stretch that is recognized as repeated over and over, tokens. */
const periodMax = 64;
/** So few different tokens in half a context are no text, but a stammer. */
const nDifferentMin = 5;

/** Whether the last half of a sequence only says the same again. */
export function repeatsItself(keys: readonly number[]): boolean {
  const from = Math.ceil(keys.length / 2);
  if (new Set(keys.slice(from)).size < nDifferentMin) return true;
  for (let period = 1; period <= Math.min(periodMax, from); period++) {
    if (hasPeriod(keys, from, period)) return true;
  }
  return false;
}

function hasPeriod(keys: readonly number[], from: number, period: number): boolean {
  for (let i = from; i < keys.length; i++) {
    if (keys[i] !== keys[i - period]) return false;
  }
  return true;
}
