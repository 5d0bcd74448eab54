import type { RequestRecord } from "../http/request-record.ts";
import type { Log } from "./log.ts";

/** Asked every few seconds by whoever looks after the server: worth a line only when they fail. */
const polled: ReadonlySet<string> = new Set([
  "/health",
  "/v1/health",
  "/ready",
  "/metrics",
  "/status",
]);

/** Logs a line for every request, once its answer is complete. It says nothing of any text. */
export function requestLogger(log: Log): (record: RequestRecord) => void {
  return (record) => {
    const isQuiet = polled.has(record.path) && record.status === 200;
    if (isQuiet) log.debug(lineOf(record), fieldsOf(record));
    else log.info(lineOf(record), fieldsOf(record));
  };
}

function fieldsOf(record: RequestRecord) {
  const { id, method, path, status, model, outcome, nPrompt, nPredicted, keyName } = record;
  const ms = Math.round(elapsed(record) * 10) / 10;
  return {
    request_id: id,
    method,
    path,
    status,
    outcome,
    model,
    ms,
    prompt_tokens: nPrompt,
    completion_tokens: nPredicted,
    key: keyName,
  };
}

function lineOf(record: RequestRecord): string {
  const { id, method, path, status, model, outcome, nPrompt, nPredicted, keyName } = record;
  return [
    `${method} ${path}: ${status} after ${elapsed(record).toFixed(1)} ms`,
    ...(outcome === "done" ? [] : [outcome]),
    ...(model === null ? [] : [model]),
    ...(nPrompt + nPredicted === 0 ? [] : [`${nPrompt} + ${nPredicted} tokens`]),
    ...(keyName === null ? [] : [`key ${keyName}`]),
    `id ${id}`,
  ].join(", ");
}

const elapsed = ({ startedMs }: RequestRecord) => performance.now() - startedMs;
