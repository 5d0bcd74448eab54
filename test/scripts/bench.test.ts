import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { completionEvents, streamCompletion } from "../../scripts/bench/completion.ts";
import { promptSupply } from "../../scripts/bench/prompts.ts";
import { runRounds } from "../../scripts/bench/rounds.ts";
import type { Contender } from "../../scripts/bench/server.ts";
import { spreadOf, summarize } from "../../scripts/bench/summary.ts";
import { workloads } from "../../scripts/bench/workloads.ts";

const logDir = mkdtempSync(join(tmpdir(), "hutch-bench-test-"));
afterAll(() => rmSync(logDir, { recursive: true }));

const signal = AbortSignal.timeout(30_000);

const event = (fields: object) => `data: ${JSON.stringify(fields)}\n\n`;

/** A stream as llama-server sends it: the first event holds two tokens. */
const goodStream = [
  event({ content: "ab", tokens_predicted: 2, stop: false }),
  event({ content: "c", tokens_predicted: 3, stop: false }),
  event({ content: "", tokens_predicted: 4, stop: true }),
].join("");

/** Streams `text` to every request, and the base URL of the server that does. */
function serving(text: string, status = 200) {
  const server = Bun.serve({ port: 0, fetch: () => new Response(text, { status }) });
  return { baseUrl: `http://127.0.0.1:${server.port}`, [Symbol.dispose]: () => server.stop(true) };
}

/** A server process that answers like llama-server, or one that ends before it listens. */
function fakeContender(name: string, works = true): Contender {
  const program = `Bun.serve({ port: Number(process.argv[1]), fetch: (request) =>
    new Response(request.url.endsWith("/health") ? "{}" : process.argv[2]) });`;
  const failing = "console.log('no such model'); process.exit(7)";
  // One token was asked for in every stream below.
  const answer = event({ content: "x", tokens_predicted: 16, stop: true });
  return {
    name,
    command: (port) => [process.execPath, "-e", works ? program : failing, `${port}`, answer],
  };
}

describe("completionEvents", () => {
  test("joins events that were cut anywhere, in the middle of a character too", async () => {
    const bytes = new TextEncoder().encode(`${event({ content: "🦙" })}data: [DONE]\n\n`);
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const byte of bytes) controller.enqueue(Uint8Array.of(byte));
        controller.close();
      },
    });
    const events = await Array.fromAsync(completionEvents(body));
    expect(events).toEqual([{ content: "🦙" } as object]);
  });
});

describe("streamCompletion", () => {
  const request = { prompt: "hello", nPredict: 4 };

  test("counts the tokens after the first event", async () => {
    using server = serving(goodStream);
    const times = await streamCompletion(server.baseUrl, request, signal);
    const seconds = (times.lastTokenMs - times.firstTokenMs) / 1000;
    expect(times.nPredicted).toBe(4);
    expect(times.decodeRate).toBeCloseTo(2 / seconds, 5);
  });

  test.each([
    ["ends early", event({ tokens_predicted: 2, stop: true }), 200, "2 tokens predicted, 4 asked"],
    ["breaks off", event({ content: "a", stop: false }), 200, "without an event"],
    ["has an error frame", event({ error: { message: "engine died" } }), 200, "engine died"],
    ["has an error line", 'error: {"message":"engine died"}\n\n', 200, "engine died"],
    ["is refused", "busy", 503, "503 busy"],
  ])("throws when the stream %s", async (_, text, status, message) => {
    using server = serving(text, status);
    expect(streamCompletion(server.baseUrl, request, signal)).rejects.toThrow(message);
  });
});

describe("promptSupply", () => {
  test("never repeats a prompt, and repeats all of them for the same round", () => {
    const [one, two] = [promptSupply(1), promptSupply(1)];
    const prompts = Array.from({ length: 50 }, one);
    expect(new Set(prompts).size).toBe(50);
    expect(Array.from({ length: 50 }, two)).toEqual(prompts);
    expect(promptSupply(2)()).not.toBe(prompts[0]);
  });
});

describe("runRounds", () => {
  const options = { nPredict: 16, nParallel: 3, quietTimeoutMs: 0, logDir, signal, say: () => {} };

  test("measures both servers in every round, starting with the other one in turn", async () => {
    const contenders = [fakeContender("a"), fakeContender("b")];
    const readings = await runRounds(contenders, workloads, { ...options, nRounds: 2 });
    expect(readings.map(({ error }) => error)).toEqual(new Array(8).fill(undefined));
    expect(readings.map(({ round, server }) => `${round}${server}`).join(" ")).toBe(
      "1a 1a 1b 1b 2b 2b 2a 2a",
    );
  }, 30_000);

  test("reports a server that does not start and measures the other", async () => {
    const contenders = [fakeContender("a", false), fakeContender("b")];
    const readings = await runRounds(contenders, workloads, { ...options, nRounds: 1 });
    expect(readings[0]?.error).toContain("a ended early (7)");
    expect(readings[0]?.error).toContain("no such model");
    expect(readings.slice(1).map(({ server }) => server)).toEqual(["b", "b"]);
  }, 30_000);
});

describe("summaries", () => {
  test.each([
    [[3], { median: 3, min: 3, max: 3, nValues: 1 }],
    [[9, 1, 2], { median: 2, min: 1, max: 9, nValues: 3 }],
    [[4, 1, 2, 3], { median: 2.5, min: 1, max: 4, nValues: 4 }],
    [[], undefined],
  ])("spread of %p", (values, expected) => {
    expect(spreadOf(values)).toEqual(expected as ReturnType<typeof spreadOf>);
  });

  test("divide our median by theirs and leave out what failed", () => {
    const of = (server: string, round: number, decode: number) => ({
      ...{ server, round, workload: "1 stream", busyBefore: 0 },
      values: { decode },
    });
    const failed = { server: "b", round: 2, workload: "1 stream", busyBefore: 0, error: "died" };
    const readings = [of("a", 1, 30), of("a", 2, 34), of("b", 1, 40), failed];
    const [decode, firstToken] = summarize(readings, workloads, "a", "b");
    expect(decode).toMatchObject({ ours: { median: 32 }, theirs: { nValues: 1 }, ratio: 0.8 });
    expect(firstToken).not.toHaveProperty("ratio");
  });
});
