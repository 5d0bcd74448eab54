import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { medianGap, streamCompletion } from "../../scripts/bench/completion.ts";
import { serverSentEvents } from "../../scripts/bench/events.ts";
import { openStream } from "../../scripts/bench/open-stream.ts";
import { isFullRun, parseOptions } from "../../scripts/bench/options.ts";
import { processTree } from "../../scripts/bench/process-tree.ts";
import { promptSupply } from "../../scripts/bench/prompts.ts";
import { comparisonTable, targetText } from "../../scripts/bench/report.ts";
import { type Reading, runRounds } from "../../scripts/bench/rounds.ts";
import { type Setup, type Stage, selectStages, sidesOf } from "../../scripts/bench/stage.ts";
import { stages } from "../../scripts/bench/stages.ts";
import { isMet, spreadOf, summarize } from "../../scripts/bench/summary.ts";
import { type Metric, Unsupported } from "../../scripts/bench/workload.ts";

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

/** A program that takes both servers' flags, answers a warm-up, and notes its own port. */
const fakeServer = `#!${process.execPath}
const port = Number(process.argv[process.argv.indexOf("--port") + 1]);
const event = { content: "x", tokens_predicted: 16, stop: true };
Bun.serve({ port, fetch: (request) => new Response(
  request.url.endsWith("/health") ? "{}" : "data: " + JSON.stringify(event) + "\\n\\n",
) });`;

const failingServer = `#!${process.execPath}
console.log("no such model"); process.exit(7);`;

const fakePath = join(logDir, "fake");
const failingPath = join(logDir, "failing");
writeFileSync(fakePath, fakeServer, { mode: 0o755 });
writeFileSync(failingPath, failingServer, { mode: 0o755 });

const setup: Setup = {
  ...{ hutch: fakePath, llamaServer: fakePath, llamaBench: "" },
  fileOf: (name) => `/models/${name}.gguf`,
  folderOf: () => "/models",
};

const speed: Metric = { label: "decode", unit: "tok/s", better: "higher", target: { ratio: 1 } };
const wait: Metric = { label: "wait", unit: "ms", better: "lower", target: { ratio: 0.2 } };

const stage: Stage = {
  ...{ name: "a stage", models: ["tiny"], nParallel: 3, nCtxSeq: 100 },
  workloads: [
    {
      ...{ name: "one", description: "", metrics: { speed, wait } },
      run: async ({ name }) => ({ speed: name === "hutch" ? 30 : 40, wait: 5 }),
    },
  ],
};

describe("serverSentEvents", () => {
  test("joins events that were cut anywhere, in the middle of a character too", async () => {
    const bytes = new TextEncoder().encode(`${event({ content: "🦙" })}data: [DONE]\n\n`);
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const byte of bytes) controller.enqueue(Uint8Array.of(byte));
        controller.close();
      },
    });
    const events = await Array.fromAsync(serverSentEvents(body));
    expect(events).toEqual([{ content: "🦙" } as object]);
  });
});

