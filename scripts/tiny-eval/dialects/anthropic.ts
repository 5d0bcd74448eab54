import { type Answer, type Ask, type AskedMessage, inOrder, nPredictMax } from "../ask.ts";
import type { Dialect } from "../dialect.ts";

/** POST /v1/messages. */
export const anthropic: Dialect = {
  name: "Anthropic",
  takes: () => true,
  ask: async (post, ask) => toAnswer((await post("/v1/messages", messageBody(ask))) as Message),
};

interface Message {
  readonly content: readonly {
    readonly type: string;
    readonly text?: string;
    readonly thinking?: string;
    readonly name?: string;
    readonly input?: unknown;
  }[];
}

/** Of the answer's tokens, so that some are left for what is said aloud. */
const nThinkingMax = nPredictMax / 2;

function messageBody({ messages, tools, schema, think }: Ask): object {
  const system = messages.find(({ role }) => role === "system")?.content;
  return {
    ...(system !== undefined && { system }),
    messages: messages.filter(({ role }) => role !== "system").map(toMessage),
    ...(tools.length > 0 && {
      tools: tools.map(({ parameters, ...tool }) => ({ ...tool, input_schema: parameters })),
    }),
    ...(schema && { output_config: { format: { type: "json_schema", schema } } }),
    ...(think !== undefined && {
      thinking: think ? { type: "enabled", budget_tokens: nThinkingMax } : { type: "disabled" },
    }),
    temperature: 0,
    max_tokens: nPredictMax,
  };
}

/** Results of tools are said by the user. */
function toMessage(message: AskedMessage): object {
  const { role, content, images, calls, answers } = message;
  if (answers) {
    const result = { type: "tool_result", tool_use_id: answers.id, content };
    return { role: "user", content: [result] };
  }
  const pictures = images.map(({ base64: data, mediaType: media_type }) => ({
    type: "image",
    source: { type: "base64", media_type, data },
  }));
  const uses = calls.map(({ id, name, arguments: input }) => ({
    ...{ type: "tool_use", id, name, input },
  }));
  const said = content === "" ? [] : [{ type: "text", text: content }];
  return { role, content: [...inOrder(message, pictures, said), ...uses] };
}

function toAnswer({ content }: Message): Answer {
  return {
    text: content.map(({ text = "" }) => text).join(""),
    calls: content
      .filter(({ type }) => type === "tool_use")
      .map(({ name = "", input }) => ({ name, arguments: input })),
    thought: content.map(({ thinking = "" }) => thinking).join(""),
  };
}
