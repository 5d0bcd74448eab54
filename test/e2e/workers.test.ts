import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { colours, pngOf } from "../support/pictures.ts";
import { run } from "../support/run.ts";
import {
  endless,
  isAlive,
  jsonOf,
  question,
  type RunningServer,
  say,
  sseEvents,
  startServer,
  streamedText,
  temporaryDir,
  until,
} from "../support/server.ts";
import { type RunningWorker, startWorker } from "../support/worker.ts";

const chat = "/v1/chat/completions";
const tiny = resolve(import.meta.dir, "../../assets/tiny-text.gguf");
const france = question("What is the capital of France?");
const story = question("Tell me a story.", { max_tokens: 120, ignore_eos: true });

/** Everything that llama.cpp says while it loads; one thread leaves the other core to a worker. */
const verbose = ["--verbose", "--threads", "1"];

const rpcOf = (...workers: RunningWorker[]) => ["--rpc", workers.map((w) => w.address).join(",")];

/** Layers that llama.cpp has put on each device, by its log. */
function layersOn(output: string): Record<string, number> {
  const placed = [...output.matchAll(/layer +(\d+) assigned to device (\w+)/g)];
  const devices = new Map(placed.map(([, layer = "", device = ""]) => [layer, device]));
  const counts: Record<string, number> = {};
  for (const device of devices.values()) counts[device] = (counts[device] ?? 0) + 1;
  return counts;
}

describe("a model that is spread over two workers", () => {
  let workers: [RunningWorker, RunningWorker];
  let server: RunningServer;
  beforeAll(async () => {
    workers = [await startWorker(), await startWorker()];
    server = await startServer({ args: [...rpcOf(...workers), ...verbose] });
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    for (const worker of workers) await worker[Symbol.asyncDispose]();
  });

  test("lies on both, and says what it says on one, and without any", async () => {
    await using onOne = await startServer({ args: [...rpcOf(workers[0]), ...verbose] });
    await using alone = await startServer({ args: ["--threads", "1"] });
    const answers = await Promise.all([server, onOne, alone].map((one) => say(one, france)));
    expect(answers).toEqual(Array(3).fill("The capital of France is Paris."));
    expect(await say(server, story)).toBe(await say(onOne, story));
    const { RPC0 = 0, RPC1 = 0, ...others } = layersOn(server.output());
    expect([RPC0 > 0, RPC1 > 0, others]).toEqual([true, true, {}]);
    expect(layersOn(onOne.output())).toEqual({ RPC0: RPC0 + RPC1 });
    for (const [i, { address }] of workers.entries()) {
      const size = new RegExp(`RPC0\\[${address}\\] model buffer size = +([\\d.]+) MiB`, "g");
      const mebibytes = Number([...server.output().matchAll(size)].at(-1)?.[1]); // of the real load
      expect([i, mebibytes > 0]).toEqual([i, true]);
    }
  });

  test("lies where --device and -ngl put it", async () => {
    const rpc = rpcOf(...workers);
    const placed = async (...args: string[]) => {
      await using one = await startServer({ args: [...rpc, ...verbose, ...args] });
      expect(await say(one, france)).toContain("Paris");
      return layersOn(one.output());
    };
    const { RPC0 = 0, RPC1 = 0 } = await placed();
    expect(await placed("--device", "RPC1")).toEqual({ RPC1: RPC0 + RPC1 });
    expect(await placed("-ngl", "2", "-dev", "RPC0")).toEqual({ RPC0: 2, CPU: RPC0 + RPC1 - 2 });
  });

  test("sees, embeds, and answers many at once", async () => {
    const circle = { shape: "circle", colour: colours.red, background: colours.white } as const;
    const messages = [{ role: "user", content: "What is in this image?", images: [pngOf(circle)] }];
    expect(await say(server, { messages, temperature: 0 })).toContain("red circle");
    const response = await server.post("/v1/embeddings", { input: "ship" });
    expect(response.status).toBe(200);
    const all = await Promise.all(Array.from({ length: 6 }, () => say(server, france)));
    expect(new Set(all)).toEqual(new Set(["The capital of France is Paris."]));
  });

  test("is told of by the doctor and --list-devices", async () => {
    const names = workers.map(({ address }, i) => `RPC${i}: ${address} (`);
    const listed = await run(["--list-devices", ...rpcOf(...workers)]);
    expect([listed.code, ...names.map((name) => listed.stdout.includes(name))]).toEqual([
      0,
      true,
      true,
    ]);
    const doctor = await run(["doctor", "--", "--port", "0", ...rpcOf(...workers)]);
    for (const text of [...names, ...workers.map(({ address }) => `${address} answers`)]) {
      expect(doctor.stdout).toContain(text);
    }
    expect(doctor.code).toBe(0);
  });
});

