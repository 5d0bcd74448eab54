import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { unitFor } from "../../src/cli/commands/systemd-unit.ts";
import { temporaryDir } from "../support/server.ts";

const unit = await Bun.file(new URL("../../docs/hutch.service", import.meta.url)).text();

const [servers, workers] = [{ isWorkers: false }, { isWorkers: true }];

test.skipIf(Bun.which("systemd-analyze") === null).each([
  { ...servers, isUsers: false },
  { ...servers, isUsers: true },
  { ...workers, isUsers: false },
  { ...workers, isUsers: true },
])("systemd understands the unit: %p", async (kind) => {
  using dir = temporaryDir();
  const path = join(dir.path, "hutch.service");
  await Bun.write(path, unitFor(process.execPath, kind));
  const { exitCode, stderr } = Bun.spawnSync(["systemd-analyze", "verify", path]);
  // It looks at all that the unit needs, and may complain about what others wrote.
  const complaints = stderr.toString().split("\n");
  expect([exitCode, complaints.filter((line) => line.includes(path))]).toEqual([0, []]);
});

test("engines are the server's to end, and the kernel's to kill without ending the server", () => {
  for (const line of ["Type=notify", "KillMode=mixed", "OOMPolicy=continue"]) {
    expect(unit.split("\n")).toContain(line);
  }
});

describe("hutch systemd-unit", () => {
  test("names the executable as systemd reads words", () => {
    const start = (path: string, isUsers: boolean) =>
      /^ExecStart=.*$/m.exec(unitFor(path, { ...servers, isUsers }))?.[0];
    expect(start("/opt/hutch", false)).toBe("ExecStart=/opt/hutch serve");
    expect(start("/my own/100%/hutch", true)).toBe('ExecStart="/my own/100%%/hutch" serve');
  });

  test("is the machine's unit, or what a user's own systemd can do of it", () => {
    expect(unitFor("/usr/local/bin/hutch", { ...servers, isUsers: false })).toBe(unit);
    const lines = unitFor("/usr/local/bin/hutch", { ...servers, isUsers: true }).split("\n");
    expect(lines).toContain("Type=notify");
    expect(lines).toContain("WantedBy=default.target");
    const rights = /^(User|DynamicUser|StateDirectory|Protect\w+|CapabilityBoundingSet)=/;
    expect(lines.filter((line) => rights.test(line))).toEqual([]);
  });

  test("is a worker's, which says nothing to systemd and has folders of its own", () => {
    const lines = unitFor("/opt/hutch", { ...workers, isUsers: false }).split("\n");
    expect(lines).toContain("ExecStart=/opt/hutch worker $HUTCH_WORKER");
    expect(lines).toContain("EnvironmentFile=-/etc/hutch/worker.env");
    expect(lines).toContain("StateDirectory=hutch-worker");
    expect(lines).toContain("ProtectSystem=strict");
    expect(lines.filter((line) => /notify|WatchdogSec|hutch serve/.test(line))).toEqual([]);
    const users = unitFor("/opt/hutch", { ...workers, isUsers: true }).split("\n");
    expect(users).toContain("EnvironmentFile=-%h/.config/hutch/worker.env");
  });
});
