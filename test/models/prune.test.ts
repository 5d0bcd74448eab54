import { afterEach, beforeEach, expect, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { requireName } from "../../src/models/name.ts";
import { prune } from "../../src/models/prune.ts";
import { Store } from "../../src/models/store.ts";
import { storeViolations } from "../support/check-store.ts";
import { temporaryDir } from "../support/server.ts";
import { layOut, library, putBlob, putManifest, sha256 } from "../support/stored-models.ts";

let dir: ReturnType<typeof temporaryDir>;
let store: Store;
let notes: string[];
beforeEach(() => {
  dir = temporaryDir();
  store = new Store(dir.path);
  notes = [];
});
afterEach(() => dir[Symbol.dispose]());

const run = () => prune(store, (text) => notes.push(text));
const inBlobs = (name: string) => join(dir.path, "blobs", name);

/** As if nobody had touched it for so long. */
function age(path: string, hours = 2): void {
  const then = new Date(Date.now() - hours * 60 * 60 * 1000);
  utimesSync(path, then, then);
}

function oldFile(name: string, hours = 2): string {
  mkdirSync(join(dir.path, "blobs"), { recursive: true });
  writeFileSync(inBlobs(name), "x");
  age(inBlobs(name), hours);
  return name;
}

const demo = { model: Buffer.from("weights"), system: "Be kind." };
const someHex = sha256("somebody's");

test("removes what nobody needs and has touched for an hour", async () => {
  layOut(dir.path, library("demo"), demo);
  for (const name of readdirSync(join(dir.path, "blobs"))) age(inBlobs(name));
  oldFile(`sha256-${someHex}`);
  oldFile(`sha256-${sha256("weights")}-partial-12`);
  oldFile(`sha256-${sha256("weights")}.lock`);
  const temporary = oldFile("tmp-0e6b1c66-5a09-4b3a-9a53-5ce1b0b3f1a7");
  renameSync(inBlobs(temporary), join(dir.path, "manifests", temporary));
  oldFile(temporary);
  mkdirSync(join(dir.path, "manifests/host/ns/model"), { recursive: true });
  await run();
  expect(await storeViolations(dir.path)).toEqual([]);
  expect(store.list()).toHaveLength(1);
  expect(notes).toEqual([]);
});

test("keeps what is younger: a model may be on its way, even after a crash", async () => {
  putBlob(dir.path, "a blob whose manifest is not written yet");
  const young = `sha256-${someHex}-partial`;
  writeFileSync(inBlobs(young), "");
  await run();
  expect(readdirSync(join(dir.path, "blobs"))).toHaveLength(2);
});

test("an interrupted download can be resumed for a week", async () => {
  const files = ["-partial", "-partial-0", "-partial-1"].map((end) => `sha256-${someHex}${end}`);
  const [data = "", ...notes] = files;
  for (const name of notes) oldFile(name, 8 * 24); // parts that were there long before the others
  oldFile(data, 6 * 24);
  await run();
  expect(readdirSync(join(dir.path, "blobs")).sort()).toEqual(files);
  oldFile(data, 8 * 24);
  await run();
  expect(readdirSync(join(dir.path, "blobs"))).toEqual([]);
});

test("keeps what is pinned", async () => {
  oldFile(`sha256-${someHex}`);
  using _pin = store.pin(`sha256:${someHex}`);
  await run();
  expect(existsSync(inBlobs(`sha256-${someHex}`))).toBe(true);
});

test("keeps other people's files", async () => {
  const names = [oldFile("README"), oldFile("sha256-123"), oldFile("tmp-x"), oldFile(".keep")];
  await run();
  expect(readdirSync(join(dir.path, "blobs")).sort()).toEqual(names.sort());
});

test("keeps the blobs that two models share when one of them goes", async () => {
  layOut(dir.path, library("a"), demo);
  layOut(dir.path, library("b"), { ...demo, system: "Be brief." });
  for (const name of readdirSync(join(dir.path, "blobs"))) age(inBlobs(name));
  rmSync(join(dir.path, "manifests/registry.ollama.ai/library/a"), { recursive: true });
  await run();
  expect(await storeViolations(dir.path)).toEqual([]);
  expect(store.find(requireName("b"))).not.toBeNull();
  expect(existsSync(inBlobs(`sha256-${sha256("Be kind.")}`))).toBe(false);
});

test("keeps a manifest among the blobs, as newer Ollamas store it", async () => {
  const digest = layOut(dir.path, library("demo"), demo);
  oldFile(`sha256-${digest}`);
  await run();
  expect(existsSync(inBlobs(`sha256-${digest}`))).toBe(true);
});

test("removes nothing while a manifest is corrupt, and says so", async () => {
  layOut(dir.path, library("demo"), demo);
  putManifest(dir.path, library("bad"), "{");
  oldFile(`sha256-${someHex}`);
  await run();
  expect(existsSync(inBlobs(`sha256-${someHex}`))).toBe(true);
  expect(notes).toEqual([
    "registry.ollama.ai/library/bad:latest: the manifest is no valid JSON",
    "corrupt manifests detected, skipping prune operation.  Re-pull or delete to clear",
  ]);
});

test("removes nothing while manifests are on a disk that is not there", async () => {
  oldFile(`sha256-${someHex}`);
  symlinkSync("/nowhere", join(dir.path, "manifests"));
  await run();
  expect(existsSync(inBlobs(`sha256-${someHex}`))).toBe(true);
  expect(notes[0]).toContain("manifests cannot be read: ENOENT");
});

test("a store that is not there stays so", async () => {
  const none = new Store(join(dir.path, "none"));
  await prune(none, (text) => notes.push(text));
  expect(existsSync(none.dir)).toBe(false);
  expect(notes).toEqual([]);
});
