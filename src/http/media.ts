import { realpath } from "node:fs/promises";
import { resolve, sep } from "node:path";
import { AppError } from "../core/errors.ts";
import type { MediaPart } from "../core/messages.ts";
import { fetchMedia } from "./fetched-media.ts";

/** Where pictures, sounds and videos may come from, beside the request itself. */
export interface MediaRules {
  /** http(s) URLs are fetched, from public addresses. */
  fetchesMedia: boolean;
  /** Hosts from which they are fetched wherever these are. */
  fetchHosts: readonly string[];
  /** Folder that `file://` URLs may name files of; null: none may. */
  mediaDir: string | null;
}

/** Largest file of the media folder that is read, bytes: as large as a body may be by default. */
const fileBytesMax = 64 * 1024 * 1024;

/**
 * The picture (audio, video) that `source` is or names: base64, bare or as a data URL, or, if
 * `rules` allow, an http(s) or file URL. Whether the bytes are a picture is for libmtmd to say.
 * @throws AppError
 */
export async function toMedia(
  source: string,
  param: string,
  rules: MediaRules,
  signal: AbortSignal,
): Promise<MediaPart> {
  const url = source.trim();
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1]?.toLowerCase();
  switch (scheme) {
    case undefined:
    case "data":
      return base64Media(url, param);
    case "http":
    case "https":
      if (rules.fetchesMedia)
        return media(await fetchMedia(url, param, rules.fetchHosts, signal), param);
      throw new AppError(
        "unsupported",
        `\`${param}\` is a ${scheme}: URL; images are not fetched without --fetch-images: ` +
          "send the picture as base64, bare or as a data URL",
        { param },
      );
    case "file":
      return media(await fileIn(rules.mediaDir, url, param), param);
    default:
      throw new AppError("unsupported", `\`${param}\` is a ${scheme}: URL`, { param });
  }
}

/** @throws AppError for what is neither base64 nor a data URL of a picture, sound or video in it */
export function base64Media(source: string, param: string): MediaPart {
  const text = source.trim();
  const isDataUrl = /^data:/i.test(text);
  const comma = isDataUrl ? text.indexOf(",") : -1;
  const head = text.slice(0, Math.max(comma, 0));
  if (isDataUrl && !/^data:(?:image|audio|video)\/[^,]*;base64$/i.test(head)) {
    const message = `\`${param}\` is no base64 data URL of a picture, sound or video`;
    throw new AppError("invalid_request", message, { param });
  }
  try {
    return media(Uint8Array.fromBase64(text.slice(comma + 1)), param);
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw new AppError("invalid_request", `\`${param}\` is not a base64 picture`, { param, cause });
  }
}

function media(bytes: Uint8Array, param: string): MediaPart {
  if (bytes.length > 0) return { type: "media", bytes, param };
  throw new AppError("invalid_request", `\`${param}\` is an empty picture`, { param });
}

async function fileIn(dir: string | null, url: string, param: string): Promise<Uint8Array> {
  const refused = (message: string) =>
    new AppError("invalid_request", `\`${param}\`: ${message}`, { param });
  if (dir === null) throw refused("file:// URLs are not allowed unless --media-path is specified");
  const path = url.slice("file://".length);
  const root = await realpath(dir);
  const wanted = resolve(root, `.${sep}${path}`);
  const outside = refused(`file path is not allowed: ${path}`);
  if (path.includes("\0") || path.split(/[\\/]/).includes("..")) throw outside;
  const real = await realpath(wanted).catch(() => null);
  if (real === null) throw refused(`file does not exist or cannot be opened: ${path}`);
  if (!real.startsWith(root.endsWith(sep) ? root : root + sep)) throw outside;
  const file = Bun.file(real);
  try {
    const stats = await file.stat();
    if (!stats.isFile()) throw new Error("no regular file");
    if (stats.size <= fileBytesMax) return await file.bytes();
  } catch {
    throw refused(`file does not exist or cannot be opened: ${path}`);
  }
  throw refused(`file is larger than ${fileBytesMax / 1024 / 1024} MB: ${path}`);
}
