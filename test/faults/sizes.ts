import { appendFileSync } from "node:fs";

/** From a variable that `npm run test:faults` sets; without it, what takes seconds. */
function sizeOf(variable: string, quick: number): number {
  return Number(process.env[variable] ?? quick);
}

export const sizes = {
  /** Of everything that is chosen at random. */
  seed: sizeOf("HUTCH_FAULT_SEED", Date.now() % 1_000_000),
  /** Places where something is broken, of each kind of fault. */
  nCases: sizeOf("HUTCH_FAULT_CASES", 6),
  /** Requests that the fuzzer makes. */
  nRequests: sizeOf("HUTCH_FAULT_REQUESTS", 300),
  /** Clients at once that connect and vanish, and how long they do. */
  nClients: sizeOf("HUTCH_FAULT_CLIENTS", 16),
  vanishingMs: sizeOf("HUTCH_FAULT_MINUTES", 0.05) * 60_000,
};

/** Room for a test that takes long because much is asked of it. */
export const testTimeoutMs = 120_000 + sizes.nCases * 10_000 + sizes.nRequests * 200;

/** Tells a figure to whoever runs the suite. */
export function figure(name: string, value: string | number): void {
  const { HUTCH_FAULT_FIGURES: path } = process.env;
  if (path !== undefined) appendFileSync(path, `${JSON.stringify({ name, value })}\n`);
}
