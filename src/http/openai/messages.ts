import { AppError } from "../../core/errors.ts";
import type { Message, Part, ToolCall } from "../../core/messages.ts";
import { toMedia } from "../media.ts";
import type { ChatMessage, ContentPart } from "./schema.ts";

/** OpenAI's messages as core has them; names of called functions are found by the calls' ids. */
export function toMessages(messages: ChatMessage[]): Message[] {
  const nameOfCall = new Map<string, string>();
  return messages.map((message, i) => {
    const toolCalls = (message.tool_calls ?? []).map(toToolCall);
    for (const call of toolCalls) nameOfCall.set(call.id, call.name);
    return toMessage(message, `messages[${i}]`, toolCalls, nameOfCall);
  });
}

function toMessage(
  message: ChatMessage,
  path: string,
  toolCalls: ToolCall[],
  nameOfCall: Map<string, string>,
): Message {
  const { role, reasoning_content: reasoning, tool_call_id: toolCallId } = message;
  const images = (message.images ?? []).map((image, i) => toMedia(image, `${path}.images[${i}]`));
  const parts = [...images, ...toParts(message, path)];
  if (role === "tool") {
    const toolName = message.name ?? nameOfCall.get(toolCallId ?? "");
    return { role, parts, ...(toolCallId && { toolCallId }), ...(toolName && { toolName }) };
  }
  if (parts.length === 0 && toolCalls.length === 0 && role !== "assistant") {
    throw missing(`${path}.content`);
  }
  return {
    role: role === "developer" ? "system" : role,
    parts,
    ...(reasoning && { reasoning }),
    ...(toolCalls.length > 0 && { toolCalls }),
  };
}

function toParts({ content, refusal }: ChatMessage, path: string): Part[] {
  if (content === undefined) return refusal ? [{ type: "text", text: refusal }] : [];
  if (typeof content === "string") return [{ type: "text", text: content }];
  return content.map((part, i) => toPart(part, `${path}.content[${i}]`));
}

function toPart(part: ContentPart, path: string): Part {
  switch (part.type) {
    case "text":
      if (part.text === undefined) throw missing(`${path}.text`);
      return { type: "text", text: part.text };
    case "refusal":
      if (part.refusal === undefined) throw missing(`${path}.refusal`);
      return { type: "text", text: part.refusal };
    case "image_url": {
      const { image_url: image } = part;
      if (image === undefined) throw missing(`${path}.image_url`);
      if (typeof image === "string") return toMedia(image, `${path}.image_url`);
      return toMedia(image.url, `${path}.image_url.url`);
    }
    default:
      return part.type satisfies never;
  }
}

function toToolCall(call: NonNullable<ChatMessage["tool_calls"]>[number]): ToolCall {
  return { id: call.id, name: call.function.name, arguments: call.function.arguments };
}

function missing(param: string): AppError {
  return new AppError("invalid_request", `\`${param}\` is required`, { param });
}
