import { AppError } from "../../core/errors.ts";
import type { Message, Part } from "../../core/messages.ts";
import type { LoadMedia } from "../chat-media.ts";
import type { Content, ContentBlock, InputMessage, ShownBlock, Source } from "./schema.ts";

/**
 * Anthropic's messages as core has them. Results of tools become messages of their own, in their
 * place. @throws AppError
 */
export async function toMessages(messages: InputMessage[], load: LoadMedia): Promise<Message[]> {
  const nameOfCall = new Map<string, string>();
  const result: Message[] = [];
  for (const [i, { role, content }] of messages.entries()) {
    const path = `messages[${i}].content`;
    if (content === undefined) {
      if (role === "assistant") continue;
      throw missing(path);
    }
    let message: Message = { role, parts: [] };
    for (const [j, block] of toBlocks(content).entries()) {
      const param = `${path}[${j}]`;
      if (block.type !== "tool_result") {
        await addBlock(message, block, param, load);
        for (const call of message.toolCalls ?? []) nameOfCall.set(call.id, call.name);
        continue;
      }
      onlyFrom("user", message, param);
      if (!isEmpty(message)) result.push(message);
      message = { role, parts: [] };
      result.push(await toToolResult(block, param, nameOfCall, load));
    }
    if (!isEmpty(message)) result.push(message);
  }
  return result;
}

/** The system prompt: its blocks are one text. @throws AppError */
export function toSystem(system: Content): Message {
  const texts = toBlocks(system).map(({ type, text }, i) => {
    if (type !== "text") throw unknownType(type, `system[${i}].type`);
    if (text === undefined) throw missing(`system[${i}].text`);
    return withoutStamp(text);
  });
  return { role: "system", parts: [{ type: "text", text: texts.join("") }] };
}

/**
 * Claude Code begins its system prompt with a header whose `cch=` changes with every request, and
 * would keep the prefix cache from everything that follows. llama-server writes "fffff" there.
 */
function withoutStamp(text: string): string {
  return text.replace(/^(x-anthropic-billing-header:.*?cch=).{5};/s, "$1fffff;");
}

function toBlocks<Block extends ShownBlock>(content: string | Block[]): (Block | ShownBlock)[] {
  return typeof content === "string" ? [{ type: "text", text: content }] : content;
}

const isEmpty = ({ parts, reasoning, toolCalls }: Message) =>
  parts.length === 0 && !reasoning && !toolCalls;

async function addBlock(message: Message, block: ContentBlock, param: string, load: LoadMedia) {
  switch (block.type) {
    case "text":
    case "image":
    case "document":
      message.parts.push(await toPart(block, param, load));
      break;
    case "thinking":
      onlyFrom("assistant", message, param);
      message.reasoning = (message.reasoning ?? "") + (block.thinking ?? "");
      break;
    case "redacted_thinking": // only Anthropic can read it
      onlyFrom("assistant", message, param);
      break;
    case "tool_use": {
      onlyFrom("assistant", message, param);
      const { id, name, input = {} } = block;
      if (id === undefined) throw missing(`${param}.id`);
      if (name === undefined) throw missing(`${param}.name`);
      message.toolCalls ??= [];
      message.toolCalls.push({ id, name, arguments: JSON.stringify(input) });
      break;
    }
    default:
      throw unknownType(block.type, `${param}.type`);
  }
}

async function toToolResult(
  { tool_use_id: toolCallId, content = "" }: ContentBlock,
  param: string,
  nameOfCall: ReadonlyMap<string, string>,
  load: LoadMedia,
): Promise<Message> {
  if (toolCallId === undefined) throw missing(`${param}.tool_use_id`);
  const toolName = nameOfCall.get(toolCallId);
  if (toolName === undefined) {
    const message = `\`${param}\` answers "${toolCallId}", but no tool_use before it has that id`;
    throw new AppError("invalid_request", message, { param: `${param}.tool_use_id` });
  }
  const parts: Part[] = [];
  for (const [i, block] of toBlocks(content).entries()) {
    parts.push(await toPart(block, `${param}.content[${i}]`, load));
  }
  return { role: "tool", parts: withTextsJoined(parts), toolCallId, toolName };
}

/** What is only text is one text, as llama-server has it: many templates expect no more. */
function withTextsJoined(parts: Part[]): Part[] {
  const texts = parts.filter((part) => part.type === "text");
  if (texts.length < parts.length) return parts;
  return [{ type: "text", text: texts.map(({ text }) => text).join("") }];
}

async function toPart(block: ShownBlock, param: string, load: LoadMedia): Promise<Part> {
  if (block.type === "text") {
    if (block.text === undefined) throw missing(`${param}.text`);
    return { type: "text", text: block.text };
  }
  const { type, source } = block;
  if (type !== "image" && type !== "document") throw unknownType(type, `${param}.type`);
  if (source === undefined) throw missing(`${param}.source`);
  if (type === "image") return await toPicture(source, `${param}.source`, load);
  if (source.type !== "text") {
    throw unknownType(source.type, `${param}.source.type`, "a document can only be plain text");
  }
  if (source.data === undefined) throw missing(`${param}.source.data`);
  const text = [block.title, block.context, source.data].filter(Boolean).join("\n");
  return { type: "text", text };
}

async function toPicture(source: Source, param: string, load: LoadMedia): Promise<Part> {
  switch (source.type) {
    case "base64":
      if (source.data === undefined) throw missing(`${param}.data`);
      return await load("image", `data:image/*;base64,${source.data}`, `${param}.data`);
    case "url":
      if (source.url === undefined) throw missing(`${param}.url`);
      return await load("image", source.url, `${param}.url`);
    default:
      throw unknownType(source.type, `${param}.type`, "a picture can be base64 or a URL");
  }
}

function onlyFrom(role: Message["role"], message: Message, param: string): void {
  if (message.role === role) return;
  const text = `\`${param}\` can only be part of the ${role}'s messages`;
  throw new AppError("invalid_request", text, { param });
}

function missing(param: string): AppError {
  return new AppError("invalid_request", `\`${param}\` is required`, { param });
}

function unknownType(type: string, param: string, reason = "models here cannot take it") {
  return new AppError("unsupported", `\`${param}\` is "${type}": ${reason}`, { param });
}
