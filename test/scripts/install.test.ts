import { afterAll, expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
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

test("a file that is not there is named", () => {
  const { exitCode, said } = install(join(dir, "none"));
  expect([exitCode, said]).toEqual([1, `hutch: there is no file ${join(dir, "none")}\n`]);
});

test("root's has a service, and a user for it that may read the settings and no more", async () => {
  const tools = join(dir, "tools");
  const log = join(dir, "log");
  const box = join(dir, "box");
  mkdirSync(tools);
  mkdirSync(join(box, "run/systemd/system"), { recursive: true });
  mkdirSync(join(box, "etc/hutch"), { recursive: true, mode: 0o700 }); // as somebody left it
  const tool = (name: string, then: string) =>
    writeFileSync(join(tools, name), `#!/bin/sh\n${then}\n`, { mode: 0o755 });
  tool("id", "echo 0");
  tool("getent", "exit 2"); // there is no such user yet
  for (const name of ["systemctl", "useradd", "chgrp"]) tool(name, `echo "${name} $*" >>${log}`);
  const unit = '#!/bin/sh\necho "ExecStart=$0 serve"\n';
  await Bun.write(program, unit);
  await Bun.write(sums, `${Bun.SHA256.hash(unit, "hex")}  hutch\n`);
  const env = { PATH: `${tools}:${process.env.PATH}`, HOME: "/root", DESTDIR: box };
  expect(Bun.spawnSync(["sh", script, program], { env }).exitCode).toBe(0);
  expect(await Bun.file(join(box, "etc/systemd/system/hutch.service")).text()).toBe(
    "ExecStart=/usr/local/bin/hutch serve\n",
  );
  const mode = (path: string) => statSync(join(box, path)).mode & 0o777;
  expect([mode("etc/hutch"), mode("etc/hutch/hutch.toml")]).toEqual([0o750, 0o640]);
  const called = (await Bun.file(log).text()).replaceAll(`${box}/`, "/").trim().split("\n");
  expect(called).toEqual([
    expect.stringMatching(/^useradd --system .* hutch$/),
    "chgrp hutch /etc/hutch /etc/hutch/hutch.toml",
    "systemctl daemon-reload",
    "systemctl enable hutch.service",
    "systemctl restart hutch.service",
  ]);
});

const noShellcheck = Bun.which("shellcheck") === null;
if (noShellcheck) process.stdout.write("skipping shellcheck: it is not installed\n");
test.skipIf(noShellcheck)("shellcheck has nothing to say", () => {
  const { exitCode, stdout } = Bun.spawnSync(["shellcheck", script]);
  expect([exitCode, stdout.toString()]).toEqual([0, ""]);
});
