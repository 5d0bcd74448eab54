import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { rpcVersion } from "../../src/core/network/workers.ts";
import { run } from "../support/run.ts";
import { endless, jsonOf, question, startServer, temporaryDir, until } from "../support/server.ts";
import {
  RpcClient,
  type RunningWorker,
  remoteBuffer,
  remoteTensor,
  rpc,
  startWorker,
} from "../support/worker.ts";

/** Whether a new client is served. */
async function isServing({ port }: RunningWorker): Promise<boolean> {
  using client = new RpcClient(port);
  const answer = await client.hello();
  return answer?.readUInt8(0) === rpcVersion.major;
}

describe("what a worker is sent", () => {
  let worker: RunningWorker;
  beforeAll(async () => {
    worker = await startWorker();
  });
  afterAll(() => worker[Symbol.asyncDispose]());

  /** Bodies that ggml's server trusts too much, or rightly does not. */
  const bad: [string, (client: RpcClient) => void][] = [
    ["a web browser's request", (client) => client.write(Buffer.from("GET / HTTP/1.1\r\n\r\n"))],
    ["a hello of a wrong size", (client) => client.send(rpc.hello, new Uint8Array(3))],
    ["an unknown command", (client) => client.send(77)],
    ["a graph out of nothing", (client) => client.send(10, Buffer.alloc(64, 0xff))],
    ["a tensor in no buffer", (client) => client.send(rpc.setTensor, Buffer.alloc(400))],
  ];
  test.each(bad)("%s closes that connection", async (what, write) => {
    using client = new RpcClient(worker.port);
    if (!/request|hello/.test(what)) expect(await client.hello()).not.toBeNull();
    write(client);
    expect(await client.answer()).toBeNull();
    expect(await isServing(worker)).toBe(true);
  });

  const deadly: [string, RegExp, (client: RpcClient) => Promise<void>][] = [
    [
      "a length that no vector can have",
      /exit code 1\): error: vector/,
      async (client) => client.send(rpc.setTensor, new Uint8Array(), 2n ** 64n - 1n),
    ],
    [
      "a tensor that is not where its buffer is",
      /SIG\w+\): .*GGML_ASSERT/,
      async (client) => {
        const { buffer, base } = await remoteBuffer(client, 64);
        const tensor = remoteTensor(64, buffer, base + 4096n);
        client.send(rpc.setTensor, Buffer.concat([tensor, Buffer.alloc(9 + 64)]));
      },
    ],
  ];
  test.each(deadly)(
    "%s ends the process that reads it: not the worker, nor another's connection",
    async (_, why, write) => {
      await using server = await startServer({ args: ["--rpc", worker.address, "--threads", "1"] });
      const stream = await server.post("/v1/chat/completions", { ...endless, max_tokens: 200 });
      using client = new RpcClient(worker.port);
      await client.hello();
      await write(client);
      expect(await client.answer()).toBeNull();
      await until("it is told", () => why.test(worker.output()));
      const text = await stream.text();
      expect([text.includes("error"), text.includes("[DONE]")]).toEqual([false, true]);
      expect(await isServing(worker)).toBe(true);
    },
  );
});

describe("who may connect to a worker", () => {
  test("those whom --allow names, and nobody else, this machine neither", async () => {
    await using worker = await startWorker(["--allow", "127.0.0.2,10.0.0.0/8"]);
    using allowed = new RpcClient(worker.port, "127.0.0.2");
    expect(await allowed.hello()).not.toBeNull();
    using other = new RpcClient(worker.port, "127.0.0.1");
    expect(await other.hello()).toBeNull();
    expect(worker.output()).toContain("127.0.0.1 is refused: --allow does not name it");
    await using server = await startServer({ args: ["--rpc", worker.address] });
    const response = await server.post("/v1/chat/completions", question("Hello!"));
    expect([response.status, (await jsonOf(response)).error.message]).toEqual([
      503,
      expect.stringMatching(/closes the connection: does its --allow/),
    ]);
  });

  test("as many at once as --max-clients says, each with a process of its own", async () => {
    await using worker = await startWorker(["--max-clients", "2"]);
    const clients = [1, 2].map(() => new RpcClient(worker.port));
    for (const client of clients) expect(await client.hello()).not.toBeNull();
    await until("another waits", () => worker.processes().length === 3);
    using third = new RpcClient(worker.port);
    expect(await third.hello()).toBeNull();
    for (const client of clients) client[Symbol.dispose]();
    await until("there is room", async () => await isServing(worker));
    await until("only one waits", () => worker.processes().length === 1);
  });

  test("everybody, beyond this machine, if nobody is named: then there is a warning", async () => {
    // An address for documentation, which no machine has: it is warned before it fails.
    const open = await run(["worker", "--host", "192.0.2.1", "--port", "0"]);
    expect([open.code, open.stderr]).toEqual([1, expect.stringMatching(/WARNING: everybody.*\n/)]);
    const named = await run(["worker", "--host", "192.0.2.1", "--allow", "10.0.0.1"]);
    expect([named.code, named.stderr]).toEqual([1, expect.not.stringContaining("WARNING")]);
  });
});

describe("what makes no sense ends the start", () => {
  test.each([
    [["--allow", "box"], 2, /--allow must be ADDRESS/],
    [["--port", "x"], 2, /--port must be a whole number from 0 to 65535/],
    [["--threads", "0"], 2, /--threads must be a whole number from 1/],
    [["--device", "CUDA7"], 1, /there is no device CUDA7/],
    [["here"], 2, /a word too many/],
  ])("%p", async (args, code, message) => {
    const { code: found, stderr } = await run(["worker", "--port", "0", ...args]);
    expect([found, stderr]).toEqual([code, expect.stringMatching(message)]);
  });

  test("as does a port that is taken", async () => {
    await using worker = await startWorker();
    const { code, stderr } = await run(["worker", "--port", String(worker.port)]);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/EADDRINUSE|in use/)]);
  });
});

test("--cache: weights that were sent once need not be sent again", async () => {
  using dir = temporaryDir();
  await using worker = await startWorker([`--cache=${dir.path}`]);
  const data = Uint8Array.from({ length: 4096 }, (_, i) => (i * i) % 251);
  let hash = 0xcbf29ce484222325n;
  for (const byte of data) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  const kept = () => readdirSync(dir.path).filter((name) => !name.startsWith("connection-"));

  /** A tensor on the worker, with room for the data. */
  const open = async () => {
    const client = new RpcClient(worker.port);
    await client.hello();
    const { buffer, base } = await remoteBuffer(client, data.length);
    return { client, tensor: remoteTensor(data.length, buffer, base) };
  };
  /** Whether the worker has the data already. */
  const isKnown = async ({ client, tensor }: Awaited<ReturnType<typeof open>>) => {
    const asked = Buffer.alloc(16);
    asked.writeBigUInt64LE(hash, 8);
    const answer = await client.ask(rpc.setTensorHash, Buffer.concat([tensor, asked]));
    return answer?.readUInt8(0) === 1;
  };

  const first = await open();
  expect(await isKnown(first)).toBe(false);
  const flagAndOffset = Buffer.alloc(9);
  flagAndOffset.writeUInt8(1, 0); // to be kept
  first.client.send(rpc.setTensor, Buffer.concat([first.tensor, flagAndOffset, data]));
  expect(await isKnown(first)).toBe(true);
  first.client[Symbol.dispose]();
  await until("they are kept", () => kept().length > 0);
  expect(kept()).toEqual([hash.toString(16).padStart(16, "0")]);
  const second = await open();
  expect(await isKnown(second)).toBe(true);
  second.client[Symbol.dispose]();
});
