import { postStream } from "./events.ts";
import type { ServedModel } from "./server.ts";

export interface ChatMessage {
  readonly role: "system" | "user" | "assistant";
  readonly content: string;
}

/** When a streamed chat answer reached the client. Times are `performance.now()`, in ms. */
export interface ChatTimes {
  readonly sentMs: number;
  readonly firstTokenMs: number;
  readonly lastTokenMs: number;
  readonly nPredicted: number;
  readonly text: string;
}

/** Fields that we do not read are left out. */
interface ChatChunk {
  readonly choices?: readonly { readonly delta?: { readonly content?: string | null } }[];
  readonly usage?: { readonly completion_tokens: number } | null;
}

/**
 * Sends one `POST /v1/chat/completions`, greedy, and watches its stream to the end.
 * @throws Error on an error status or frame, and when the number of tokens is not `nPredict`
 */
export async function streamChat(
  { baseUrl, name }: ServedModel,
  messages: readonly ChatMessage[],
  nPredict: number,
  signal: AbortSignal,
): Promise<ChatTimes> {
  const body = {
    ...(name === undefined ? {} : { model: name }),
    ...{ messages, max_tokens: nPredict, temperature: 0 },
    ...{ stream: true, stream_options: { include_usage: true } },
  };
  const sentMs = performance.now();
  let firstTokenMs: number | undefined;
  let lastTokenMs = sentMs;
  let nPredicted = 0;
  let text = "";
  for await (const chunk of postStream<ChatChunk>(`${baseUrl}/v1/chat/completions`, body, signal)) {
    nPredicted = chunk.usage?.completion_tokens ?? nPredicted;
    const content = chunk.choices?.[0]?.delta?.content ?? "";
    if (content === "") continue;
    lastTokenMs = performance.now();
    firstTokenMs ??= lastTokenMs;
    text += content;
  }
  if (firstTokenMs === undefined || nPredicted !== nPredict) {
    throw new Error(`${nPredicted} tokens predicted, ${nPredict} asked for`);
  }
  return { sentMs, firstTokenMs, lastTokenMs, nPredicted, text };
}
