import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { requireName } from "../../../src/models/name.ts";
import { pull } from "../../../src/models/registry/pull.ts";
import { Store } from "../../../src/models/store.ts";
import { BadRegistry, someBytes } from "../../support/bad-registry.ts";
import { storeViolations } from "../../support/check-store.ts";
import { failureOf, Setup } from "./setup.ts";

const disk = mkdtempSync(join(tmpdir(), "hutch-small-disk-"));
const mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk];
const isMounted = Bun.which("mount") !== null && Bun.spawnSync(mount).exitCode === 0;
afterAll(() => {
  if (isMounted) Bun.spawnSync(["umount", disk]);
  rmSync(disk, { recursive: true, force: true });
});

const why = isMounted ? "" : " (skipped: no small disk can be mounted here)";

describe.skipIf(!isMounted)(`a full disk${why}`, () => {
  test("ends the pull; with more room it goes on", async () => {
    using registry = new BadRegistry();
    using setup = new Setup();
    setup.client = setup.clientWith({}, { nStreamsMax: 1 });
    const store = new Store(join(disk, "models"));
    const name = requireName(`${registry.host}/ns/m`);
    const pullIt = () => {
      const signal = new AbortController().signal;
      return Array.fromAsync(pull(setup.client, store, name, { insecure: true, signal }));
    };
    registry.publish("ns/m/latest", [someBytes(500_000)]);
    const filler = join(disk, "filler");
    registry.intercept = ({ headers }) => {
      const isHalfWay = headers.get("range")?.startsWith("bytes=250000-");
      // Fails when the disk is full: that is what it is for.
      if (isHalfWay) Bun.spawnSync(["dd", "if=/dev/zero", `of=${filler}`, "bs=4096"]);
      return undefined;
    };
    const { message } = await failureOf(pullIt());
    expect(message).toMatch(/^pulling \w{12}: \S+ cannot be written: the disk is full$/);
    expect(store.find(name)).toBeNull();
    expect((await failureOf(pullIt())).message).toMatch(/bytes more are needed, and \d+ are free$/);

    rmSync(filler);
    registry.intercept = () => undefined;
    registry.nBytesSent = 0;
    expect((await pullIt()).at(-1)).toEqual({ status: "success" });
    expect(registry.nBytesSent).toBeLessThan(300_000);
    expect(await storeViolations(store.dir)).toEqual([]);
  });
});
