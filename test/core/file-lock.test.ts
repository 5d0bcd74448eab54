import { afterAll, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lockFile } from "../../src/core/file-lock.ts";

const dir = mkdtempSync(join(tmpdir(), "hutch-file-lock-"));
const path = join(dir, "a.lock");
const never = new AbortController().signal;
afterAll(() => rmSync(dir, { recursive: true }));

/** Another process that runs `script`, which has `lock` and `never`. */
function other(script: string) {
  const module = JSON.stringify(join(import.meta.dir, "../../src/core/file-lock.ts"));
  const own = `
    const { lockFile } = await import(${module});
    const lock = () => lockFile(${JSON.stringify(path)}, new AbortController().signal);`;
  const { promise: told, resolve } = Promise.withResolvers<unknown>();
  const child = Bun.spawn([process.execPath, "-e", own + script], { ipc: resolve });
  return { child, told };
}

test("one at a time has it, in however many processes, and its file is gone then", async () => {
  const log = join(dir, "log");
  const script = `
    const { appendFileSync } = require("node:fs");
    for (let i = 0; i < 5; i++) {
      using held = await lock();
      for (const word of ["in", "out"]) {
        appendFileSync(${JSON.stringify(log)}, process.pid + " " + word + "\\n");
        await Bun.sleep(1);
      }
    }`;
  const children = [other(script), other(script), other(script)].map(({ child }) => child);
  expect(await Promise.all(children.map(({ exited }) => exited))).toEqual([0, 0, 0]);
  const lines = readFileSync(log, "utf8").trim().split("\n");
  expect(lines).toHaveLength(30);
  for (let i = 0; i < lines.length; i += 2) {
    expect(lines[i + 1]).toBe(lines[i]?.replace("in", "out"));
  }
  expect(existsSync(path)).toBe(false);
});

test("who is killed gives it up, and who waits is told that it was taken", async () => {
  const { child, told } = other('await lock(); process.send("held"); await Bun.sleep(1e6);');
  await told;
  let nWaits = 0;
  const wait = () => {
    nWaits++;
    child.kill("SIGKILL");
  };
  using lock = await lockFile(path, never, wait);
  expect([lock.wasTaken, nWaits > 0]).toEqual([true, true]);
  expect(readdirSync(dir).filter((name) => name.startsWith("a.lock"))).toEqual(["a.lock"]);
});

test("who does not wait any more goes with the reason", async () => {
  using first = await lockFile(path, never);
  expect(first.wasTaken).toBe(false);
  const impatient = new AbortController();
  const second = lockFile(path, impatient.signal, () => impatient.abort("enough"));
  expect(await second.catch((error) => error)).toBe("enough");
});

test("where no file can be made, everybody has it", async () => {
  using lock = await lockFile(join(dir, "nowhere", "a.lock"), never);
  expect(lock.wasTaken).toBe(false);
});
