import type { ChatPrompt } from "../../core/generate.ts";
import type { Message } from "../../core/messages.ts";

/** Of the context, what is left for an answer whose length nobody limits. */
const answerShare = 1 / 4;
/** The most that an answer may take from the conversation. */
const answerShareMax = 1 / 2;

/** More than any token has, bytes. Texts of 20 MB take the engine seconds to count. */
const tokenBytesMax = 1000;

/** Tokens that a prompt may have, so that the answer finds room behind it. */
export function roomForPrompt(nCtxSeq: number, nOutputMax: number | undefined): number {
  const nAnswer = Math.min(nOutputMax ?? nCtxSeq * answerShare, nCtxSeq * answerShareMax);
  return nCtxSeq - Math.ceil(nAnswer);
}

/**
 * `prompt` without its oldest messages, as many as it takes to fit. System prompts and the last
 * message stay, and with a tool's result the call that it answers.
 */
export async function fitted(
  prompt: ChatPrompt,
  nTokensMax: number,
  count: (prompt: ChatPrompt) => Promise<number>,
): Promise<ChatPrompt> {
  const fits = async (one: ChatPrompt) =>
    nBytesOf(one) <= nTokensMax * tokenBytesMax && (await count(one)) <= nTokensMax;
  const starts = startsOf(prompt.messages);
  if (starts.length < 2 || (await fits(prompt))) return prompt;
  const from = (start: number) => ({ ...prompt, messages: withoutBefore(prompt.messages, start) });
  // starts: [0, low) do not fit, [high, end) do; the last one is what there is, if none does
  let [low, high] = [0, starts.length - 1];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (await fits(from(starts[middle] ?? 0))) high = middle;
    else low = middle + 1;
  }
  return from(starts[low] ?? 0);
}

function nBytesOf({ messages }: ChatPrompt): number {
  const texts = messages.flatMap(({ parts }) => parts.filter((part) => part.type === "text"));
  return texts.reduce((n, { text }) => n + Buffer.byteLength(text), 0);
}

/** Where a shorter conversation may begin. */
function startsOf(messages: Message[]): number[] {
  return messages.flatMap(({ role }, i) => (role === "user" || role === "assistant" ? [i] : []));
}

const withoutBefore = (messages: Message[], start: number): Message[] =>
  messages.filter(({ role }, i) => role === "system" || i >= start);
