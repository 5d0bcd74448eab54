import { AppError } from "../core/errors.ts";
import type { Message, ToolCall } from "../core/messages.ts";
import { toJson } from "./go-template/json.ts";
import {
  fromJson,
  GoList,
  GoMap,
  GoStruct,
  type GoType,
  type Value,
} from "./go-template/values.ts";

/** A message as Ollama's templates see it, its pictures as markers in the text. */
export interface Turn {
  role: Message["role"];
  content: string;
  thinking: string;
  nImages: number;
  toolCalls: ToolCall[];
  toolName: string;
  toolCallId: string;
}

/** Where a user wants a picture to stand. */
const placeholder = "[img]";

/**
 * Messages as turns: those that follow each other in the same role become one, but for tools'.
 * @param marker stands for each picture
 */
export function turnsOf(messages: Message[], marker: string): Turn[] {
  const turns: Turn[] = [];
  for (const message of messages) {
    const turn = turnOf(message, marker);
    const last = turns.at(-1);
    if (last?.role === turn.role && turn.role !== "tool") turns.splice(-1, 1, joined(last, turn));
    else turns.push(turn);
  }
  return turns;
}

function turnOf(message: Message, marker: string): Turn {
  const { role, parts, reasoning = "", toolCalls = [], toolCallId = "", toolName = "" } = message;
  const nImages = parts.filter(({ type }) => type === "media").length;
  return {
    role,
    content: contentOf(parts, nImages, marker),
    thinking: reasoning,
    nImages,
    toolCalls,
    toolName,
    toolCallId,
  };
}

/** The text with a marker where each picture stands, or where the user put a place for one. */
function contentOf(parts: Message["parts"], nImages: number, marker: string): string {
  const text = parts.map((part) => (part.type === "text" ? part.text : "")).join("");
  const nPlaces = Math.min(nImages, text.split(placeholder).length - 1);
  if (nPlaces === 0) {
    return parts.map((part) => (part.type === "text" ? part.text : marker)).join("");
  }
  let content = text;
  for (let i = 0; i < nPlaces; i++) content = content.replace(placeholder, () => marker);
  return marker.repeat(nImages - nPlaces) + content;
}

function joined(a: Turn, b: Turn): Turn {
  const together = (x: string, y: string) => [x, y].filter((text) => text !== "").join("\n\n");
  return {
    ...a,
    content: together(a.content, b.content),
    thinking: together(a.thinking, b.thinking),
    nImages: a.nImages + b.nImages,
    toolCalls: [...a.toolCalls, ...b.toolCalls],
  };
}

const messageType: GoType = { name: "*template.templateMessage" };
const callType: GoType = { name: "template.templateToolCall" };
const calledType: GoType = { name: "template.templateToolCallFunction" };
const argumentsType: GoType = { name: "template.templateArgs", text: toJson, isOfAny: true };
const imageType: GoType = { name: "api.ImageData" };

/** @throws AppError invalid_request for a tool call whose arguments are no object */
export function messagesValue(turns: Turn[]): GoList {
  return new GoList(turns.map(messageValue), { name: "[]*template.templateMessage" });
}

function messageValue(turn: Turn): GoStruct {
  const images = Array.from({ length: turn.nImages }, () => new GoList([], imageType));
  return new GoStruct(messageType, {
    Role: turn.role,
    Content: turn.content,
    Thinking: turn.thinking,
    Images: new GoList(images, { name: "[]api.ImageData" }),
    ToolCalls: new GoList(turn.toolCalls.map(callValue), { name: "[]template.templateToolCall" }),
    ToolName: turn.toolName,
    ToolCallID: turn.toolCallId,
  });
}

function callValue({ id, name, arguments: text }: ToolCall, i: number): GoStruct {
  const called = { Index: BigInt(i), Name: name, Arguments: argumentsValue(text) };
  return new GoStruct(callType, { ID: id, Function: new GoStruct(calledType, called) });
}

/** In the order that they came in: so the model said them, and so they are in its cache. */
function argumentsValue(text: string): Value {
  const value = fromJson(parsed(text), true);
  if (value instanceof GoMap) return new GoMap(value.entries, argumentsType, { isOrdered: true });
  const message = "the arguments of a tool call must be a JSON object";
  throw new AppError("invalid_request", message, { param: "messages" });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text === "" ? "{}" : text);
  } catch {
    return null;
  }
}
