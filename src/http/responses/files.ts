import { AppError } from "../../core/errors.ts";
import type { Part } from "../../core/messages.ts";
import type { LoadMedia } from "../chat-media.ts";
import type { ContentPart } from "./item-schema.ts";

/**
 * A file within a message: a picture, or a text under its name.
 * @throws AppError unsupported for other documents, and for files that are somewhere else
 */
export async function toFilePart(part: ContentPart, path: string, load: LoadMedia): Promise<Part> {
  const { file_data: data, filename } = part;
  if (data === undefined) {
    const field = part.file_id === undefined ? "file_url" : "file_id";
    if (part[field] === undefined) throw bad(`${path}.file_data`, "is required");
    throw unsupported(`${path}.${field}`, "files are neither kept nor fetched: send `file_data`");
  }
  const param = `${path}.file_data`;
  if (/^data:image\//i.test(data)) return await load("image", data, param);
  const name = filename === undefined ? "" : `${filename}:\n\n`;
  return { type: "text", text: name + toText(data, param) };
}

function toText(data: string, param: string): string {
  const base64 = /^data:[^,]*;base64,(.*)$/is.exec(data)?.[1];
  if (base64 === undefined) throw bad(param, "is no data URL in base64");
  let bytes: Uint8Array;
  try {
    bytes = Uint8Array.fromBase64(base64);
  } catch {
    throw bad(param, "is not base64");
  }
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    if (!text.includes("\0") && !text.startsWith("%PDF-")) return text;
  } catch {
    // another encoding, or no text
  }
  throw unsupported(param, "is no text in UTF-8: PDF and other documents cannot be read");
}

function bad(param: string, complaint: string): AppError {
  return new AppError("invalid_request", `\`${param}\` ${complaint}`, { param });
}

function unsupported(param: string, why: string): AppError {
  return new AppError("unsupported", `\`${param}\`: ${why}`, { param });
}
