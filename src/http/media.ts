import { AppError } from "../core/errors.ts";
import type { Part } from "../core/messages.ts";

const dataUrl = /^data:([^,;]*)(?:;[^,;]*)*;base64,/i;

/**
 * The picture in `source`: base64, with or without `data:…;base64,` before it.
 * Whether the bytes are a picture is for libmtmd to say.
 * @throws AppError for what is not base64, and for URLs: a server that fetched them could be sent
 *   into its operator's network
 */
export function toMedia(source: string, param: string): Part {
  const text = source.trim();
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(text)?.[1]?.toLowerCase();
  if (scheme && scheme !== "data") {
    const reason = "images are not fetched: send the picture as base64, bare or as a data URL";
    throw new AppError("unsupported", `\`${param}\` is a ${scheme}: URL; ${reason}`, { param });
  }
  try {
    const bytes = Uint8Array.fromBase64(text.replace(dataUrl, ""));
    if (bytes.length > 0) return { type: "media", bytes };
  } catch {
    // said below: fromBase64's own message does not help a client
  }
  throw new AppError("invalid_request", `\`${param}\` is not a base64 picture`, { param });
}
