const unitMs = { ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;
const part = String.raw`(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|ms|s|m|h)`;
const goDuration = new RegExp(`^[+-]?(?:0|(?:${part})+)$`);
const goPart = /(\d+\.?\d*|\.\d+)(ns|us|µs|ms|s|m|h)/g;

/** A duration as Go writes it ("1h30m", "-1m", "0"), in milliseconds; null for other texts. */
export function durationMs(text: string): number | null {
  if (!goDuration.test(text)) return null;
  let ms = 0;
  for (const [, amount, unit] of text.matchAll(goPart)) {
    ms += Number(amount) * unitMs[unit as keyof typeof unitMs];
  }
  return text.startsWith("-") ? -ms : ms;
}