describe("workers that are not there", () => {
  test("are named, in every dialect, and are used when they come", async () => {
    const gone = await startWorker();
    await gone[Symbol.asyncDispose]();
    await using server = await startServer({ args: rpcOf(gone) });
    const named = `worker ${gone.address} refuses the connection`;
    const openai = await server.post(chat, france);
    expect([openai.status, (await jsonOf(openai)).error]).toEqual([
      503,
      expect.objectContaining({
        code: "worker_unreachable",
        message: expect.stringContaining(named),
      }),
    ]);
    const ollama = await server.post("/api/chat", { ...france, model: "tiny" });
    expect([ollama.status, await ollama.json()]).toEqual([
      503,
      { error: expect.stringContaining(named) },
    ]);
    const anthropic = await server.post("/v1/messages", {
      ...france,
      model: "tiny",
      max_tokens: 9,
    });
    expect([anthropic.status, await anthropic.json()]).toMatchObject([
      503,
      { type: "error", error: { type: "overloaded_error", message: expect.any(String) } },
    ]);
    await using _back = await startWorker([], { port: gone.port });
    expect(await say(server, france)).toContain("Paris");
  });

  test("end a llama-server, are broken for the doctor, and are not listed", async () => {
    const gone = await startWorker();
    await gone[Symbol.asyncDispose]();
    const named = expect.stringContaining(`worker ${gone.address} refuses`);
    const drop = await run(["-m", tiny, "--port", "0", ...rpcOf(gone)]);
    expect([drop.code, drop.stderr]).toEqual([1, named]);
    const doctor = await run(["doctor", "--", "--port", "0", ...rpcOf(gone)]);
    expect([doctor.code, doctor.stdout]).toEqual([1, named]);
    const list = await run(["--list-devices", ...rpcOf(gone)]);
    expect([list.code, list.stderr]).toEqual([1, named]);
  });
});

/** A server with a model on this machine, and one that is spread over workers. */
async function startBoth(...workers: RunningWorker[]) {
  const dir = temporaryDir();
  const preset = join(dir.path, "models.ini");
  const rpc = workers.map(({ address }) => address).join(",");
  const threads = "threads = 1\nthreads-batch = 1\n";
  const local = `[local]\nmodel = ${tiny}\n${threads}`;
  writeFileSync(preset, `${local}[spread]\nmodel = ${tiny}\nrpc = ${rpc}\n${threads}`);
  const server = await startServer({ asLlamaServer: true, args: ["--models-preset", preset] });
  dir[Symbol.dispose]();
  return server;
}

/** The end of a stream of Server-Sent Events that has begun. */
async function begun(response: Response) {
  const reader = response.body!.getReader();
  const decoder = new TextDecoder();
  let text = decoder.decode((await reader.read()).value, { stream: true });
  return async () => {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return text;
      text += decoder.decode(value, { stream: true });
    }
  };
}

const lastError = (text: string) =>
  (sseEvents(text) as { error?: { code: string | number; message: string } }[]).findLast(
    (e) => e.error,
  )?.error;

