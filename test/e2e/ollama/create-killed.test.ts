import { afterAll, beforeAll, expect, test } from "bun:test";
import { readdirSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { storeViolations } from "../../support/check-store.ts";
import { writeFloatModel } from "../../support/float-models.ts";
import {
  isAlive,
  type RunningServer,
  startServer,
  temporaryDir,
  until,
} from "../../support/server.ts";
import { create, said, upload } from "./create-set-up.ts";

/** Rounds of each kind of work, every one killed at another moment of it. */
const nRounds = 6;

const home = temporaryDir();
const storeDir = join(home.path, ".hutch/models");
const blobsDir = join(storeDir, "blobs");
let digest = "";

const start = () => startServer({ home: home.path, args: ["-t", "1"] });

beforeAll(async () => {
  const path = join(home.path, "f16.gguf");
  writeFloatModel(path);
  await using server = await start();
  digest = await upload(server, path);
  await create(server, { model: "kept", files: { "f16.gguf": digest }, system: "Kept." });
});
afterAll(() => home[Symbol.dispose]());

/** What a kill may leave: it is removed later, and nobody takes it for a model. */
const isLeftOver = (violation: string) =>
  /^blobs\/tmp-[^:]*: no blob's name$/.test(violation) ||
  /^manifests\/(tmp-|\S+\/: )/.test(violation) || // or a folder without anything in it
  violation.endsWith("no manifest needs it");

/** Kills the server `delayMs` into `work`, and checks what it leaves. */
async function killed(delayMs: number, work: (server: RunningServer) => Promise<unknown>) {
  const server = await start();
  const working = work(server).catch(() => {}); // the connection breaks
  await Bun.sleep(delayMs);
  const children = server.engines();
  process.kill(server.pid, "SIGKILL");
  await server.exited;
  await working;
  await until("its children are gone", () => !children.some(isAlive));
  expect((await storeViolations(storeDir)).filter((text) => !isLeftOver(text))).toEqual([]);
}

test("a server that is killed while it quantizes leaves the store valid", async () => {
  for (let round = 0; round < nRounds; round++) {
    const body = { model: "new", files: { "f16.gguf": digest }, quantize: "IQ4_NL" };
    await killed(100 * round + Math.random() * 100, (server) => create(server, body));
  }
});

test("one that is killed among many small models, too", async () => {
  for (let round = 0; round < nRounds; round++) {
    await killed(20 * round + Math.random() * 20, async (server) => {
      for (let i = 0; ; i++) {
        await create(server, { model: `small${i % 3}`, from: "kept", system: `${round} ${i}` });
      }
    });
  }
});

test("later nothing of it is left, and every model is as it was", async () => {
  const longAgo = Date.now() / 1000 - 2 * 60 * 60;
  for (const dir of [blobsDir, join(storeDir, "manifests")]) {
    for (const name of readdirSync(dir)) utimesSync(join(dir, name), longAgo, longAgo);
  }
  await using server = await start();
  expect(await storeViolations(storeDir)).toEqual([]);
  expect(await said(server, "kept")).toContain("Paris");
  const shown = await (await server.post("/api/show", { model: "kept" })).json();
  expect(shown).toMatchObject({ system: "Kept." });
});
