import { AppError } from "../core/errors.ts";

/**
 * What a file says that came as a data URL, or as bare base64: text in UTF-8, under its name if it
 * has one. `param` is the field that the data is in.
 * @throws AppError invalid_request, and unsupported for PDF and other documents
 */
export function textOfFile(data: string, filename: string | undefined, param: string): string {
  const bytes = bytesOf(data, param);
  const name = filename === undefined ? "" : `${filename}:\n\n`;
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    if (!text.includes("\0") && !text.startsWith("%PDF-")) return name + text;
  } catch {
    // another encoding, or no text
  }
  const why = "is no text in UTF-8: PDF and other documents cannot be read";
  throw new AppError("unsupported", `\`${param}\` ${why}`, { param });
}

function bytesOf(data: string, param: string): Uint8Array {
  const isUrl = /^data:/i.test(data);
  const base64 = isUrl ? /^data:[^,]*;base64,(.*)$/is.exec(data)?.[1] : data;
  try {
    if (base64 !== undefined) return Uint8Array.fromBase64(base64);
  } catch {
    // said below
  }
  throw new AppError("invalid_request", `\`${param}\` is no file in base64`, { param });
}
