import { readdirSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { streamCompletion } from "../completion.ts";
import { mappedFiles, memoryOfTree, type ProcessMemory } from "../process-memory.ts";
import type { RunningServer } from "../server.ts";
import type { Stage } from "../stage.ts";
import type { Metric, Workload } from "../workload.ts";

const nStreams = 8;
const nPredict = 64;
const nWordsPrompt = 256;

/** Lets a server end what it does when it falls idle, or its streams have ended. */
const settleMs = 3000;

const megabytes = { unit: "MB", better: "lower" } as const;

const metrics = {
  resident: { label: "resident memory", ...megabytes, target: { difference: 150 } },
  anonymous: { label: "of it, private and of no file", ...megabytes },
} as const satisfies Record<string, Metric>;

const processes =
  "of all of the server's processes, pages that several share counted once; the model's file, " +
  "which is mapped, included";

const idle: Workload = {
  name: "idle",
  description: `Memory after the start, the model loaded, before any request: ${processes}.`,
  metrics,
  async run({ pid }) {
    await Bun.sleep(settleMs);
    return valuesOf(memoryOfTree(pid));
  },
};

const loaded: Workload = {
  name: "loaded",
  description:
    `Memory after ${nStreams} clients at once have had ${nPredict} tokens each for prompts of ` +
    `${nWordsPrompt}: ${processes}.`,
  metrics,
  async run(server, { nextPrompt, tokens, signal }) {
    const prompts = Array.from({ length: nStreams }, () => nextPrompt(nWordsPrompt));
    await Promise.all(
      prompts.map((prompt) =>
        streamCompletion(server.model, { prompt, nPredict: tokens(nPredict) }, signal),
      ),
    );
    await Bun.sleep(settleMs);
    return valuesOf(memoryOfTree(server.pid));
  },
};

const files: Workload = {
  name: "files on disk",
  description:
    "The executable, and its own libraries beside it for llama-server; hutch carries libraries " +
    "of the compiler, Bun, its pages and a small model inside.",
  metrics: { size: { label: "size", ...megabytes } },
  async run(server) {
    return { size: sizeOfProgram(server) / 1e6 };
  },
};

function valuesOf({
  residentMb,
  anonymousMb,
}: ProcessMemory): Record<keyof typeof metrics, number> {
  return { resident: residentMb, anonymous: anonymousMb };
}

/** Bytes of the executable and of the files in its folder that it has mapped. */
function sizeOfProgram({ pid, command }: RunningServer): number {
  const [program = ""] = command;
  const folder = dirname(program);
  const mapped = mappedFiles(pid);
  const own = readdirSync(folder).map((name) => join(folder, name));
  const inUse = own.filter((path) => mapped.has(path) || path === program);
  if (inUse.length === 0) throw new Error(`${basename(program)} is in no folder`);
  return inUse.reduce((sum, path) => sum + statSync(path).size, 0);
}

export const memoryStage: Stage = {
  name: "memory",
  models: ["qwen2.5-0.5b"],
  nParallel: nStreams,
  nCtxSeq: 1024,
  warmUp: async () => {}, // no request before the idle figure
  workloads: [idle, loaded, files],
};
