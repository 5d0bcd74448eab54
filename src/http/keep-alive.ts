import { Type } from "@sinclair/typebox";
import { durationMs } from "../core/duration.ts";
import { AppError } from "../core/errors.ts";

/** Longest duration in words, characters: errors repeat it. */
const lengthMax = 100;

export const KeepAlive = Type.Union([Type.Number(), Type.String({ maxLength: lengthMax })], {
  description:
    'How long the model stays loaded when it falls idle: seconds or a duration ("5m"); 0: it is ' +
    "unloaded then; negative: for ever. It goes earlier only when another one needs its place.",
});

/**
 * Ollama's `keep_alive` in milliseconds: a number is seconds, a text is a Go duration ("1h30m"),
 * and anything negative means for ever. `param` is where it stands.
 * @throws AppError invalid_request
 */
export function toKeepAliveMs(keepAlive: number | string, param: string): number {
  if (typeof keepAlive === "number") return keepAlive < 0 ? Infinity : keepAlive * 1000;
  const ms = durationMs(keepAlive);
  if (ms === null) {
    const message = `\`${param}\` is not a duration: ${JSON.stringify(keepAlive)}; try "5m"`;
    throw new AppError("invalid_request", message, { param });
  }
  return ms < 0 ? Infinity : ms;
}
