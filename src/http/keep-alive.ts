import { Type } from "@sinclair/typebox";
import { AppError } from "../core/errors.ts";

const unitMs = { ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;
const part = String.raw`(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|ms|s|m|h)`;
const goDuration = new RegExp(`^[+-]?(?:0|(?:${part})+)$`);
const goPart = /(\d+\.?\d*|\.\d+)(ns|us|µs|ms|s|m|h)/g;

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
  if (!goDuration.test(keepAlive)) {
    const message = `\`${param}\` is not a duration: ${JSON.stringify(keepAlive)}; try "5m"`;
    throw new AppError("invalid_request", message, { param });
  }
  let ms = 0;
  for (const [, amount, unit] of keepAlive.matchAll(goPart)) {
    ms += Number(amount) * unitMs[unit as keyof typeof unitMs];
  }
  return keepAlive.startsWith("-") && ms > 0 ? Infinity : ms;
}
