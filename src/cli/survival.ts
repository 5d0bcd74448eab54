import type { Log } from "./log.ts";

/** What the log says before such an error. */
export const bugNotice = "a bug of Hutch, please report it; the server goes on";

/**
 * Keeps the process up when something fails that nobody waits for. It would end otherwise, and all
 * requests with it; what fails within a request is that request's own error.
 */
export function surviveBugs(log: Log): void {
  for (const event of ["unhandledRejection", "uncaughtException"]) {
    process.on(event, (error: unknown) => {
      const why = error instanceof Error ? (error.stack ?? error.message) : String(error);
      log.error(`${bugNotice}: ${why}`);
    });
  }
}
