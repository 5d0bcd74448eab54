import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { ensureSource } from "../../../scripts/llama-source.ts";
import {
  checkWorkers,
  lostWorkers,
  rpcVersion,
  workerPlace,
  workerProblem,
} from "../../../src/core/network/workers.ts";
import { readServerSettings } from "../../../src/core/settings.ts";

/** Somebody who does this to each connection, as soon as it was said hello. */
function listen(onHello: (socket: Bun.Socket) => void): { address: string } & Disposable {
  const listener = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: { data: (socket) => onHello(socket) },
  });
  const dispose = () => listener.stop(true);
  return { address: `127.0.0.1:${listener.port}`, [Symbol.dispose]: dispose };
}

/** The answer of a worker of this version. */
function answer(major: number, minor: number): Buffer {
  const bytes = Buffer.alloc(8 + 28);
  bytes.writeBigUInt64LE(28n, 0);
  bytes.set([major, minor], 8);
  return bytes;
}

const short = { connectMs: 5000, answerMs: 50 };

describe("a worker", () => {
  test("that answers can be used, in however many pieces it does", async () => {
    const bytes = answer(rpcVersion.major, rpcVersion.minor);
    using worker = listen((socket) => {
      socket.write(bytes.subarray(0, 5));
      setTimeout(() => socket.write(bytes.subarray(5)), 5);
    });
    expect(await workerProblem(worker.address)).toBeNull();
    await checkWorkers([worker.address]);
    expect(await lostWorkers([worker.address])).toEqual([]);
  });

  const problems: [string, (socket: Bun.Socket) => void, RegExp][] = [
    ["that hangs up", (socket) => void socket.end(), /closes the connection.*--allow/],
    ["that says nothing", () => {}, /says nothing for 0.05 s/],
    ["that is a web server", (socket) => void socket.write("HTTP/1.1 400 Bad\r\n"), /no worker/],
    [
      "of another version",
      (socket) => void socket.write(answer(rpcVersion.major - 1, 3)),
      /version 6\.3, this program 7\.0/,
    ],
  ];
  test.each(problems)("%s cannot, and is named", async (_, onHello, why) => {
    using worker = listen(onHello);
    const problem = await workerProblem(worker.address, short);
    expect([problem?.includes(`worker ${worker.address} `), problem]).toEqual([
      true,
      expect.stringMatching(why),
    ]);
  });

  test("that is not there is named, with all others that are not", async () => {
    const gone = [1, 2].map(() => {
      using listener = listen(() => {});
      return listener.address;
    });
    const error = await checkWorkers(gone).catch((error) => error);
    expect([error.code, error.status]).toEqual(["worker_unreachable", 503]);
    for (const address of gone) {
      expect(error.message).toContain(`worker ${address} refuses the connection`);
    }
  });

  test("whose name nobody knows is named", async () => {
    expect(await workerProblem("no-such-host.invalid:50052")).toMatch(/cannot be reached/);
  });
});

test("the protocol's version is ggml's", async () => {
  const header = await Bun.file(join(await ensureSource(), "ggml/include/ggml-rpc.h")).text();
  const of = (part: string) =>
    Number(new RegExp(`RPC_PROTO_${part}_VERSION\\s+(\\d+)`).exec(header)?.[1]);
  expect(rpcVersion).toEqual({ major: of("MAJOR") as 7, minor: of("MINOR") as 0 });
}, 180_000);

describe("--rpc", () => {
  const read = (value: string) => readServerSettings(["--rpc", value], {}, { isServe: false });

  test.each(["box", "box:", ":1", "box:0", "box:65536", "box:x", "a:1,b", "http://a:1"])(
    "%s is no list of workers",
    (value) => expect(() => read(value)).toThrow("--rpc must be HOST:PORT,..."),
  );

  test("has no IPv6, like ggml, and no worker twice", () => {
    expect(() => read("[::1]:50052")).toThrow("ggml has no IPv6");
    expect(() => read("a:1,a:1")).toThrow("must not name a worker twice");
  });

  test("is read as ggml reads it", () => {
    expect(workerPlace("box-1.lan:50052")).toEqual({ host: "box-1.lan", port: 50_052 });
    expect(workerPlace("box:1:2")).toBeNull();
  });
});
