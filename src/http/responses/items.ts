import { AppError } from "../../core/errors.ts";
import type { Message, Part } from "../../core/messages.ts";
import type { LoadMedia } from "../chat-media.ts";
import { isJson } from "../wire.ts";
import { notKept, toFilePart } from "./files.ts";
import type { Content, ContentPart, InputItem } from "./item-schema.ts";
import { offeredName, toTextToolArguments } from "./tools.ts";

/** An item, and what a client calls the place that it came from. */
export interface PlacedItem {
  item: InputItem;
  path: string;
}

/**
 * The items of a conversation as core's messages. What an assistant thought, said and called, one
 * after the other, is one message. @throws AppError
 */
export async function toMessages(
  items: PlacedItem[],
  instructions: string | undefined,
  load: LoadMedia,
  followsOpenAi: boolean,
): Promise<Message[]> {
  const messages: Message[] = [];
  if (instructions)
    messages.push({ role: "system", parts: [{ type: "text", text: instructions }] });
  const calls = new Calls(followsOpenAi);
  for (const { item, path } of items) {
    const message = await toMessage(item, path, calls, load);
    const last = messages.at(-1);
    if (last?.role === "assistant" && message.role === "assistant") join(last, message);
    else messages.push(message);
  }
  return messages;
}

/** Calls so far. Models may use an id again, but not before its call was answered. */
class Calls {
  readonly #calls = new Map<string, { name: string; isAnswered: boolean }>();
  /** llama-server does not mind ids that are used twice. */
  readonly #isStrict: boolean;

  constructor(isStrict: boolean) {
    this.#isStrict = isStrict;
  }

  add(id: string, name: string, path: string): void {
    if (this.#isStrict && this.#calls.get(id)?.isAnswered === false) {
      throw bad(`${path}.call_id`, `"${id}", is the id of another call that has no output yet`);
    }
    this.#calls.set(id, { name, isAnswered: false });
  }

  /** Of a call that was cut off they are no JSON. */
  arguments(args: string, path: string): string {
    if (this.#isStrict && args !== "" && !isJson(args)) {
      throw bad(`${path}.arguments`, "the input of a call, is not JSON");
    }
    return args;
  }

  /** The name of what was called. */
  answer(id: string, path: string): string {
    const call = this.#calls.get(id);
    if (!call) {
      const message = `\`${path}\` answers "${id}", which no function_call is`;
      throw new AppError("invalid_request", message, { param: `${path}.call_id` });
    }
    if (this.#isStrict && call.isAnswered) {
      throw bad(`${path}.call_id`, `"${id}", was answered already`);
    }
    call.isAnswered = true;
    return call.name;
  }
}

async function toMessage(
  item: InputItem,
  path: string,
  calls: Calls,
  load: LoadMedia,
): Promise<Message> {
  const given = <Field extends keyof InputItem>(field: Field) => {
    const value = item[field];
    if (value === undefined) throw missing(`${path}.${field}`);
    return value as NonNullable<InputItem[Field]>;
  };
  const call = (id: string, ownName: string, args: string): Message => {
    const name = offeredName(ownName, item.namespace);
    calls.add(id, name, path);
    return { role: "assistant", parts: [], toolCalls: [{ id, name, arguments: args }] };
  };
  switch (item.type ?? "message") {
    case "message": {
      const role = given("role");
      const parts = await toParts(given("content"), `${path}.content`, load);
      return { role: role === "developer" ? "system" : role, parts };
    }
    case "function_call":
      return call(given("call_id"), given("name"), calls.arguments(given("arguments"), path));
    case "custom_tool_call":
      return call(given("call_id"), given("name"), toTextToolArguments(given("input")));
    case "function_call_output":
    case "custom_tool_call_output": {
      const toolCallId = given("call_id");
      const output = given("output");
      const toolName = calls.answer(toolCallId, path);
      return {
        role: "tool",
        parts: await toParts(output, `${path}.output`, load),
        toolCallId,
        toolName,
      };
    }
    case "reasoning":
      return { role: "assistant", parts: [], reasoning: toReasoning(item) };
    case "item_reference":
      throw unknownType(item.type, path, "answers are not stored; send the items themselves");
    default:
      throw unknownType(item.type, path, "it is not one of the items that are known here");
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
      if (part.file_id !== undefined) throw notKept(`${path}.file_id`, "image_url");
      if (part.image_url === undefined) throw missing(`${path}.image_url`);
      return await load("image", part.image_url, `${path}.image_url`);
    case "input_audio":
      if (part.input_audio === undefined) throw missing(`${path}.input_audio`);
      return await load("audio", part.input_audio.data, `${path}.input_audio.data`);
    case "input_file":
      return await toFilePart(part, path, load);
    default:
      throw unknownType(part.type, path, "models here take texts, pictures and sounds");
  }
}

function join(message: Message, next: Message): void {
  message.parts.push(...next.parts);
  if (next.reasoning !== undefined) {
    message.reasoning = [message.reasoning, next.reasoning].filter(Boolean).join("\n");
  }
  if (next.toolCalls) message.toolCalls = [...(message.toolCalls ?? []), ...next.toolCalls];
}

function missing(param: string): AppError {
  return new AppError("invalid_request", `\`${param}\` is required`, { param });
}

function bad(param: string, complaint: string): AppError {
  return new AppError("invalid_request", `\`${param}\`, ${complaint}`, { param });
}

function unknownType(type: string | undefined, path: string, reason: string): AppError {
  const param = `${path}.type`;
  return new AppError("unsupported", `\`${param}\` is "${type}": ${reason}`, { param });
}
