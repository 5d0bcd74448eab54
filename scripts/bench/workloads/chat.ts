import { type ChatMessage, streamChat } from "../chat-stream.ts";
import { median } from "../median.ts";
import type { ServedModel } from "../server.ts";
import type { Load, Workload } from "../workload.ts";

const nUsers = 4;
const nTurns = 10;
const nMessageWords = 32;
const nPredict = 16;

export const multiTurnChat: Workload = {
  name: `${nUsers} users, ${nTurns} turns`,
  description:
    `${nUsers} users at once, each with ${nTurns} turns one after the other through ` +
    `/v1/chat/completions: ${nMessageWords} more words and ${nPredict} tokens of answer a turn, ` +
    "the whole history sent every time. The first token's time is the median of all turns but " +
    "the first.",
  metrics: {
    firstToken: {
      label: "time to first token",
      ...{ unit: "ms", better: "lower", target: { ratio: 1 } },
    },
    wall: { label: "all turns", unit: "s", better: "lower" },
  },
  async run({ model }, load) {
    const startMs = performance.now();
    const users = Array.from({ length: nUsers }, () => oneUser(model, load));
    const firstTokens = (await Promise.all(users)).flatMap((turns) => turns.slice(1));
    return { firstToken: median(firstTokens), wall: (performance.now() - startMs) / 1000 };
  },
};

/** The time to the first token of each turn, ms. */
async function oneUser(model: ServedModel, { nextPrompt, signal }: Load): Promise<number[]> {
  const messages: ChatMessage[] = [];
  const firstTokens: number[] = [];
  for (let turn = 0; turn < nTurns; turn++) {
    messages.push({ role: "user", content: nextPrompt(nMessageWords) });
    const answer = await streamChat(model, messages, nPredict, signal);
    messages.push({ role: "assistant", content: answer.text });
    firstTokens.push(answer.firstTokenMs - answer.sentMs);
  }
  return firstTokens;
}
