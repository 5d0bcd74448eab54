import { AppError } from "../../core/errors.ts";
import type { Message, Part } from "../../core/messages.ts";
import type { LoadMedia } from "../chat-media.ts";
import type { Content, ContentPart, InputItem } from "./schema.ts";

/**
 * The items of an input as core's messages. What an assistant thought, said and called, one after
 * the other, is one message. @throws AppError
 */
export async function toMessages(
  input: string | InputItem[],
  instructions: string | undefined,
  load: LoadMedia,
): Promise<Message[]> {
  const messages: Message[] = instructions ? [text("system", instructions)] : [];
  if (typeof input === "string") return [...messages, text("user", input)];
  const nameOfCall = new Map<string, string>();
  for (const [i, item] of input.entries()) {
    const message = await toMessage(item, `input[${i}]`, nameOfCall, load);
    const last = messages.at(-1);
    if (last?.role === "assistant" && message.role === "assistant") join(last, message);
    else messages.push(message);
  }
  return messages;
}

async function toMessage(
  item: InputItem,
  path: string,
  nameOfCall: Map<string, string>,
  load: LoadMedia,
): Promise<Message> {
  switch (item.type ?? "message") {
    case "message": {
      if (item.role === undefined) throw missing(`${path}.role`);
      if (item.content === undefined) throw missing(`${path}.content`);
      const role = item.role === "developer" ? "system" : item.role;
      return { role, parts: await toParts(item.content, `${path}.content`, load) };
    }
    case "function_call": {
      const { call_id: id, name, arguments: args } = item;
      if (id === undefined) throw missing(`${path}.call_id`);
      if (name === undefined) throw missing(`${path}.name`);
      if (args === undefined) throw missing(`${path}.arguments`);
      nameOfCall.set(id, name);
      return { role: "assistant", parts: [], toolCalls: [{ id, name, arguments: args }] };
    }
    case "function_call_output": {
      const { call_id: toolCallId, output } = item;
      if (toolCallId === undefined) throw missing(`${path}.call_id`);
      if (output === undefined) throw missing(`${path}.output`);
      const toolName = nameOfCall.get(toolCallId);
      if (toolName === undefined) {
        const message = `\`${path}\` answers "${toolCallId}", which no function_call is`;
        throw new AppError("invalid_request", message, { param: `${path}.call_id` });
      }
      const parts = await toParts(output, `${path}.output`, load);
      return { role: "tool", parts, toolCallId, toolName };
    }
    case "reasoning":
      return { role: "assistant", parts: [], reasoning: toReasoning(item) };
    default:
      throw unknownType(item.type, path, "the server keeps no items, and runs no tools");
  }
}

/** Whole thoughts where the client has them, else what is left of them. */
function toReasoning({ content, summary = [] }: InputItem): string {
  if (typeof content === "string") return content;
  const parts = content && content.length > 0 ? content : summary;
  return parts.map((part) => part.text ?? "").join("\n");
}

async function toParts(content: Content, path: string, load: LoadMedia): Promise<Part[]> {
  if (typeof content === "string") return [{ type: "text", text: content }];
  const parts: Part[] = [];
  for (const [i, part] of content.entries()) parts.push(await toPart(part, `${path}[${i}]`, load));
  return parts;
}

async function toPart(part: ContentPart, path: string, load: LoadMedia): Promise<Part> {
  switch (part.type) {
    case "input_text":
    case "output_text":
    case "text":
      if (part.text === undefined) throw missing(`${path}.text`);
      return { type: "text", text: part.text };
    case "refusal":
      if (part.refusal === undefined) throw missing(`${path}.refusal`);
      return { type: "text", text: part.refusal };
    case "input_image":
      if (part.image_url === undefined) throw missing(`${path}.image_url`);
      return await load("image", part.image_url, `${path}.image_url`);
    default:
      throw unknownType(part.type, path, "models here take texts and pictures");
  }
}

function join(message: Message, next: Message): void {
  message.parts.push(...next.parts);
  if (next.reasoning !== undefined) {
    message.reasoning = [message.reasoning, next.reasoning].filter(Boolean).join("\n");
  }
  if (next.toolCalls) message.toolCalls = [...(message.toolCalls ?? []), ...next.toolCalls];
}

function text(role: Message["role"], content: string): Message {
  return { role, parts: [{ type: "text", text: content }] };
}

function missing(param: string): AppError {
  return new AppError("invalid_request", `\`${param}\` is required`, { param });
}

function unknownType(type: string | undefined, path: string, reason: string): AppError {
  const param = `${path}.type`;
  return new AppError("unsupported", `\`${param}\` is "${type}": ${reason}`, { param });
}
