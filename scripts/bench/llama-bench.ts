import { basename } from "node:path";
import { outputOf } from "../program.ts";
import { type Spread, spreadOf } from "./summary.ts";

/** A model without any server: what the library alone does on this machine, tok/s. */
export interface RawFigures {
  readonly model: string;
  readonly command: string;
  /** Its test pp512: one prompt of 512 tokens. */
  readonly prefill: Spread;
  /** Its test tg128: 128 tokens, one after the other. */
  readonly decode: Spread;
}

/** Its two standard tests, `nRuns` times, with its default of threads. */
export async function runLlamaBench(
  program: string,
  model: string,
  file: string,
  nRuns: number,
): Promise<RawFigures> {
  const settings = ["-p", "512", "-n", "128", "-r", `${nRuns}`];
  const output = await outputOf([program, "-m", file, ...settings, "-o", "json"]);
  const tests: { n_gen: number; samples_ts: number[] }[] = JSON.parse(output);
  const spread = (isDecode: boolean) =>
    spreadOf(tests.find(({ n_gen }) => n_gen > 0 === isDecode)?.samples_ts ?? []);
  const [prefill, decode] = [spread(false), spread(true)];
  if (prefill === undefined || decode === undefined) {
    throw new Error("llama-bench reported no figures");
  }
  const command = ["llama-bench", "-m", basename(file), ...settings].join(" ");
  return { model, command, prefill, decode };
}
