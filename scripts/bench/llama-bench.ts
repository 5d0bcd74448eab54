import { basename } from "node:path";
import { outputOf } from "../program.ts";
import { type Spread, spreadOf } from "./summary.ts";

/** Decoding without any server: what the library alone does on this machine. */
export interface RawDecode {
  readonly command: string;
  readonly tokensPerSecond: Spread;
}

/** Runs its test tg`nPredict`, `nRuns` times. */
export async function runLlamaBench(
  program: string,
  model: string,
  options: { nThreads: number; nPredict: number; nRuns: number },
): Promise<RawDecode> {
  const { nThreads, nPredict, nRuns } = options;
  const settings = ["-p", "0", "-n", `${nPredict}`, "-t", `${nThreads}`, "-r", `${nRuns}`];
  const output = await outputOf([program, "-m", model, ...settings, "-o", "json"]);
  const [test]: { samples_ts: number[] }[] = JSON.parse(output);
  const tokensPerSecond = spreadOf(test?.samples_ts ?? []);
  if (tokensPerSecond === undefined) throw new Error("llama-bench reported no figures");
  return {
    command: ["llama-bench", "-m", basename(model), ...settings].join(" "),
    tokensPerSecond,
  };
}
