import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { requireName } from "../../../src/models/name.ts";
import type { RegistryClient } from "../../../src/models/registry/client.ts";
import { pull as pullModel } from "../../../src/models/registry/pull.ts";
import { BadRegistry, brokenOff, sha256, someBytes, stalled } from "../../support/bad-registry.ts";
import { storeViolations } from "../../support/check-store.ts";
import { failureOf, Setup } from "./setup.ts";

const big = someBytes(10_000);
const digest = sha256(big);
const nParts = 10;
const nStreams = 4;

let registry: BadRegistry;
let setup: Setup;
beforeEach(() => {
  registry = new BadRegistry();
  setup = new Setup();
  registry.publish("ns/m/latest", [big]);
});
afterEach(() => {
  registry[Symbol.dispose]();
  setup[Symbol.dispose]();
});

const pull = (signal?: AbortSignal) =>
  setup.pull(`${registry.host}/ns/m`, signal === undefined ? {} : { signal });

const isBlob = (url: URL) => url.pathname.includes(digest);
const startOf = ({ headers }: Request) =>
  Number(/^bytes=(\d+)-/.exec(headers.get("range") ?? "")?.[1] ?? 0);
const rangeOf = (start: number, end: number) => ({
  status: 206,
  headers: { "content-range": `bytes ${start}-${end - 1}/${big.length}` },
});
const isFirstPart = (range: string | null) => range === "bytes=0-999";
const notePath = (n: number) => `${setup.store.blobs.path(digest)}-partial-${n}`;

/** Lets the download get as far as `end`, and no further, before it is given up. */
async function pullUntil(end: number): Promise<void> {
  const leaving = new AbortController();
  let nHeld = 0;
  registry.intercept = (request, url) => {
    if (!isBlob(url) || startOf(request) < end) return undefined;
    if (++nHeld === nStreams) leaving.abort(new Error("left"));
    return stalled(new Uint8Array(), rangeOf(startOf(request), startOf(request) + 1000));
  };
  expect((await failureOf(pull(leaving.signal))).message).toBe("left");
  registry.intercept = () => undefined;
}