describe("a worker that dies", () => {
  test("ends the answers that it had part in, and nothing else; then it is back", async () => {
    await using stays = await startWorker();
    const dies = await startWorker();
    await using server = await startBoth(stays, dies);
    const spread = { ...france, model: "spread" };
    const local = { ...endless, model: "local", max_tokens: 300 };
    expect(await say(server, spread)).toContain("Paris");
    expect(await say(server, { ...france, model: "local" })).toContain("Paris");
    const whole = begun(await server.post(chat, local));
    const broken = begun(await server.post(chat, { ...endless, model: "spread" }));
    const [finishWhole, finishBroken] = await Promise.all([whole, broken]);
    await dies.kill();
    const text = await finishBroken();
    expect(lastError(text)).toMatchObject({
      code: 500, // a drop-in's errors are llama-server's
      message: expect.stringContaining(`worker ${dies.address} refuses`),
    });
    expect(lastError(text)?.message).not.toContain(stays.address);
    const unbroken = await finishWhole();
    expect([lastError(unbroken), unbroken.includes("[DONE]")]).toEqual([undefined, true]);
    expect(isAlive(server.pid)).toBe(true);

    const without = await server.post(chat, spread);
    expect([without.status, (await jsonOf(without)).error.message]).toEqual([
      503,
      expect.stringContaining(`worker ${dies.address} refuses the connection`),
    ]);
    await using _back = await startWorker([], { port: dies.port });
    expect(await say(server, spread)).toContain("Paris");
  });

  test("while nobody asks ends the engine at once: no request is the one to notice", async () => {
    const dies = await startWorker();
    await using server = await startServer({ args: [...rpcOf(dies), "--threads", "1"] });
    expect(await say(server, france)).toContain("Paris");
    const [engine] = server.engines();
    await dies.kill();
    await using _back = await startWorker([], { port: dies.port });
    await until("the engine has ended", () => !isAlive(engine!));
    expect(server.output()).toContain(`worker ${dies.address} has closed the connection`);
    expect(await say(server, france)).toContain("Paris");
  });

  test.skipIf(!existsSync("/proc/net/tcp"))(
    "without a word is asked whether it lives",
    async () => {
      await using worker = await startWorker();
      await using server = await startServer({ args: [...rpcOf(worker), "--threads", "1"] });
      expect(await say(server, france)).toContain("Paris");
      const port = worker.port.toString(16).toUpperCase().padStart(4, "0");
      const [established, keepAlive] = ["01", /^02:/];
      const table = (await Bun.file("/proc/net/tcp").text()).split("\n");
      const connections = table
        .map((line) => line.trim().split(/\s+/))
        .filter(([, , remote, state]) => remote?.endsWith(`:${port}`) && state === established);
      expect(connections.map((fields) => fields[5])).toEqual([expect.stringMatching(keepAlive)]);
    },
  );

  test("leaves no process behind, and a signal ends it in order", async () => {
    const killed = await startWorker();
    await until("a process waits", () => killed.processes().length > 0);
    const processes = killed.processes();
    await killed.kill();
    await until("they are gone", () => !processes.some(isAlive));
    await using ended = await startWorker();
    const others = ended.processes();
    process.kill(ended.pid, "SIGTERM");
    expect(await ended.exited).toBe(0);
    await until("they are gone as well", () => !others.some(isAlive));
  });
});

test("a process of a worker that is killed ends its connection; the worker goes on", async () => {
  await using worker = await startWorker();
  await using server = await startServer({ args: [...rpcOf(worker), "--threads", "1"] });
  const finish = await begun(await server.post(chat, endless));
  for (const pid of worker.processes()) process.kill(pid, "SIGSEGV");
  const error = lastError(await finish());
  expect([error?.code, error?.message]).toEqual([
    "engine_crashed",
    expect.stringMatching(/worker 127\.0\.0\.1:\d+ has closed|the connection to a worker \(127/),
  ]);
  await until("it is told", () =>
    worker.output().includes("is cut off: the process that computes"),
  );
  expect(await say(server, france)).toContain("Paris");
  expect(await streamedText(await server.post(chat, { ...france, stream: true }))).toContain(
    "Paris",
  );
});