describe("streamCompletion", () => {
  const request = { prompt: "hello", nPredict: 4 };

  test("counts the tokens after the first event", async () => {
    using server = serving(goodStream);
    const times = await streamCompletion(server, request, signal);
    const seconds = (times.lastTokenMs - times.firstTokenMs) / 1000;
    expect(times.nPredicted).toBe(4);
    expect(times.decodeRate).toBeCloseTo(2 / seconds, 5);
    expect(times.text).toBe("abc");
  });

  test("leaves out a last event without tokens when it looks at gaps", async () => {
    const end = event({ content: "", tokens_predicted: 4, stop: true });
    const text = [1, 2, 4].map((n) => event({ content: "x", tokens_predicted: n })).join("");
    using server = serving(text + end);
    const times = await streamCompletion(server, request, signal);
    expect(times.gapsMs).toHaveLength(2);
    expect(medianGap([times])).toBeGreaterThanOrEqual(0);
  });

  test("takes fewer tokens where a grammar may end the answer", async () => {
    using server = serving(event({ content: "{}", tokens_predicted: 2, stop: true }));
    const times = await streamCompletion(server, { ...request, mayEndEarly: true }, signal);
    expect(times.nPredicted).toBe(2);
  });

  test.each([
    ["ends early", event({ tokens_predicted: 2, stop: true }), 200, "2 tokens predicted, 4 asked"],
    ["breaks off", event({ content: "a", stop: false }), 200, "without an event"],
    ["has an error frame", event({ error: { message: "engine died" } }), 200, "engine died"],
    ["has an error line", 'error: {"message":"engine died"}\n\n', 200, "engine died"],
    ["is refused", "busy", 503, "503 busy"],
  ])("throws when the stream %s", async (_, text, status, message) => {
    using server = serving(text, status);
    expect(streamCompletion(server, request, signal)).rejects.toThrow(message);
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

describe("openStream", () => {
  test("tells when enough tokens have arrived, and hangs up at the end", async () => {
    const hungUp = Promise.withResolvers<void>();
    using server = Bun.serve({
      port: 0,
      fetch: () =>
        new Response(
          new ReadableStream({
            start: (controller) => controller.enqueue(event({ content: "x", tokens_predicted: 3 })),
            cancel: () => hungUp.resolve(),
          }),
        ),
    });
    {
      const model = { baseUrl: `http://127.0.0.1:${server.port}` };
      await using stream = openStream(model, { prompt: "p", nPredict: 9 }, signal);
      await stream.reached(2);
      expect(stream.nTokens).toBe(3);
    }
    await hungUp.promise;
  });

  test("rejects who waits for more than there will be", async () => {
    using server = serving(goodStream);
    await using stream = openStream(server, { prompt: "p", nPredict: 4 }, signal);
    expect(stream.reached(5)).rejects.toThrow("ended while it was to go on");
  });
});

describe("processTree", () => {
  test("holds a process and what it has started, and nothing once it has ended", async () => {
    const parent = Bun.spawn(["sh", "-c", "sleep 60 & echo $!; wait"], { stdout: "pipe" });
    const { value } = await parent.stdout.getReader().read();
    const child = Number(new TextDecoder().decode(value));
    expect(processTree(parent.pid)).toEqual([parent.pid, child]);
    process.kill(child);
    parent.kill();
    await parent.exited;
    expect(processTree(parent.pid)).toEqual([]);
  });
});

describe("parseOptions", () => {
  test.each([
    [[], { nRounds: 3, quick: false, list: false }],
    [["--quick"], { nRounds: 1, quick: true, list: false }],
    [["--rounds", "5", "--only", "JSON"], { nRounds: 5, quick: false, list: false, only: "JSON" }],
    [["--help"], "help"],
  ])("reads %p", (args, expected) => {
    expect(parseOptions(args)).toEqual(expected as ReturnType<typeof parseOptions>);
  });

  test.each([
    [["--rounds", "0"]],
    [["--rounds", "x"]],
    [["--rounds", "1000"]],
    [["--fast"]],
    [["--hutch", "/no/such"]],
  ])("refuses %p", (args) => {
    expect(() => parseOptions(args)).toThrow();
  });

  test("only a run of everything, at full length, is for the documentation", () => {
    const options = { nRounds: 3, quick: false, list: false };
    expect(isFullRun(options)).toBe(true);
    expect(isFullRun({ ...options, quick: true })).toBe(false);
    expect(isFullRun({ ...options, only: "chat" })).toBe(false);
  });
});

describe("stages", () => {
  test("give both servers the same flags; the context is counted per sequence or in all", () => {
    const flags = () => ({ both: ["--both"], hutch: ["--ours"], llamaServer: ["--theirs"] });
    const [ours, theirs] = sidesOf({ ...stage, flags }, setup);
    const same = "-m /models/tiny.gguf --host 127.0.0.1 --port 9";
    expect(ours.processes[0].command(9).slice(1).join(" ")).toBe(
      `serve ${same} --ctx-size 100 --parallel 3 --both --ours`,
    );
    expect(theirs.processes[0].command(9).slice(1).join(" ")).toBe(
      `${same} --ctx-size 300 --parallel 3 --no-webui --both --theirs`,
    );
  });

  test("serve several models from one hutch and from a llama-server for each", () => {
    const [ours, theirs] = sidesOf({ ...stage, models: ["tiny", "llama-15m"] }, setup);
    expect(ours.processes[0].command(9).join(" ")).toContain("--models-dir /models");
    expect([ours.modelNames, ours.processes.length]).toEqual([["tiny", "llama-15m"], 1]);
    expect(theirs.processes.map(({ command }) => command(9)[2])).toEqual([
      "/models/tiny.gguf",
      "/models/llama-15m.gguf",
    ]);
  });

  test("are selected by their own names or those of their workloads", () => {
    const two: Stage = {
      ...stage,
      workloads: ["JSON, flat", "tools"].map((name) => ({ ...stage.workloads[0]!, name })),
    };
    const names = (pattern: string) =>
      selectStages([two], pattern).flatMap(({ workloads }) => workloads.map(({ name }) => name));
    expect(names("json")).toEqual(["JSON, flat"]);
    expect(names("A STAGE")).toEqual(["JSON, flat", "tools"]);
    expect(names("nothing")).toEqual([]);
  });

  test("have names of their own, and workloads that can be told apart within one", () => {
    const names = stages.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const { workloads } of stages) {
      expect(new Set(workloads.map(({ name }) => name)).size).toBe(workloads.length);
    }
  });
});

describe("runRounds", () => {
  const options = { quick: false, quietTimeoutMs: 0, logDir, signal, say: () => {} };

  test("measures both servers in every round, starting with the other one in turn", async () => {
    const readings = await runRounds([stage], setup, { ...options, nRounds: 2 });
    expect(readings.map(({ error }) => error)).toEqual(new Array(4).fill(undefined));
    expect(readings.map(({ round, server }) => `${round} ${server}`)).toEqual([
      ...["1 hutch", "1 llama-server", "2 llama-server", "2 hutch"],
    ]);
  }, 30_000);

  test("reports a server that does not start and measures the other", async () => {
    const failing = { ...setup, hutch: failingPath };
    const readings = await runRounds([stage], failing, { ...options, nRounds: 1 });
    expect(readings[0]?.error).toContain("hutch ended early (7)");
    expect(readings[0]?.error).toContain("no such model");
    expect(readings.slice(1).map(({ server }) => server)).toEqual(["llama-server"]);
  }, 30_000);

  test("tells what a server cannot do from what failed", async () => {
    const cannot = { ...stage.workloads[0]!, run: () => Promise.reject(new Unsupported("no")) };
    const readings = await runRounds([{ ...stage, workloads: [cannot] }], setup, {
      ...options,
      nRounds: 1,
    });
    expect(readings.map(({ unsupported, error }) => [unsupported, error])).toEqual([
      ["no", undefined],
      ["no", undefined],
    ]);
  }, 30_000);
});

describe("summaries", () => {
  const reading = (server: Reading["server"], values: Reading["values"] & object): Reading => ({
    ...{ round: 1, stage: stage.name, workload: "one", busyBefore: 0 },
    ...{ server, values },
  });

  test.each([
    [[3], { median: 3, min: 3, max: 3, nValues: 1 }],
    [[9, 1, 2], { median: 2, min: 1, max: 9, nValues: 3 }],
    [[4, 1, 2, 3], { median: 2.5, min: 1, max: 4, nValues: 4 }],
    [[], undefined],
  ])("spread of %p", (values, expected) => {
    expect(spreadOf(values)).toEqual(expected as ReturnType<typeof spreadOf>);
  });

  test("divide our median by theirs and leave out what failed", () => {
    const readings: Reading[] = [
      reading("hutch", { speed: 30 }),
      reading("hutch", { speed: 34 }),
      reading("llama-server", { speed: 40 }),
      { ...reading("llama-server", {}), error: "died" },
    ];
    const [first, second] = summarize(readings, [stage]);
    expect(first).toMatchObject({
      ...{ ours: { median: 32 }, theirs: { nValues: 1 } },
      ...{ ratio: 0.8, met: false },
    });
    expect(second).not.toHaveProperty("ratio");
    expect(second).not.toHaveProperty("met");
  });

  test.each<[Metric["better"], Metric["target"], number, number | undefined, boolean | undefined]>([
    ["higher", { ratio: 1.8 }, 18, 10, true],
    ["higher", { ratio: 1.8 }, 17.9, 10, false],
    ["lower", { ratio: 0.2 }, 2, 10, true],
    ["lower", { ratio: 0.2 }, 2.1, 10, false],
    ["higher", { ratio: 20 }, 1, 0, true],
    ["higher", { ratio: 1 }, 5, undefined, undefined],
    ["higher", { ours: 0.97 }, 0.98, undefined, true],
    ["higher", { ours: 0.97 }, 0.96, 0.5, false],
    ["lower", { difference: 150 }, 650, 500, true],
    ["lower", { difference: 150 }, 651, 500, false],
    ["lower", undefined, 1, 1, undefined],
  ])("%s is better, target %p: %p beside %p is met: %p", (better, target, a, b, expected) => {
    const metric = { label: "", unit: "", better, ...(target === undefined ? {} : { target }) };
    expect(isMet(metric, a, b)).toBe(expected as boolean);
  });

  test("show each target with its direction", () => {
    expect(targetText(speed)).toBe("≥ 1.00×");
    expect(targetText({ ...speed, target: { ours: 0.97 } })).toBe("hutch ≥ 0.97");
    expect(targetText({ ...wait, unit: "MB", target: { difference: 150 } })).toBe("≤ +150 MB");
  });

  test("make a table with a row for each metric, and say why a figure is missing", () => {
    const cannot = { round: 1, stage: stage.name, workload: "one", busyBefore: 0 };
    const readings: Reading[] = [
      reading("hutch", { speed: 30, wait: 5 }),
      { ...cannot, server: "llama-server", unsupported: "no such route" },
    ];
    const table = comparisonTable({
      ...{ date: "", command: "", versions: {}, nRounds: 1, raw: [], readings },
      machine: { cpu: "", nCores: 1, memoryGiB: 1, system: "" },
      stages: [{ name: stage.name, commands: [], workloads: [] }],
      summary: summarize(readings, [stage]),
    });
    const rows = table.split("\n").map((row) => row.split("|").map((cell) => cell.trim()));
    expect(rows[2]?.[1]).toBe("**a stage**");
    expect(rows[3]).toEqual(["", "one: decode, tok/s", "30.0", "cannot", "", "≥ 1.00×", "", ""]);
  });
});
