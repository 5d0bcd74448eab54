import { AppError } from "../../core/errors.ts";
import type { Message, Part, ToolCall } from "../../core/messages.ts";
import type { LoadMedia } from "../chat-media.ts";
import { textOfFile } from "../text-file.ts";
import type { ChatMessage, ContentPart } from "./message-schema.ts";

/** OpenAI's messages as core has them; names of called functions are found by the calls' ids. */
export function toMessages(messages: ChatMessage[], load: LoadMedia): Promise<Message[]> {
  const nameOfCall = new Map<string, string>();
  const translated = messages.map((message, i) => {
    const toolCalls = (message.tool_calls ?? []).map(toToolCall);
    for (const call of toolCalls) nameOfCall.set(call.id, call.name);
    const called = message.role === "tool" ? nameOfCall.get(message.tool_call_id ?? "") : undefined;
    const name = message.name ?? called;
    return toMessage(message, `messages[${i}]`, toolCalls, name, load);
  });
  return Promise.all(translated);
}

async function toMessage(
  message: ChatMessage,
  path: string,
  toolCalls: ToolCall[],
  name: string | undefined,
  load: LoadMedia,
): Promise<Message> {
  const { role, images = [], reasoning_content: reasoning, tool_call_id: toolCallId } = message;
  const pictures = images.map((image, i) => load("image", image, `${path}.images[${i}]`));
  const parts = await Promise.all([...pictures, ...toParts(message, path, load)]);
  const toolName = name ? { toolName: name } : {};
  if (role === "tool") return { role, parts, ...(toolCallId && { toolCallId }), ...toolName };
  if (parts.length === 0 && toolCalls.length === 0 && role !== "assistant") {
    throw missing(`${path}.content`);
  }
  return {
    role: role === "developer" ? "system" : role,
    parts,
    ...toolName,
    ...(reasoning && { reasoning }),
    ...(toolCalls.length > 0 && { toolCalls }),
  };
}

type Parts = (Part | Promise<Part>)[];

function toParts({ content, refusal }: ChatMessage, path: string, load: LoadMedia): Parts {
  if (content === undefined) return refusal ? [{ type: "text", text: refusal }] : [];
  if (typeof content === "string") return [{ type: "text", text: content }];
  return content.map((part, i) => toPart(part, `${path}.content[${i}]`, load));
}

/** Fails by rejection only, so that what is loaded beside it never fails unheard. */
async function toPart(part: ContentPart, path: string, load: LoadMedia): Promise<Part> {
  switch (part.type) {
    case "text":
    case "refusal": {
      const text = part[part.type];
      if (text === undefined) throw missing(`${path}.${part.type}`);
      return { type: "text", text };
    }
    case "image_url": {
      const { image_url: image } = part;
      if (image === undefined) throw missing(`${path}.image_url`);
      if (typeof image === "string") return load("image", image, `${path}.image_url`);
      return load("image", image.url, `${path}.image_url.url`);
    }
    case "input_audio":
    case "input_video":
    case "video_url": {
      const kind = part.type === "input_audio" ? "audio" : "video";
      const field = part[part.type]?.data === undefined ? "url" : "data";
      const source = part[part.type]?.[field];
      if (source === undefined) throw missing(`${path}.${part.type}`);
      return load(kind, source, `${path}.${part.type}.${field}`);
    }
    case "file":
      return toFilePart(part.file ?? {}, `${path}.file`, load);
    default:
      return part.type satisfies never;
  }
}

/** Pictures are files, too. */
async function toFilePart(
  { file_data: data, filename, file_id: id }: NonNullable<ContentPart["file"]>,
  path: string,
  load: LoadMedia,
): Promise<Part> {
  const param = `${path}.file_data`;
  if (data !== undefined) {
    if (/^data:image\//i.test(data)) return load("image", data, param);
    return { type: "text", text: textOfFile(data, filename, param) };
  }
  if (id === undefined) throw missing(param);
  const why = "files are not kept: send `file_data`";
  throw new AppError("unsupported", `\`${path}.file_id\`: ${why}`, { param: `${path}.file_id` });
}

function toToolCall(call: NonNullable<ChatMessage["tool_calls"]>[number]): ToolCall {
  const { name, arguments: args } = call.function;
  return {
    id: call.id ?? "",
    name,
    arguments: typeof args === "string" ? args || "{}" : JSON.stringify(args),
  };
}

function missing(param: string): AppError {
  return new AppError("invalid_request", `\`${param}\` is required`, { param });
}
