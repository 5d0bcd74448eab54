import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { outcomeOf } from "../../scripts/faults/answer.ts";
import { Seeded } from "../../scripts/faults/seeded.ts";
import { chats, embeddings, prose, type Traffic } from "../../scripts/faults/traffic.ts";
import { colours, pngOf } from "../support/pictures.ts";
import { question, type RunningServer, say, startServer, until } from "../support/server.ts";
import { expectErrors, outcomesAfter } from "./outcomes.ts";
import { figure, sizes, testTimeoutMs } from "./sizes.ts";

const random = new Seeded(sizes.seed);
const picture = pngOf({ shape: "circle", colour: colours.red, background: colours.white });
const options = { model: "tiny", picture, nPredict: 800 };

let server: RunningServer;
beforeAll(async () => {
  // Small batches, so that there is time to kill it in the middle of a prompt.
  server = await startServer({ args: ["-t", "1", "-b", "64", "-ub", "64", "--parallel", "8"] });
});
afterAll(() => server[Symbol.asyncDispose]());

const send = ({ path, body }: Traffic) => server.post(path, body);
/** Nitro's would have an engine of its own. */
const asked = (nWords: number) =>
  chats(options, prose(random, nWords)).filter(({ name }) => !name.startsWith("Nitro"));
/** In every dialect, as many as have a place. */
const long = () => some(asked(60), 6);
const longPrompts = () => some(asked(250), 4);
const seeing = () => asked(5).filter(({ name }) => /picture/.test(name));
const embedding = () => {
  const inputs = Array.from({ length: 40 }, () => prose(random, 150));
  return embeddings("tiny", inputs);
};

function some<Item>(items: Item[], n: number): Item[] {
  const from = random.below(items.length);
  return [...items.slice(from), ...items.slice(0, from)].slice(0, n);
}

async function engine(): Promise<number> {
  await until("there is an engine", () => server.engines().length > 0);
  return server.engines()[0] ?? 0;
}

/** What the engine does when it dies, and how it is brought there. */
interface State {
  name: string;
  requests: () => Traffic[];
  /** Returns when the engine is there, or about to be. */
  reached: (answers: Promise<Response>[]) => Promise<unknown>;
}

const soon = (ms: number) => Bun.sleep(random.below(ms));

/** The answers' first bytes. */
async function begun(answers: Promise<Response>[]): Promise<void> {
  await Promise.race(answers);
  await soon(30);
}

/** Requests that wait for an engine that stands still, until they are there. */
async function arrived(): Promise<void> {
  const pid = await engine();
  process.kill(pid, "SIGSTOP");
  await Bun.sleep(50);
  process.kill(pid, "SIGCONT");
  await soon(10);
}

const states: State[] = [
  { name: "decode", requests: long, reached: begun },
  { name: "prefill", requests: longPrompts, reached: arrived },
  { name: "image encoding", requests: seeing, reached: arrived },
  { name: "embedding", requests: embedding, reached: arrived },
];

/** What came of the requests; see `outcomesAfter`. */
async function killed({ requests, reached }: State, signal: NodeJS.Signals) {
  const pid = await engine();
  const answers = requests().map(send);
  const outcomes = answers.map(outcomeOf);
  await reached(answers);
  return await outcomesAfter(outcomes, () => process.kill(pid, signal));
}

async function works(): Promise<void> {
  expect(await say(server, question("Hello!", { max_tokens: 4 }))).toBeString();
}

const signals = ["SIGKILL", "SIGSEGV", "SIGABRT"] as const;
const nRounds = Math.ceil(sizes.nCases / 6);

describe.each(signals)("an engine that gets %s", (signal) => {
  const why = `the engine of "tiny" ended (${signal})`;

  test.each(states)(
    "in $name: its requests end with errors, the next one works",
    async (state) => {
      let slowestMs = 0;
      for (let i = 0; i < nRounds; i++) {
        await works();
        const pid = await engine();
        const { outcomes, tookMs } = await killed(state, signal);
        const nFailed = expectErrors(outcomes, why);
        if (state.name === "decode") expect(nFailed).toBeGreaterThan(0); // it had heard of those
        slowestMs = Math.max(slowestMs, tookMs);
        await works();
        expect(server.engines()).not.toContain(pid);
      }
      figure(`${signal} in ${state.name}: until the last request had failed, ms`, slowestMs);
    },
    testTimeoutMs,
  );

  test(
    "while it loads",
    async () => {
      for (let i = 0; i < nRounds; i++) {
        await server.post("/models/unload", { model: "tiny" });
        await until("it is unloaded", () => server.engines().length === 0);
        const outcomes = chats(options).slice(0, 2).map(send).map(outcomeOf);
        const pid = await engine();
        process.kill(pid, "SIGSTOP"); // else a small model is there before we are
        await soon(20);
        const { outcomes: failed, tookMs } = await outcomesAfter(outcomes, () =>
          process.kill(pid, signal === "SIGKILL" ? signal : stopped(pid, signal)),
        );
        expect(expectErrors(failed, why)).toBe(failed.length);
        figure(`${signal} while loading: until the last request had failed, ms`, tookMs);
        await works();
      }
    },
    testTimeoutMs,
  );

  test("while it is idle", async () => {
    const pid = await engine();
    process.kill(pid, signal);
    await until("that is noticed", () => !server.engines().includes(pid));
    await works();
  });
});

/** A stopped process takes a signal that can be caught when it goes on. */
function stopped(pid: number, signal: NodeJS.Signals): NodeJS.Signals {
  process.kill(pid, signal);
  return "SIGCONT";
}
