import { section, UsageError, value } from "./flag.ts";
import { bytes, duration, whole } from "./readers.ts";

export const schedulingFlags = section("Scheduling", "server", [
  value("--keep-alive", duration, {
    env: "HUTCH_KEEP_ALIVE OLLAMA_KEEP_ALIVE",
    help:
      "how long a model stays in memory when it falls idle; 0: it goes at once, below 0: it " +
      "stays. Requests may say otherwise (keep_alive)",
    default: "5m with `serve`, else for ever",
    set: ({ catalog }, seconds) => {
      catalog.sleepIdleSeconds = seconds < 0 ? -1 : seconds;
    },
  }),
  value("--memory-budget", bytes, {
    env: "HUTCH_MEMORY_BUDGET",
    help:
      "memory that models may take together, GPUs not counted: 8GiB, 500MB. Idle ones make room; " +
      "a model that is alone is tried even if it needs more",
    default: "what is free with `serve`, else no limit",
    set: ({ catalog }, n, source) => {
      if (n === 0) throw new UsageError(`${source} must be above 0`);
      catalog.memoryBudgetBytes = n;
    },
  }),
  value("--gpu-overhead", bytes, {
    env: "HUTCH_GPU_OVERHEAD OLLAMA_GPU_OVERHEAD",
    help: "memory of GPUs that is left to other programs, where models are placed by memory",
    default: "0",
    set: ({ catalog }, n) => {
      catalog.gpuOverheadBytes = n;
    },
  }),
  value("--max-queue", whole("N", 0), {
    env: "HUTCH_MAX_QUEUE OLLAMA_MAX_QUEUE",
    help:
      "requests that may wait for a model to be loaded or for a slot; one more is refused with " +
      "503. 0: any number",
    default: "512 with `serve`, else 0",
    set: ({ catalog }, n) => {
      catalog.nWaitingMax = n;
    },
  }),
  value("--load-timeout", duration, {
    env: "HUTCH_LOAD_TIMEOUT OLLAMA_LOAD_TIMEOUT",
    help: "how long loading a model may make no progress before it is given up; 0 or below: ever",
    default: "5m with `serve`, else 0",
    set: ({ catalog }, seconds) => {
      catalog.loadTimeoutSeconds = Math.max(0, seconds);
    },
  }),
]);
