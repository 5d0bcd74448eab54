import { AppError } from "../../core/errors.ts";
import type { Part } from "../../core/messages.ts";
import type { LoadMedia } from "../chat-media.ts";
import { textOfFile } from "../text-file.ts";
import type { ContentPart } from "./item-schema.ts";

/**
 * A file within a message: a picture, or a text under its name.
 * @throws AppError unsupported for other documents, and for files that are somewhere else
 */
export async function toFilePart(part: ContentPart, path: string, load: LoadMedia): Promise<Part> {
  const { file_data: data, filename } = part;
  if (data === undefined) {
    const field = part.file_id === undefined ? "file_url" : "file_id";
    if (part[field] !== undefined) throw notKept(`${path}.${field}`, "file_data");
    const param = `${path}.file_data`;
    throw new AppError("invalid_request", `\`${param}\` is required`, { param });
  }
  const param = `${path}.file_data`;
  if (/^data:image\//i.test(data)) return await load("image", data, param);
  return { type: "text", text: textOfFile(data, filename, param) };
}

/** A file that is not in the request; `instead` is the field that can hold it. */
export function notKept(param: string, instead: string): AppError {
  const message = `\`${param}\`: files are neither kept nor fetched: send \`${instead}\``;
  return new AppError("unsupported", message, { param });
}
