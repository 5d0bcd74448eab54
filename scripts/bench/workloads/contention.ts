import { availableParallelism } from "node:os";
import { type OpenStream, openStream } from "../open-stream.ts";
import type { Workload } from "../workload.ts";

/** How long is counted, ms. A server that collapses makes a token every few seconds. */
const windowMs = 10_000;

/** More than any server decodes meanwhile. */
const nPredict = 4000;

/** Few, because a collapsed server would read a long prompt for minutes. */
const nPromptWords = 8;

/**
 * Another program on every core, as a build or a game beside the server. Where the kernel groups
 * processes by session (autogroup), as desktops do, a program of another session takes half of the
 * machine however many processes it has; otherwise every process has an equal share.
 */
function busyMachine(name: string, how: string, isApart: boolean): Workload {
  return {
    name,
    description:
      "One stream decodes; then one process for each core starts that computes and never waits, " +
      `${how}. Tokens of the ${windowMs / 1000} s from then on.`,
    metrics: {
      decode: {
        ...{ label: "decode", unit: "tok/s", better: "higher" },
        // Of half a machine that llama-server can use, nobody can make 20 times as much.
        ...(!isApart && { target: { ratio: 20 } }),
      },
    },
    async run({ model }, { nextPrompt, tokens, signal }) {
      const request = { prompt: nextPrompt(nPromptWords), nPredict };
      await using stream = openStream(model, request, signal);
      await stream.reached(2 * nPromptWords);
      using _ = busyProcesses(availableParallelism(), isApart);
      return { decode: await rateIn(tokens(windowMs), [stream], signal) };
    },
  };
}

export const busyMachines: readonly Workload[] = [
  busyMachine("a process on every core", "in the server's own session", false),
  busyMachine(
    "a process on every core, apart",
    "each in a session of its own, which halves the machine where the kernel has autogroup",
    true,
  ),
];

/** Two models that answer at once, and one of them alone. */
export const twoModels: Workload = {
  name: "two models at once",
  description:
    "One stream on each of two models at once, and before that on one of them alone; tokens of " +
    `${windowMs / 1000} s. One hutch serves both; llama-server runs as a process for each.`,
  metrics: {
    both: { label: "both", unit: "tok/s", better: "higher", target: { ratio: 2 } },
    alone: { label: "one alone", unit: "tok/s", better: "higher" },
    share: { label: "both ÷ alone", unit: "×", better: "higher", target: { ours: 0.8 } },
  },
  async run({ models }, { nextPrompt, tokens, signal }) {
    const rate = async (chosen: typeof models) => {
      await using stack = new AsyncDisposableStack();
      const streams: OpenStream[] = [];
      for (const model of chosen) {
        const request = { prompt: nextPrompt(nPromptWords), nPredict };
        const stream = stack.use(openStream(model, request, signal));
        await stream.reached(1);
        streams.push(stream);
      }
      return await rateIn(tokens(windowMs), streams, signal);
    };
    const alone = await rate(models.slice(0, 1));
    const both = await rate(models);
    return { both, alone, share: both / alone };
  },
};

/** Tokens per second that all the streams together receive in this time from now on. */
async function rateIn(
  ms: number,
  streams: readonly OpenStream[],
  signal: AbortSignal,
): Promise<number> {
  const count = () => streams.reduce((sum, { nTokens }) => sum + nTokens, 0);
  const [before, startMs] = [count(), performance.now()];
  await Bun.sleep(ms);
  signal.throwIfAborted();
  const seconds = (performance.now() - startMs) / 1000;
  return (count() - before) / seconds;
}

/** Should we be killed, they must not go on for ever. */
const busySecondsMax = 60;

/** Programs that compute until they are disposed. @param isApart each in its own session */
function busyProcesses(nProcesses: number, isApart: boolean): Disposable {
  const endMs = Date.now() + busySecondsMax * 1000;
  const busyProgram = `while (Date.now() < ${endMs});`;
  const children = Array.from({ length: nProcesses }, () =>
    Bun.spawn([process.execPath, "-e", busyProgram], {
      detached: isApart,
      stdio: ["ignore", "ignore", "ignore"],
    }),
  );
  return {
    [Symbol.dispose]() {
      for (const child of children) child.kill("SIGKILL");
    },
  };
}