describe("an interrupted pull", () => {
  test("leaves what has come as Ollama lays it down, and nothing under a final name", async () => {
    await pullUntil(5000);
    const blob = `sha256-${digest.slice(7)}`;
    expect(setup.files).toEqual([
      `${blob}-partial`,
      ...Array.from({ length: nParts }, (_, n) => `${blob}-partial-${n}`),
    ]);
    expect(readFileSync(notePath(3), "utf8")).toBe(
      '{"N":3,"Offset":3000,"Size":1000,"Completed":1000}\n',
    );
    expect(readFileSync(notePath(9), "utf8").trimEnd().replaceAll(" ", "")).toBe(
      '{"N":9,"Offset":9000,"Size":1000,"Completed":0}',
    );
    const partial = readFileSync(`${setup.store.blobs.path(digest)}-partial`);
    expect(partial.length).toBe(big.length);
    expect(partial.subarray(0, 5000)).toEqual(Buffer.from(big.slice(0, 5000)));
  });

  test("is resumed: only what is missing is asked for", async () => {
    await pullUntil(5000);
    registry.nBytesSent = 0;
    const steps = await pull();
    const first = steps.find(({ completed }) => completed !== undefined)?.completed;
    expect(first).toBeGreaterThanOrEqual(5000);
    expect(registry.nBytesSent).toBeLessThan(big.length - 5000 + 1000);
    expect(await storeViolations(setup.store.dir)).toEqual([]);
  });

  test("of Ollama's is gone on with, in its own parts", async () => {
    const path = setup.store.blobs.path(digest);
    await setup.store.blobs.put("there must be a folder");
    writeFileSync(
      `${path}-partial`,
      new Uint8Array([...big.slice(0, 7000), ...new Uint8Array(3000)]),
    );
    const note = (N: number, Offset: number, Size: number, Completed: number) =>
      writeFileSync(notePath(N), `${JSON.stringify({ N, Offset, Size, Completed })}\n`);
    note(0, 0, 6000, 6000);
    note(1, 6000, 4000, 1000);
    await pull();
    const ranges = registry.seen.filter(({ path }) => path.includes(digest));
    expect(ranges.map(({ range }) => range)).toEqual(["bytes=7000-9999"]);
    expect(setup.partials).toEqual([]);
    expect(sha256(readFileSync(path))).toBe(digest);
  });

  test.each([
    ["no JSON", '{"N":0,"Off'],
    ["a gap", '{"N":4,"Offset":4500,"Size":500,"Completed":0}'],
    ["another part's number", '{"N":3,"Offset":4000,"Size":1000,"Completed":0}'],
    ["more than there is", '{"N":4,"Offset":4000,"Size":1000,"Completed":1001}'],
    ["less than nothing", '{"N":4,"Offset":4000,"Size":1000,"Completed":-1}'],
    ["halves of bytes", '{"N":4,"Offset":4000,"Size":1000,"Completed":0.5}'],
  ])("begins anew when a note has %s", async (_what, note) => {
    await pullUntil(5000);
    writeFileSync(notePath(4), note);
    await pull();
    expect(registry.seen.map(({ range }) => range).filter(isFirstPart)).toHaveLength(2);
    expect(await storeViolations(setup.store.dir)).toEqual([]);
  });

  test("begins anew when its bytes are gone, or there is one note too many", async () => {
    await pullUntil(5000);
    writeFileSync(`${setup.store.blobs.path(digest)}-partial`, "short");
    await pullUntil(5000);
    writeFileSync(notePath(10), '{"N":10,"Offset":10000,"Size":1000,"Completed":0}');
    await pull();
    expect(await storeViolations(setup.store.dir)).toEqual([]);
  });

  test("what was damaged meanwhile, or wrong from the start, is found out and fetched anew", async () => {
    await pullUntil(5000);
    const path = `${setup.store.blobs.path(digest)}-partial`;
    const bytes = readFileSync(path);
    bytes[17] = (bytes[17] ?? 0) ^ 1;
    writeFileSync(path, bytes);
    registry.nBytesSent = 0;
    await pull();
    expect(registry.nBytesSent).toBeGreaterThan(big.length);
    expect(await storeViolations(setup.store.dir)).toEqual([]);
  });
});

describe("a connection", () => {
  test("that breaks off is replaced, and goes on from there", async () => {
    let isFirst = true;
    registry.intercept = (request, url) => {
      if (!isBlob(url) || startOf(request) !== 2000 || !isFirst) return undefined;
      isFirst = false;
      return brokenOff(big.slice(2000, 2600), 1000, rangeOf(2000, 3000));
    };
    await pull();
    expect(registry.seen.map(({ range }) => range)).toContain("bytes=2600-2999");
    expect(await storeViolations(setup.store.dir)).toEqual([]);
  });

  test("that stalls is replaced", async () => {
    setup.client = setup.clientWith({ stallMs: 30 });
    let isFirst = true;
    registry.intercept = (request, url) => {
      if (!isBlob(url) || startOf(request) !== 2000 || !isFirst) return undefined;
      isFirst = false;
      return stalled(big.slice(2000, 2600), rangeOf(2000, 3000));
    };
    await pull();
    expect(registry.seen.map(({ range }) => range)).toContain("bytes=2600-2999");
    expect(await storeViolations(setup.store.dir)).toEqual([]);
  });

  test.each([429, 500, 503])("that is answered %d is tried again", async (status) => {
    let nRefused = 0;
    registry.intercept = (_request, url) => {
      const isDue = isBlob(url) ? nRefused < 2 : nRefused === 0 && url.pathname.endsWith("latest");
      return isDue && nRefused++ < 2 ? new Response("later", { status }) : undefined;
    };
    await pull();
    expect(nRefused).toBe(2);
    expect(await storeViolations(setup.store.dir)).toEqual([]);
  });

  test("that never succeeds ends the pull after a few attempts", async () => {
    registry.intercept = (request, url) =>
      isBlob(url) && startOf(request) === 0 ? new Response("no", { status: 500 }) : undefined;
    const error = await failureOf(pull());
    expect(error.message).toBe(`pulling ${digest.slice(7, 19)}: max retries exceeded: 500: no`);
    expect(setup.partials).toHaveLength(nParts + 1);
  });

  test("without Range: the rest is fetched from the beginning, and progress stays", async () => {
    setup.client = setup.clientWith({ partBytesMin: 50_000, partBytesMax: 50_000 });
    let n = 0;
    registry.intercept = (_request, url) => {
      if (!isBlob(url)) return undefined;
      n++;
      return n === 1 ? brokenOff(big.slice(0, 6000), 10_000) : new Response(big);
    };
    const steps = await pull();
    const done = steps.filter((step) => step.digest === digest).map((step) => step.completed ?? 0);
    expect(done).toEqual(done.toSorted((a, b) => a - b));
    expect(registry.seen.map(({ range }) => range)).toContain("bytes=6000-9999");
    expect(await storeViolations(setup.store.dir)).toEqual([]);
  });
});

