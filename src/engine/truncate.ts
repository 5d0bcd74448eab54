import type { Message } from "../core/messages.ts";
import type { TokenList } from "./tokens.ts";

/** What a conversation comes to: it fits, it is too long, or its template refuses it. */
export type Verdict = "fits" | "too_long" | "refused";

/**
 * The longest end of a conversation that fits, its system messages before it; where none does, the
 * shortest that the template takes. The last message stays, and with a tool's result the call that
 * it answers.
 */
export function fittingEnd(
  messages: Message[],
  judge: (kept: Message[]) => Verdict,
): { messages: Message[]; nDropped: number } {
  const starts = startsOf(messages);
  const from = (i: number) => withoutBefore(messages, starts[i] ?? 0);
  // starts: [0, low) do not fit, [high, end) do, or high is the last
  let [low, high] = [1, starts.length - 1];
  let last: Verdict | null = null;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (judge(from(middle)) === "fits") high = middle;
    else low = middle + 1;
  }
  if (low === starts.length - 1) last = judge(from(low));
  const isRefused = last === "refused";
  const lastUser = starts.findLastIndex((start) => messages[start]?.role === "user");
  const kept = starts.length < 2 ? messages : from(isRefused ? Math.max(0, lastUser) : low);
  return { messages: kept, nDropped: messages.length - kept.length };
}

/**
 * Where a shorter conversation may begin: with what somebody asked, or, within the long work on the
 * last question, with any turn of the model's.
 */
function startsOf(messages: Message[]): number[] {
  const lastUser = messages.findLastIndex(({ role }) => role === "user");
  return messages.flatMap(({ role }, i) =>
    role === "user" || (role === "assistant" && i > lastUser) ? [i] : [],
  );
}

const withoutBefore = (messages: Message[], start: number): Message[] =>
  messages.filter(({ role }, i) => role === "system" || i >= start);

/** Tokens of a cut prompt's end that stay in any case. */
const nTailMin = 3;

/**
 * Takes the middle out of a prompt that does not fit, so that about half of the context is left for
 * what follows. Pictures are not taken apart.
 * @param nKeep tokens at the beginning that stay
 * @returns tokens dropped
 */
export function cutMiddle(tokens: TokenList, nKeep: number, nCtx: number): number {
  const { length } = tokens;
  if (length < nCtx || tokens.media.length > 0) return 0;
  const nLeft = Math.min(nCtx - 1, Math.max(Math.floor(nCtx / 2), nKeep + nTailMin));
  tokens.drop(nKeep, length - nLeft);
  return length - nLeft;
}
