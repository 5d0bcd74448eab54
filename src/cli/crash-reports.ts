import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { release } from "node:os";
import { join } from "node:path";
import { commit, llamaCppTag, version } from "../core/version.ts";
import type { Crash, RequestKind } from "../supervisor/crash.ts";

/** Reports that are kept; the oldest go. */
const nReportsMax = 20;

const suffix = ".crash.json";

/**
 * Writes down what is known of a crash: nothing that anybody asked or was told.
 * @returns the file's path
 * @throws Error when it cannot be written
 */
export function writeCrashReport(dir: string, crash: Crash, now = new Date()): string {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const time = now.toISOString();
  const name = crash.model.name.replace(/[^\w.-]+/g, "-").slice(0, 80);
  const path = join(dir, `${time.replaceAll(":", "-")}-${name}${suffix}`);
  writeFileSync(path, `${JSON.stringify(reportOf(crash, time), null, 2)}\n`, { mode: 0o600 });
  removeOld(dir);
  return path;
}

function reportOf({ model, error, phase, ranMs, nAnswered, requests, lines }: Crash, time: string) {
  return {
    time,
    model: model.name,
    files: [model.path, ...(model.mmprojPath === undefined ? [] : [model.mmprojPath])],
    reason: error.message,
    phase,
    ran_seconds: Math.round(ranMs) / 1000,
    requests_answered: nAnswered,
    requests_in_progress: requests.map(toWire),
    versions: {
      hutch: version,
      commit,
      "llama.cpp": llamaCppTag,
      bun: Bun.version,
      system: `${process.platform} ${process.arch} ${release()}`,
    },
    log: lines,
  };
}

function toWire(request: RequestKind) {
  if (!("nMedia" in request)) return request;
  const { kind, nMessages, nMedia, nTools, isConstrained, nPredict } = request;
  return {
    kind,
    messages: nMessages,
    media: nMedia,
    tools: nTools,
    constrained: isConstrained,
    max_tokens: nPredict,
  };
}

/** Their names begin with the time. */
function removeOld(dir: string): void {
  const reports = readdirSync(dir).filter((name) => name.endsWith(suffix));
  for (const name of reports.sort().slice(0, -nReportsMax)) rmSync(join(dir, name));
}
