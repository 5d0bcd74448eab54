import { asAppError } from "../core/errors.ts";
import type { Crash } from "../supervisor/crash.ts";
import { writeCrashReport } from "./crash-reports.ts";
import type { Log } from "./log.ts";

/** The last lines of llama.cpp's that are logged with a crash; its report has more. */
const nLinesMax = 10;

/**
 * Logs crashes of engines, and writes a report about each.
 * @param dir null: no reports are written
 * @param hasLines llama.cpp's lines are in the log already
 */
export function crashLogger(log: Log, dir: string | null, hasLines: boolean) {
  return (crash: Crash): void => {
    const { model, error, lines } = crash;
    const report = dir === null ? null : reported(dir, crash, log);
    const where = report === null ? "" : `; see ${report}`;
    log.error(`${error.message}${where}`, { model: model.name, report });
    for (const line of hasLines ? [] : lines.slice(-nLinesMax)) log.native(line);
  };
}

function reported(dir: string, crash: Crash, log: Log): string | null {
  try {
    return writeCrashReport(dir, crash);
  } catch (error) {
    log.warning(`no crash report could be written: ${asAppError(error).message}`);
    return null;
  }
}
