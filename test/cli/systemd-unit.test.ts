import { expect, test } from "bun:test";
import { join } from "node:path";
import { temporaryDir } from "../support/server.ts";

const unit = await Bun.file(new URL("../../docs/hutch.service", import.meta.url)).text();

test.skipIf(Bun.which("systemd-analyze") === null)("systemd understands the unit", async () => {
  using dir = temporaryDir();
  const path = join(dir.path, "hutch.service");
  await Bun.write(path, unit.replace("/usr/local/bin/hutch", process.execPath));
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
