import type { SequenceState } from "../../ffi/sequence-state.ts";
import type { TokenList } from "./tokens.ts";

/**
 * What a row that cannot be cut anywhere (recurrent state, a sliding window) had in it after its
 * first `n` cells, so that it can be cut there.
 */
export interface Checkpoint {
  readonly n: number;
  readonly state: SequenceState;
}

/** How many checkpoints there are. */
export interface CheckpointLimits {
  /** Most of one row; 0: none are made. */
  nMax: number;
  /** Tokens from one to the next in a prompt's earlier turns; 0: there is one at each turn. */
  minStep: number;
}

/** The last tokens of a prompt may be others when it is asked again with an answer behind them. */
const nTailTokens = 4;
/** What a prompt has behind its last turn, if not more than this, is soon computed again. */
const nOpenTurnMax = 16;
/** Prompts and what they share are not worth a checkpoint below so many tokens. */
export const nCheckpointMin = 16;

/**
 * Where to make checkpoints while a prompt is computed, in order: where the last two of its turns
 * begin (who shares a system prompt, or asks on, has the same tokens up to there), and on the way
 * there now and then.
 * @param isEog ends a turn
 */
export function checkpointPoints(
  tokens: TokenList,
  isEog: (token: number) => boolean,
  { nMax, minStep }: CheckpointLimits,
): number[] {
  const end = tokens.length - nTailTokens;
  if (nMax === 0 || end < nCheckpointMin) return [];
  const turns: number[] = [];
  for (const [i, token] of tokens.keys.entries()) {
    if (token >= 0 && isEog(token) && i + 1 < tokens.length) turns.push(i + 1);
  }
  if (tokens.length - (turns.at(-1) ?? 0) > nOpenTurnMax) turns.push(end);
  const points: number[] = [];
  let last = 0;
  for (const [i, turn] of turns.entries()) {
    for (; minStep > 0 && turn - last > minStep; last += minStep) points.push(last + minStep);
    if (turn - last < minStep && i < turns.length - 2) continue;
    if (turn < nCheckpointMin || turn === last) continue;
    points.push(turn);
    last = turn;
  }
  return points.map((n) => tokens.wholeCells(n));
}

/** The last of a row's checkpoints within its first `n` cells. */
export function checkpointWithin(checkpoints: readonly Checkpoint[], n: number) {
  return checkpoints.findLast((checkpoint) => checkpoint.n <= n) ?? null;
}

/** A row's checkpoints with one more; where these are too many, the closest to another goes. */
export function withCheckpoint(
  checkpoints: readonly Checkpoint[],
  added: Checkpoint,
  nMax: number,
): Checkpoint[] {
  const all = checkpoints.filter(({ n }) => n !== added.n);
  all.push(added);
  all.sort((a, b) => a.n - b.n);
  return all.length > nMax ? thinned(all) : all;
}

/** One checkpoint less: the one that leaves the smallest gap; the last one stays. */
export function thinned(checkpoints: readonly Checkpoint[]): Checkpoint[] {
  const gapWithout = (i: number) => (checkpoints[i + 1]?.n ?? 0) - (checkpoints[i - 1]?.n ?? 0);
  let least = 0;
  for (let i = 1; i < checkpoints.length - 1; i++) if (gapWithout(i) < gapWithout(least)) least = i;
  return checkpoints.toSpliced(least, 1);
}

export function bytesOf(state: SequenceState): number {
  return state.reduce((sum, part) => sum + part.length, 0);
}
