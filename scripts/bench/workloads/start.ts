import { postJson } from "../events.ts";
import { median } from "../median.ts";
import { type RunningServer, spawnServer } from "../server.ts";
import type { Stage } from "../stage.ts";
import type { Load, Metric, Workload } from "../workload.ts";

const nStarts = 5;

/** How long to wait before asking a server again that does not answer yet. */
const pollMs = 5;

const startTimeoutMs = 60_000;

const metrics = {
  firstToken: {
    label: "process start to first token",
    ...{ unit: "ms", better: "lower", target: { ratio: 0.8 } },
  },
} as const satisfies Record<string, Metric>;

const start: Workload = {
  name: "start to first token",
  description:
    `The same command once more, ${nStarts} times: from the process's start until ` +
    "POST /completion answers with one token, asked again every few ms. Files are in the page " +
    "cache and hutch's libraries are unpacked, as from the second start on.",
  metrics,
  async run(server, load) {
    const times: number[] = [];
    for (let i = 0; i < load.tokens(nStarts); i++) times.push(await timeToFirstToken(server, load));
    return { firstToken: median(times) };
  },
};

/** From the process's start to an answer of one token, ms. Ends the process. */
async function timeToFirstToken(running: RunningServer, load: Load): Promise<number> {
  const command = (port: number) => onPort(running.command, port);
  const { server, child } = spawnServer(
    { name: running.name, command },
    `${running.logPath}.start`,
  );
  await using started = server;
  const body = { prompt: load.nextPrompt(4), n_predict: 1 };
  const signal = AbortSignal.any([load.signal, AbortSignal.timeout(startTimeoutMs)]);
  for (;;) {
    // Refused until it listens, 503 while it loads.
    const answer = await postJson(`${started.baseUrl}/completion`, body, signal).catch(() => null);
    await answer?.body?.cancel();
    if (answer !== null) return performance.now() - started.startedMs;
    signal.throwIfAborted();
    const ended = child.exitCode ?? child.signalCode;
    if (ended !== null) throw new Error(`ended early (${ended})`);
    await Bun.sleep(pollMs);
  }
}

/** The same command line with another port. */
function onPort(command: readonly string[], port: number): string[] {
  const at = command.indexOf("--port") + 1;
  return command.map((word, i) => (i === at ? `${port}` : word));
}

const stageOf = (model: "tiny" | "llama-15m" | "qwen2.5-0.5b"): Stage => ({
  name: `start, ${model}`,
  models: [model],
  nParallel: 4,
  nCtxSeq: 1024,
  workloads: [start],
});

export const startStages: readonly Stage[] = [
  stageOf("tiny"),
  stageOf("llama-15m"),
  stageOf("qwen2.5-0.5b"),
];
