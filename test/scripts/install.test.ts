import { afterAll, expect, test } from "bun:test";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const script = new URL("../../scripts/install.sh", import.meta.url).pathname;
const dir = mkdtempSync(join(tmpdir(), "hutch-install-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const root = join(dir, "root");
const program = join(dir, "hutch");
const sums = join(dir, "SHA256SUMS");
const text = '#!/bin/sh\necho "it says $*"\n';
await Bun.write(program, text);

function install(...args: string[]) {
  const env = { PATH: process.env.PATH ?? "", HOME: "/home/somebody", DESTDIR: root };
  const { exitCode, stderr } = Bun.spawnSync(["sh", script, "--user", ...args], { env });
  return { exitCode, said: stderr.toString() };
}

const installed = join(root, "home/somebody/.local/bin/hutch");
const settings = join(root, "home/somebody/.config/hutch/hutch.toml");

test("an executable with another hash is not installed", async () => {
  await Bun.write(sums, `${"0".repeat(64)}  hutch\n`);
  const { exitCode, said } = install(program);
  expect([exitCode, said]).toEqual([1, expect.stringContaining("nothing was installed")]);
  expect(existsSync(installed)).toBe(false);
});

test("it is installed, again too, and removed without its settings, or with them", async () => {
  await Bun.write(sums, `${Bun.SHA256.hash(text, "hex")}  hutch\n`);
  for (const _ of [1, 2]) expect(install(program).exitCode).toBe(0);
  expect(await Bun.file(installed).text()).toBe(text);
  expect(await Bun.file(settings).text()).toBe("it says config --example\n");
  expect(install("--uninstall").exitCode).toBe(0);
  expect([existsSync(installed), existsSync(settings)]).toEqual([false, true]);
  expect(install("--uninstall", "--purge").exitCode).toBe(0);
  expect(existsSync(settings)).toBe(false);
});

test.skipIf(Bun.which("shellcheck") === null)("shellcheck has nothing to say", () => {
  const { exitCode, stdout } = Bun.spawnSync(["shellcheck", script]);
  expect([exitCode, stdout.toString()]).toEqual([0, ""]);
});
