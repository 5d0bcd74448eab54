import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { outcomeOf } from "../../scripts/faults/answer.ts";
import { create, said, upload } from "../e2e/ollama/create-set-up.ts";
import { BadRegistry, sha256, someBytes } from "../support/bad-registry.ts";
import { storeViolations } from "../support/check-store.ts";
import { writeFloatModel } from "../support/float-models.ts";
import { question, type RunningServer, say, startServer, temporaryDir } from "../support/server.ts";

const megabyte = 1_000_000;
const pageBytes = 4096;
const dir = temporaryDir();
const disk = join(dir.path, "disk");
mkdirSync(disk);
/** A small file system of its own. Only root may have one; without it there is nothing to test. */
const isMounted =
  process.platform === "linux" &&
  Bun.spawnSync(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", disk]).exitCode === 0;

const full = /the disk is full|No space left on device|its end is missing/;
const storeDir = join(disk, "store");
const slotsDir = join(disk, "slots");
const ballast = join(disk, "ballast");

/** Leaves this much room on the disk. */
function leave(nBytes: number): void {
  rmSync(ballast, { force: true });
  const { bavail, bsize } = statfsSync(disk);
  writeFileSync(ballast, new Uint8Array(Math.max(0, bavail * bsize - nBytes)));
}

let server: RunningServer;
beforeAll(async () => {
  if (!isMounted) return;
  mkdirSync(slotsDir);
  const args = ["-t", "1", "--store", storeDir, "--slot-save-path", slotsDir];
  server = await startServer({ args, home: dir.path });
});
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  if (isMounted) Bun.spawnSync(["umount", disk]);
  dir[Symbol.dispose]();
});
beforeEach(() => rmSync(ballast, { force: true }));

/** The server, its store and the disk are as they were. */
async function unharmed(): Promise<void> {
  expect(await say(server, question("Hello!", { max_tokens: 4 }))).toBeString();
  expect(await storeViolations(storeDir)).toEqual([]);
}

describe.skipIf(!isMounted)("on a full disk", () => {
  test("a pull says so, leaves nothing behind, and works when there is room", async () => {
    using registry = new BadRegistry();
    registry.publish("ns/m/latest", [someBytes(4 * megabyte), "a small layer"]);
    const pull = { model: `${registry.host}/ns/m`, insecure: true, stream: false };
    leave(2 * megabyte);
    const { error } = await outcomeOf(server.post("/api/pull", pull));
    expect(error).toMatch(full);
    leave(8 * megabyte);
    expect(await outcomeOf(server.post("/api/pull", pull))).toMatchObject({
      status: 200,
      error: null,
    });
    await unharmed();
  });

  test("an upload says so, and leaves nothing behind", async () => {
    const path = join(dir.path, "f16.gguf");
    writeFloatModel(path);
    leave(megabyte);
    const bytes = readFileSync(path);
    const url = `${server.url}/api/blobs/${sha256(bytes)}`;
    const { status, error } = await outcomeOf(fetch(url, { method: "POST", body: bytes }));
    expect([status, error]).toEqual([500, expect.stringMatching(full)]);
    expect(readdirSync(join(storeDir, "blobs")).filter((name) => name.startsWith("tmp"))).toEqual(
      [],
    );
    await unharmed();
  });

  test("quantizing says so, leaves nothing behind, and works when there is room", async () => {
    const path = join(dir.path, "f16.gguf");
    writeFloatModel(path);
    const digest = await upload(server, path);
    const body = { model: "small", files: { "f16.gguf": digest }, quantize: "Q8_0" };
    leave(megabyte);
    expect(create(server, body)).rejects.toThrow(full);
    rmSync(ballast);
    await create(server, body);
    expect(await said(server, "small")).toBeString();
    rmSync(join(storeDir, "blobs", digest.replace(":", "-"))); // what was uploaded for it
    await unharmed();
  });

  test("a slot that is saved says so, and nobody takes the file for a whole one", async () => {
    const act = (action: string) =>
      outcomeOf(server.post(`/slots/0?action=${action}`, { filename: "a.bin" }));
    const path = join(slotsDir, "a.bin");
    const prompt = "The ship ".repeat(100);
    await outcomeOf(server.post("/completion", { prompt, n_predict: 4, id_slot: 0 }));
    expect(await act("save")).toMatchObject({ status: 200 });
    const { size } = statSync(path);
    // To the last page: what is only written when a file is closed counts, too.
    for (const nBytesMissing of [1, pageBytes, 5 * pageBytes, size - 1]) {
      rmSync(path);
      leave(Math.floor((size - nBytesMissing) / pageBytes) * pageBytes);
      const { status, error } = await act("save");
      expect([status, error]).toEqual([500, expect.stringMatching(full)]);
      expect(readdirSync(slotsDir)).toEqual([]);
      rmSync(ballast);
      expect(await act("save")).toMatchObject({ status: 200 });
    }
    expect(await act("restore")).toMatchObject({ status: 200 });
    await unharmed();
  });

  test("a server that cannot unpack its libraries there does so elsewhere", async () => {
    const home = join(disk, "home");
    mkdirSync(home);
    leave(megabyte);
    await using other = await startServer({ home, args: ["-t", "1"] });
    expect(await say(other, question("Hello!", { max_tokens: 4 }))).toBeString();
  });
});
