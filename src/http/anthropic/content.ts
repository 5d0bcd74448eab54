import type { Part } from "../../core/messages.ts";
import type { LoadMedia } from "../chat-media.ts";
import { refuse } from "../refusals.ts";
import { missing, unknownType } from "./complaints.ts";
import { pictureRefusals, quotedRefusals, type ShownBlock, type Source } from "./content-schema.ts";

/** What a block shows to the model. @throws AppError */
export async function toParts(block: ShownBlock, param: string, load: LoadMedia): Promise<Part[]> {
  const { type, text, source } = block;
  switch (type) {
    case "text":
      if (text === undefined) throw missing(`${param}.text`);
      return [{ type: "text", text }];
    case "image":
      refuse(block, pictureRefusals, `${param}.`);
      return [await toPicture(sourceOf(source, param), `${param}.source`, load)];
    case "document":
      return await toDocument(block, param, load);
    case "search_result":
      return await toSearchResult(block, param, load);
    default:
      throw unknownType(type, `${param}.type`);
  }
}

function sourceOf(source: ShownBlock["source"], param: string): Source {
  if (typeof source === "object") return source;
  throw missing(`${param}.source`);
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

async function toDocument(block: ShownBlock, param: string, load: LoadMedia): Promise<Part[]> {
  refuse(block, quotedRefusals, `${param}.`);
  const source = sourceOf(block.source, param);
  const head = [block.title, block.context];
  switch (source.type) {
    case "text":
      return await quoted(head, source.data, `${param}.source.data`, load);
    case "content":
      return await quoted(head, source.content, `${param}.source.content`, load);
    default: {
      const reason = "a document can be plain text or content; PDFs and files are not read";
      throw unknownType(source.type, `${param}.source.type`, reason);
    }
  }
}

async function toSearchResult(block: ShownBlock, param: string, load: LoadMedia): Promise<Part[]> {
  refuse(block, quotedRefusals, `${param}.`);
  const { title, source, content } = block;
  if (title === undefined) throw missing(`${param}.title`);
  if (typeof source !== "string") throw missing(`${param}.source`);
  return await quoted([title, source], content, `${param}.content`, load);
}

/** `head` comes first, a line each. Texts are one, and end their line: another may come next. */
async function quoted(
  head: (string | undefined)[],
  content: ShownBlock["content"],
  param: string,
  load: LoadMedia,
): Promise<Part[]> {
  if (content === undefined) throw missing(param);
  const blocks = typeof content === "string" ? [{ type: "text", text: content }] : content;
  const parts: Part[] = head.filter((text) => text).map((text = "") => ({ type: "text", text }));
  for (const [i, block] of blocks.entries()) {
    const path = `${param}[${i}]`;
    if (block.type !== "text" && block.type !== "image") {
      throw unknownType(block.type, `${path}.type`);
    }
    parts.push(...(await toParts(block, path, load)));
  }
  const texts = parts.filter((part) => part.type === "text");
  if (texts.length < parts.length) return parts;
  return [{ type: "text", text: texts.map(({ text }) => `${text}\n`).join("") }];
}
