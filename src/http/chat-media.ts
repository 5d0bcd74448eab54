import { AppError } from "../core/errors.ts";
import type { MediaPart } from "../core/messages.ts";
import type { Model } from "../models/catalog.ts";
import type { Wish } from "../supervisor/supervisor.ts";
import type { Gateway } from "./gateway.ts";
import { checkMedia } from "./limits.ts";
import { toMedia } from "./media.ts";

export type MediaKind = "image" | "audio" | "video";

/** Gets a picture or clip of a message; `param` names the field that it is in. @throws AppError */
export type LoadMedia = (kind: MediaKind, source: string, param: string) => Promise<MediaPart>;

/** Media are not even fetched for a model that cannot take them. */
export function mediaLoader(
  gateway: Gateway,
  model: Model,
  signal: AbortSignal,
  wish?: Wish,
): LoadMedia {
  let n = 0;
  return async (kind, source, param) => {
    checkMedia(++n, "messages", gateway.settings.limits); // before any is fetched
    const { vision, audio } = await gateway.info(model, signal, wish);
    const isTaken: Record<MediaKind, boolean> = { image: vision, audio, video: false };
    if (isTaken[kind]) return toMedia(source, param, gateway.settings, signal);
    const hint = "if this is unexpected, you may need to provide the mmproj";
    // llama-server answers 500 here, which its clients may know; our own habit is a 400.
    const code = gateway.settings.profile === "hutch" ? "unsupported" : "internal";
    throw new AppError(code, `${kind} input is not supported - hint: ${hint}`, { param });
  };
}
