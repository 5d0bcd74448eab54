import { AppError } from "../../core/errors.ts";
import type { Message, Part } from "../../core/messages.ts";
import type { LoadMedia } from "../chat-media.ts";
import { refuse } from "../refusals.ts";
import { missing, unknownType } from "./complaints.ts";
import { toParts } from "./content.ts";
import {
  type Content,
  type ContentBlock,
  callRefusals,
  type InputMessage,
  messageRefusals,
} from "./content-schema.ts";

/**
 * Anthropic's messages as core has them. Results of tools become messages of their own, in their
 * place. @throws AppError
 */
export async function toMessages(messages: InputMessage[], load: LoadMedia): Promise<Message[]> {
  const nameOfCall = new Map<string, string>();
  const result: Message[] = [];
  for (const [i, input] of messages.entries()) {
    const { role, content = [] } = input;
    refuse(input, messageRefusals, `messages[${i}].`);
    const path = `messages[${i}].content`;
    if (role !== "assistant" && typeof content !== "string" && content.length === 0) {
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

/** Messages in a row of one role are one turn. */
export function joinTurns(messages: Message[]): Message[] {
  const turns: Message[] = [];
  for (const message of messages) {
    const last = turns.at(-1);
    const isNew = message.role === "tool" || last?.role !== message.role;
    if (isNew) turns.push(message);
    else turns.splice(-1, 1, joined(last, message));
  }
  return turns;
}

function joined(a: Message, b: Message): Message {
  const reasoning = (a.reasoning ?? "") + (b.reasoning ?? "");
  const toolCalls = [...(a.toolCalls ?? []), ...(b.toolCalls ?? [])];
  return {
    role: a.role,
    parts: [...a.parts, ...b.parts],
    ...(reasoning && { reasoning }),
    ...(toolCalls.length > 0 && { toolCalls }),
  };
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

function toBlocks(content: Content): ContentBlock[] {
  return typeof content === "string" ? [{ type: "text", text: content }] : content;
}

const isEmpty = ({ parts, reasoning, toolCalls }: Message) =>
  parts.length === 0 && !reasoning && !toolCalls;

async function addBlock(message: Message, block: ContentBlock, param: string, load: LoadMedia) {
  switch (block.type) {
    case "thinking":
      onlyFrom("assistant", message, param);
      if (block.thinking === undefined) throw missing(`${param}.thinking`);
      message.reasoning = (message.reasoning ?? "") + block.thinking;
      break;
    case "redacted_thinking": // only Anthropic can read it
      onlyFrom("assistant", message, param);
      break;
    case "tool_use": {
      onlyFrom("assistant", message, param);
      const { id, name, input = {} } = block;
      if (id === undefined) throw missing(`${param}.id`);
      if (name === undefined) throw missing(`${param}.name`);
      refuse(block, callRefusals, `${param}.`);
      message.toolCalls ??= [];
      message.toolCalls.push({ id, name, arguments: JSON.stringify(input) });
      break;
    }
    default:
      if (message.role === "system" && block.type !== "text") {
        throw unknownType(block.type, `${param}.type`);
      }
      message.parts.push(...(await toParts(block, param, load)));
  }
}

async function toToolResult(
  block: ContentBlock,
  param: string,
  nameOfCall: ReadonlyMap<string, string>,
  load: LoadMedia,
): Promise<Message> {
  const { tool_use_id: toolCallId, content = "", is_error: isError = false } = block;
  if (toolCallId === undefined) throw missing(`${param}.tool_use_id`);
  const toolName = nameOfCall.get(toolCallId);
  if (toolName === undefined) {
    const message = `\`${param}\` answers "${toolCallId}", but no tool_use before it has that id`;
    throw new AppError("invalid_request", message, { param: `${param}.tool_use_id` });
  }
  refuse(block, callRefusals, `${param}.`);
  const parts: Part[] = [];
  for (const [i, inner] of toBlocks(content).entries()) {
    parts.push(...(await toParts(inner, `${param}.content[${i}]`, load)));
  }
  const shown = isError && !parts.some(saysError) ? [errorMark, ...parts] : parts;
  return { role: "tool", parts: withTextsJoined(shown), toolCallId, toolName };
}

/** Chat templates have no other way to say that a call failed. */
const errorMark: Part = { type: "text", text: "Error: " };

const saysError = (part: Part) => part.type === "text" && /error/i.test(part.text);

/** What is only text is one text, as llama-server has it: many templates expect no more. */
function withTextsJoined(parts: Part[]): Part[] {
  const texts = parts.filter((part) => part.type === "text");
  if (texts.length < parts.length) return parts;
  return [{ type: "text", text: texts.map(({ text }) => text).join("") }];
}

function onlyFrom(role: Message["role"], message: Message, param: string): void {
  if (message.role === role) return;
  const text = `\`${param}\` can only be part of the ${role}'s messages`;
  throw new AppError("invalid_request", text, { param });
}
