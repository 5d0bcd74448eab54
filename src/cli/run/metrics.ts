import type { Metrics } from "../client/wire.ts";
import { duration } from "../terminal/human.ts";

/** What an answer took, as `--verbose` tells it; a line for each number that the server gave. */
export function metricsText(metrics: Metrics): string {
  const { prompt_eval_count: nPrompt, prompt_eval_duration: promptNs } = metrics;
  const { eval_count: nAnswer, eval_duration: answerNs } = metrics;
  const rows: [string, string | null][] = [
    ["total duration", time(metrics.total_duration)],
    ["load duration", time(metrics.load_duration)],
    ["prompt eval count", count(nPrompt)],
    ["prompt eval duration", time(promptNs)],
    ["prompt eval rate", rate(nPrompt, promptNs)],
    ["eval count", count(nAnswer)],
    ["eval duration", time(answerNs)],
    ["eval rate", rate(nAnswer, answerNs)],
  ];
  return rows
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${`${name}:`.padEnd(22)}${value}\n`)
    .join("");
}

const time = (ns: number | undefined) => (ns ? duration(ns) : null);
const count = (n: number | undefined) => (n ? `${n} token(s)` : null);
const rate = (n: number | undefined, ns: number | undefined) =>
  n && ns ? `${((n / ns) * 1e9).toFixed(2)} tokens/s` : null;
