import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fnvOf, WeightCache } from "../../../src/cli/worker/weight-cache.ts";

const root = mkdtempSync(join(tmpdir(), "hutch-weights-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(root, "cache-"));
});

/** By the definition, with numbers of any size. */
function fnvByDefinition(bytes: Uint8Array): string {
  let hash = 0xcbf29ce484222325n;
  for (const byte of bytes) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  return hash.toString(16).padStart(16, "0");
}

const weights = (n: number) => Uint8Array.from({ length: n }, (_, i) => (i * i + n) % 251);
const nameOf = (n: number) => fnvByDefinition(weights(n));

describe("FNV-1a", () => {
  test.each([0, 1, 2, 255, 100_003])("of %i bytes", async (n) => {
    const path = join(dir, "file");
    writeFileSync(path, weights(n));
    expect(await fnvOf(path)).toBe(nameOf(n));
  });
});

describe("weights that were sent to one process", () => {
  test("are there for the next when they are whole, and only then", async () => {
    const cache = new WeightCache(dir);
    const folder = cache.newFolder();
    for (const n of [1000, 2000]) writeFileSync(join(folder, nameOf(n)), weights(n));
    truncateSync(join(folder, nameOf(2000)), 1999); // as when the disk is full
    writeFileSync(join(folder, "notes"), "");
    await cache.adopt(folder);
    expect(readdirSync(dir)).toEqual([nameOf(1000)]);

    const next = cache.newFolder();
    expect(readdirSync(next)).toEqual([]);
    cache.fill(next);
    cache.fill(next); // as often as one likes
    expect(readFileSync(join(next, nameOf(1000)))).toEqual(Buffer.from(weights(1000)));
    await cache.adopt(next);
    expect(readdirSync(dir)).toEqual([nameOf(1000)]);
  });

  test("that others have written meanwhile are kept once", async () => {
    const cache = new WeightCache(dir);
    const [a, b] = [cache.newFolder(), cache.newFolder()];
    for (const folder of [a, b]) writeFileSync(join(folder, nameOf(7)), weights(7));
    await Promise.all([cache.adopt(a), cache.adopt(b)]);
    expect(readdirSync(dir)).toEqual([nameOf(7)]);
  });
});

test("folders of workers that have ended go, those of others stay", () => {
  const ended = Bun.spawnSync(["true"]).pid;
  const [gone, alive] = [`connection-${ended}-a`, `connection-${process.ppid}-b`];
  for (const name of [gone, alive]) mkdirSync(join(dir, name));
  new WeightCache(dir);
  expect([gone, alive].map((name) => existsSync(join(dir, name)))).toEqual([false, true]);
});
