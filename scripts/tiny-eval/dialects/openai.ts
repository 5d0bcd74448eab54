import {
  type Answer,
  type Ask,
  type AskedMessage,
  dataUrl,
  inOrder,
  type JsonObject,
  nPredictMax,
  parsedJson,
} from "../ask.ts";
import type { Dialect } from "../dialect.ts";

/** POST /v1/chat/completions and /v1/embeddings. */
export const openai = openAiDialect("OpenAI", "/v1/chat/completions", "/v1/embeddings");

/** Nitro's routes take what OpenAI's do. */
export const nitro = openAiDialect(
  "Nitro",
  "/inferences/llamacpp/chat_completion",
  "/inferences/llamacpp/embedding",
);

interface ChatCompletion {
  readonly choices: readonly {
    readonly message: {
      readonly content: string | null;
      readonly reasoning_content?: string | null;
      readonly tool_calls?: readonly {
        readonly function: { readonly name: string; readonly arguments: string };
      }[];
    };
  }[];
}

interface Embeddings {
  readonly data: readonly { readonly embedding: readonly number[] }[];
}

function openAiDialect(name: string, chatPath: string, embeddingPath: string): Dialect {
  return {
    name,
    takes: () => true,
    ask: async (post, ask) => toAnswer((await post(chatPath, chatBody(ask))) as ChatCompletion),
    embed: async (post, input) => {
      const { data } = (await post(embeddingPath, { input })) as Embeddings;
      return data.map(({ embedding }) => embedding);
    },
  };
}

function chatBody(ask: Ask): object {
  const { tools, schema } = ask;
  return {
    ...promptFields(ask),
    ...(tools.length > 0 && {
      tools: tools.map((tool) => ({ type: "function", function: tool })),
    }),
    ...(schema && { response_format: { type: "json_schema", json_schema: named(schema) } }),
    temperature: 0,
    max_tokens: nPredictMax,
  };
}

const named = (schema: JsonObject) => ({ name: "answer", schema });

/** The fields that decide the prompt, which llama-server's /apply-template takes too. */
export function promptFields({ messages, think }: Ask): object {
  return {
    messages: messages.map(toMessage),
    ...(think !== undefined && { chat_template_kwargs: { enable_thinking: think } }),
  };
}

function toMessage(message: AskedMessage): object {
  const { role, content, images, calls, answers } = message;
  const pictures = images.map((image) => ({
    type: "image_url",
    image_url: { url: dataUrl(image) },
  }));
  const parts = inOrder(message, pictures, [{ type: "text", text: content }]);
  const toolCalls = calls.map(({ id, name, arguments: given }) => ({
    ...{ id, type: "function" },
    function: { name, arguments: JSON.stringify(given) },
  }));
  return {
    role,
    content: images.length > 0 ? parts : content,
    ...(toolCalls.length > 0 && { tool_calls: toolCalls }),
    ...(answers && { tool_call_id: answers.id }),
  };
}

function toAnswer({ choices }: ChatCompletion): Answer {
  const message = choices[0]?.message;
  return {
    text: message?.content ?? "",
    calls: (message?.tool_calls ?? []).map((call) => ({
      name: call.function.name,
      arguments: parsedJson(call.function.arguments),
    })),
    thought: message?.reasoning_content ?? "",
  };
}