describe("two programs that pull the same into one store", () => {
  const never = new AbortController().signal;
  /** Each client stands for a program of its own: they know nothing of each other. */
  const pullWith = (client: RegistryClient, model = "m") => {
    const name = requireName(`${registry.host}/ns/${model}`);
    return Array.fromAsync(pullModel(client, setup.store, name, { insecure: true, signal: never }));
  };
  const hasBegun = () => setup.partials.length > nParts || setup.store.blobs.size(digest) !== null;
  const until = async (condition: () => boolean) => {
    while (!condition()) await Bun.sleep(0);
  };

  test("fetch each part once, and both come to an end", async () => {
    for (let round = 0; round < 5; round++) {
      registry.seen.length = 0;
      const first = pullWith(setup.client);
      await until(hasBegun);
      await Promise.all([first, pullWith(setup.clientWith({}))]);
      const ranges = registry.seen.flatMap(({ range }) => range ?? []);
      expect(ranges.toSorted()).toEqual([...new Set(ranges)].toSorted());
      expect(await storeViolations(setup.store.dir)).toEqual([]);
      await setup.store.remove(requireName(`${registry.host}/ns/m`));
    }
  });

  test("do not write into what the other has checked, if Range is ignored", async () => {
    const slow = Promise.withResolvers<void>();
    let nAsked = 0;
    registry.intercept = async (_request, url) => {
      if (!isBlob(url)) return undefined;
      // The second program is told late that there are no parts: it then begins anew.
      if (nAsked++ >= nStreams + 1) await slow.promise;
      return new Response(big);
    };
    const first = pullWith(setup.client);
    await until(hasBegun);
    const second = pullWith(setup.clientWith({}));
    await first;
    slow.resolve();
    await second;
    expect(await storeViolations(setup.store.dir)).toEqual([]);
  });

  test("wait for no other layer than the one that is on its way", async () => {
    const [a, b] = [someBytes(10_000, 7), someBytes(10_000, 8)];
    registry.publish("ns/ab/latest", [a, b]);
    registry.publish("ns/ba/latest", [b, a]);
    await Promise.all([pullWith(setup.client, "ab"), pullWith(setup.clientWith({}), "ba")]);
    expect(await storeViolations(setup.store.dir)).toEqual([]);
  });

  test("while the same bytes are uploaded, keep them once", async () => {
    const first = pullWith(setup.client);
    await until(hasBegun);
    const uploads = [0, 1].map(() => setup.store.blobs.receive([big], { expected: digest }));
    await Promise.all([first, ...uploads]);
    expect(await storeViolations(setup.store.dir)).toEqual([]);
  });
});
