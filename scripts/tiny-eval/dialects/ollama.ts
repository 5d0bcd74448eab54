import { type Answer, type Ask, type AskedMessage, type Call, nPredictMax } from "../ask.ts";
import type { Dialect, Post } from "../dialect.ts";

/** POST /api/chat and /api/embed. */
export const ollamaChat: Dialect = {
  name: "Ollama chat",
  takes: showsFirst,
  ask: async (post, ask) => {
    const { tools, messages } = ask;
    const { message } = (await post("/api/chat", {
      messages: messages.map(toMessage),
      ...(tools.length > 0 && {
        tools: tools.map((tool) => ({ type: "function", function: tool })),
      }),
      ...commonFields(ask),
    })) as ChatAnswer;
    const { content, thinking = "", tool_calls = [] } = message;
    return { text: content, calls: tool_calls.map((call) => call.function), thought: thinking };
  },
  embed: async (post, input) => {
    const answer = (await post("/api/embed", { input })) as { embeddings: number[][] };
    return answer.embeddings;
  },
};

/** POST /api/generate: one question, with a system prompt at most; it also fills gaps. */
export const ollamaGenerate: Dialect = {
  name: "Ollama generate",
  takes: (ask) => {
    const roles = ask.messages.map(({ role }) => role).join();
    const isOneQuestion = roles === "user" || roles === "system,user";
    return showsFirst(ask) && ask.tools.length === 0 && isOneQuestion;
  },
  ask: async (post, ask) => {
    const system = ask.messages.find(({ role }) => role === "system")?.content;
    const { content = "", images = [] } = ask.messages.at(-1) ?? {};
    return await generate(post, {
      prompt: content,
      ...(system !== undefined && { system }),
      ...(images.length > 0 && { images: images.map(({ base64 }) => base64) }),
      ...commonFields(ask),
    });
  },
  infill: async (post, { prefix, suffix }) => {
    const body = { prompt: prefix, suffix, ...commonFields({}) };
    return (await generate(post, body)).text;
  },
};

/** Pictures are a field of a message, and go before its text. */
function showsFirst({ messages }: Ask): boolean {
  return messages.every(({ hasImagesLast }) => !hasImagesLast);
}

interface ChatAnswer {
  readonly message: {
    readonly content: string;
    readonly thinking?: string;
    readonly tool_calls?: readonly { readonly function: Call }[];
  };
}

async function generate(post: Post, body: object): Promise<Answer> {
  const answer = (await post("/api/generate", body)) as { response: string; thinking?: string };
  return { text: answer.response, calls: [], thought: answer.thinking ?? "" };
}

function toMessage({ role, content, images, calls, answers }: AskedMessage): object {
  return {
    role,
    content,
    ...(images.length > 0 && { images: images.map(({ base64 }) => base64) }),
    ...(calls.length > 0 && {
      tool_calls: calls.map(({ id, name, arguments: given }) => ({
        id,
        function: { name, arguments: given },
      })),
    }),
    ...(answers && { tool_name: answers.name, tool_call_id: answers.id }),
  };
}

function commonFields({ schema, think }: Partial<Ask>): object {
  return {
    stream: false,
    ...(schema && { format: schema }),
    ...(think !== undefined && { think }),
    options: { temperature: 0, num_predict: nPredictMax },
  };
}
