import type { ChatPrompt, GenerateRequest } from "../../core/generate.ts";
import type { Message, Tool, ToolCall } from "../../core/messages.ts";
import { checkSchema } from "../json-schema.ts";
import { base64Media } from "../media.ts";
import { toOptioned } from "../ollama-options.ts";
import { refuse } from "../refusals.ts";
import { type ChatRequest, chatRefusals, type Message as WireMessage } from "./schema.ts";

/** @throws AppError invalid_request, unsupported */
export function toGenerateRequest(body: ChatRequest): GenerateRequest {
  const { messages = [] } = body;
  refuse(body, chatRefusals);
  return {
    ...toOptioned(body),
    prompt: {
      type: "chat",
      messages: messages.map(toMessage),
      tools: toTools(body),
      toolChoice: "auto",
      jsonSchema: toSchema(body.format),
      ...toThinking(body.think),
    },
    cachePrompt: true,
  };
}

function toMessage(message: WireMessage, i: number): Message {
  const { role, content, thinking, tool_call_id: toolCallId, tool_name: toolName } = message;
  const images = (message.images ?? []).map((image, n) =>
    base64Media(image, `messages[${i}].images[${n}]`),
  );
  const toolCalls = (message.tool_calls ?? []).map((call, n) => toToolCall(call, i, n));
  return {
    role,
    parts: content ? [...images, { type: "text", text: content }] : images,
    ...(thinking && { reasoning: thinking }),
    ...(toolCalls.length > 0 && { toolCalls }),
    ...(toolCallId && { toolCallId }),
    ...(toolName && { toolName }),
  };
}

/** Older clients send calls back without ids; templates that print them need some. */
function toToolCall(
  { id, function: called }: NonNullable<WireMessage["tool_calls"]>[number],
  iMessage: number,
  iCall: number,
): ToolCall {
  return {
    id: id ?? `call_${iMessage}_${iCall}`,
    name: called.name,
    arguments: JSON.stringify(called.arguments),
  };
}

function toTools({ tools = [] }: ChatRequest): Tool[] {
  return tools.map(({ function: { name, description = "", parameters } }, i) => {
    if (parameters) checkSchema(parameters, `tools[${i}].function.parameters`);
    return { name, description, parameters: parameters ?? { type: "object", properties: {} } };
  });
}

function toSchema(format: ChatRequest["format"]): object | undefined {
  if (format === undefined || format === "") return undefined;
  if (format === "json") return {};
  checkSchema(format, "format");
  return format;
}

type Thinking = Pick<ChatPrompt, "enableThinking" | "templateVariables">;

function toThinking(think: ChatRequest["think"]): Thinking {
  if (think === undefined || typeof think === "boolean") return { enableThinking: think };
  return { enableThinking: true, templateVariables: { reasoning_effort: think } };
}
