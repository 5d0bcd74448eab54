import { postJson } from "../events.ts";
import type { ServedModel } from "../server.ts";
import type { Load, Workload } from "../workload.ts";

const nPredict = 128;
const nAnswers = 3;

const tool = (name: string, description: string, properties: Readonly<Record<string, object>>) => ({
  type: "function",
  function: {
    ...{ name, description },
    parameters: { type: "object", properties, required: Object.keys(properties) },
  },
});

const string = { type: "string" };

const tools = [
  tool("get_weather", "The weather at a place", {
    place: string,
    unit: { enum: ["celsius", "fahrenheit"] },
  }),
  tool("search", "Searches documents", {
    query: string,
    nResults: { type: "integer" },
    filters: { type: "array", items: { type: "object", properties: { field: string } } },
  }),
  tool("send_mail", "Sends a mail", { to: string, subject: string, body: string }),
];

/** Fields that we do not read are left out. */
interface ChatAnswer {
  readonly usage: { readonly completion_tokens: number };
}

export const toolCall: Workload = {
  name: "tool-call grammar",
  description:
    `/v1/chat/completions with ${tools.length} tools and tool_choice "required", greedy, at most ` +
    `${nPredict} tokens, not streamed; tokens of ${nAnswers} answers ÷ their time. Each prompt ` +
    "was read before by a request of one token.",
  metrics: {
    decode: { label: "decode", unit: "tok/s", better: "higher" },
  },
  async run({ model }, load) {
    let [nTokens, ms] = [0, 0];
    for (let i = 0; i < nAnswers; i++) {
      const message = load.nextPrompt();
      await ask(model, message, 1, load);
      const startMs = performance.now();
      nTokens += await ask(model, message, load.tokens(nPredict), load);
      ms += performance.now() - startMs;
    }
    return { decode: (nTokens / ms) * 1000 };
  },
};

/** The number of tokens of the answer. */
async function ask(
  { baseUrl, name }: ServedModel,
  content: string,
  maxTokens: number,
  { signal }: Load,
): Promise<number> {
  const body = {
    ...(name === undefined ? {} : { model: name }),
    ...{ messages: [{ role: "user", content }], max_tokens: maxTokens },
    ...{ temperature: 0, tools, tool_choice: "required" },
  };
  const response = await postJson(`${baseUrl}/v1/chat/completions`, body, signal);
  const { usage } = (await response.json()) as ChatAnswer;
  return usage.completion_tokens;
}
