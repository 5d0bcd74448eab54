import { AppError } from "../../core/errors.ts";

const unitMs = { ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;
const part = String.raw`(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|ms|s|m|h)`;
const goDuration = new RegExp(`^[+-]?(?:0|(?:${part})+)$`);
const goPart = /(\d+\.?\d*|\.\d+)(ns|us|µs|ms|s|m|h)/g;

/**
 * Ollama's `keep_alive` in milliseconds: a number is seconds, a text is a Go duration ("1h30m"),
 * and anything negative means for ever.
 * @throws AppError invalid_request
 */
export function toKeepAliveMs(keepAlive: number | string): number {
  if (typeof keepAlive === "number") return keepAlive < 0 ? Infinity : keepAlive * 1000;
  if (!goDuration.test(keepAlive)) {
    const message = `\`keep_alive\` is not a duration: ${JSON.stringify(keepAlive)}; try "5m"`;
    throw new AppError("invalid_request", message, { param: "keep_alive" });
  }
  let ms = 0;
  for (const [, amount, unit] of keepAlive.matchAll(goPart)) {
    ms += Number(amount) * unitMs[unit as keyof typeof unitMs];
  }
  return keepAlive.startsWith("-") && ms > 0 ? Infinity : ms;
}
