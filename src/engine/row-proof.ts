import assert from "node:assert";
import type { CachedRow } from "./prefix-cache.ts";
import type { Runner } from "./runner.ts";

/** What llama.cpp knows about rows. */
type NativeBooks = Pick<Runner, "nSeqMax" | "keepsWholeRows" | "positionsOf">;

/** What a row has to hold: its first `nCached` cells. */
type Held = Pick<CachedRow, "seqId" | "tokens" | "nCached">;

/**
 * Proves by what the native side says that every cell is accounted for: rows hold the positions of
 * their tokens and no other, those that nobody has hold none. Asks for two numbers of each row.
 * @param rows all that are cached or run
 */
export function proveRows(runner: NativeBooks, rows: Iterable<Held>): void {
  const held = new Map(Array.from(rows, (row) => [row.seqId, row]));
  for (let seqId = 0; seqId < runner.nSeqMax; seqId++) {
    const row = held.get(seqId);
    const positions = runner.positionsOf(seqId);
    if (!row || row.nCached === 0) {
      assert(positions === null, `row ${seqId} holds cells that belong to nobody`);
      continue;
    }
    assert(positions, `row ${seqId} has lost its ${row.nCached} cells`);
    const { from, to } = lastPositions(row);
    const { first, last } = positions;
    const isWhole = runner.keepsWholeRows ? first === 0 : first <= last;
    const holds = `row ${seqId} holds positions ${first} to ${last}`;
    assert(isWhole && last >= from && last <= to, `${holds}, and should hold 0 to ${to}`);
  }
}

/**
 * Where a row's last position may be. All cells of a picture may have its first position, though
 * what follows goes on behind as many as the picture is long.
 */
function lastPositions({ tokens, nCached }: Held): { from: number; to: number } {
  const to = tokens.positionOf(nCached) - 1;
  const span = tokens.media.find(({ start, chunk }) => start + chunk.nTokens === nCached);
  return { from: span ? tokens.positionOf(span.start) : to, to };
}
