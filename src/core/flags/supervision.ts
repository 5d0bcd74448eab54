import { section, value } from "./flag.ts";
import { duration, text } from "./readers.ts";

export const supervisionFlags = section("Supervision", "server", [
  value("--drain-timeout", duration, {
    env: "HUTCH_DRAIN_TIMEOUT",
    help:
      "how long requests in progress may go on after a first SIGTERM or SIGINT, while new ones " +
      "are refused with 503; a second signal ends them at once",
    default: "30s",
    set: ({ supervision }, seconds) => {
      supervision.drainSeconds = Math.max(0, seconds);
    },
  }),
  value("--step-timeout", duration, {
    env: "HUTCH_STEP_TIMEOUT",
    help:
      "an engine that takes longer for one step (a batch of tokens, a picture) hangs, and is " +
      "ended; 0 or below: none does",
    default: "30m",
    set: ({ supervision }, seconds) => {
      supervision.stepTimeoutSeconds = Math.max(0, seconds);
    },
  }),
  value("--crash-dir", text("FOLDER"), {
    env: "HUTCH_CRASH_DIR",
    help: "folder of reports about engines that crashed, the last 20, without any prompts; or none",
    default: "none, or ~/.hutch/crashes with `serve`",
    set: (draft, dir) => {
      draft.crashDir = dir;
    },
  }),
]);
