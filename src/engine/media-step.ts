import { inTurn } from "./plan.ts";
import type { Sequence } from "./sequence.ts";
import type { MediaSpan } from "./tokens.ts";

/** The picture that a step decodes, beside its batch. */
export interface MediaStep {
  sequence: Sequence;
  span: MediaSpan;
  /** Spans that may be encoded in the same go. */
  following: MediaSpan[];
  /** Streams run: they get a step between its encoding and its decoding. */
  hasStreams: boolean;
}

/**
 * The next picture of those who prefill, each in its turn; null: none comes next. One a step, with
 * a batch after it, bounds how long running streams wait.
 */
export function nextMedia(running: Sequence[]): MediaStep | null {
  const [sequence] = inTurn(running.filter((one) => mediaOf(one) !== undefined));
  const span = sequence && mediaOf(sequence);
  if (!span) return null;
  const hasStreams = running.some(({ isDecoding }) => isDecoding);
  // Several at once are encoded faster, but streams would wait for all of them.
  const { media } = sequence.tokens;
  const following = hasStreams ? [] : media.filter(({ start }) => start > span.start);
  return { sequence, span, following, hasStreams };
}

function mediaOf({ tokens, nCached }: Sequence): MediaSpan | undefined {
  return tokens.mediaAt(nCached);
}
