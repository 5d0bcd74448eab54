import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BadRegistry, stalled } from "../../support/bad-registry.ts";
import { storeViolations } from "../../support/check-store.ts";
import { type RunningServer, startServer } from "../../support/server.ts";
import { layOut } from "../../support/stored-models.ts";

const megabyte = 1_000_000;
const big = randomBytes(6 * megabyte);

let registry: BadRegistry;
let storeDir: string;
let digestOfBig: string;
/** Ends the server's process, as a power cut would. */
let kill: () => void;

beforeEach(() => {
  registry = new BadRegistry();
  storeDir = mkdtempSync(join(tmpdir(), "hutch-kill-"));
  layOut(storeDir, "registry.ollama.ai/library/other/latest", { system: "Be short." });
  const { layers } = registry.publish("ns/m/latest", [big, "a small layer", "another"]);
  digestOfBig = layers[0]?.digest ?? "";
});
afterEach(() => {
  registry[Symbol.dispose]();
  rmSync(storeDir, { recursive: true, force: true });
});

interface Line {
  status?: string;
  completed?: number;
}

/** Lines of a pull so far; it may end when its server does. */
async function* linesOf(server: RunningServer): AsyncGenerator<Line> {
  const body = { model: `${registry.host}/ns/m`, insecure: true };
  try {
    const response = await server.post("/api/pull", body);
    let text = "";
    for await (const bytes of response.body ?? []) {
      text += new TextDecoder().decode(bytes);
      const lines = text.split("\n");
      text = lines.pop() ?? "";
      for (const line of lines) yield JSON.parse(line);
    }
  } catch {
    return; // it was killed
  }
}

/** One life of a server, in which the model is pulled. @returns whether that succeeded */
async function life(atLine: (line: Line) => void = () => {}): Promise<boolean> {
  await using server = await startServer({ args: ["-t", "1", "--store", storeDir] });
  kill = () => {
    try {
      process.kill(server.pid, "SIGKILL");
    } catch (error) {
      // A late one may find that it has ended by itself.
      if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
    }
  };
  let status = "";
  for await (const line of linesOf(server)) {
    status = line.status ?? "";
    atLine(line);
  }
  return status === "success";
}

/** What breaks the rules, but for what an interrupted pull may leave. */
async function damage(): Promise<string[]> {
  const violations = await storeViolations(storeDir);
  const isOfPull = (line: string) =>
    /^blobs\/(sha256-\w+(-partial(-\d+)?|\.lock)|tmp-[\w-]+): no blob's name$/.test(line) ||
    /^manifests\/tmp-/.test(line) ||
    /^manifests\/\S+\/: /.test(line) || // a folder without anything in it
    [...registry.blobs.keys()].some(
      (digest) => line === `blobs/sha256-${digest.slice(7)}: no manifest needs it`,
    );
  return violations.filter((line) => !isOfPull(line));
}

/** Sends the big blob as far as `end`; what is beyond that never comes. */
function sendUpTo(end: number): void {
  registry.intercept = (request, url) => {
    if (!url.pathname.includes(digestOfBig)) return undefined;
    const start = Number(/^bytes=(\d+)-/.exec(request.headers.get("range") ?? "")?.[1] ?? 0);
    const range = `bytes ${start}-${big.length - 1}/${big.length}`;
    const init = start === 0 ? {} : { status: 206, headers: { "content-range": range } };
    return stalled(new Uint8Array(big.subarray(start, end)), init);
  };
}

describe("a server that is killed during a pull", () => {
  test("leaves a valid store, and the next one goes on from there", async () => {
    const ends = [0.7, 1.5, 2.9, 4.3, 5.9].map((end) => end * megabyte);
    for (const end of ends) {
      sendUpTo(end);
      const isKilled = await life(({ completed = 0 }) => completed >= end && kill());
      expect(isKilled).toBe(false);
      expect(await damage()).toEqual([]);
    }
    registry.intercept = () => undefined;
    expect(await life()).toBe(true);
    expect(await damage()).toEqual([]);
    const asked = registry.seen.filter(({ path }) => path.includes(digestOfBig));
    const starts = asked.map(({ range }) => Number(/^bytes=(\d+)/.exec(range ?? "")?.[1] ?? 0));
    expect(starts).toHaveLength(ends.length + 1);
    // What came last may not have been noted yet.
    for (const [i, end] of ends.entries()) {
      expect(starts[i + 1]).toBeGreaterThanOrEqual(end - 1.1 * megabyte);
      expect(starts[i + 1]).toBeLessThanOrEqual(end);
    }
  });

  test("when it asks for anything, is no worse", async () => {
    const patterns = ["/manifests/", digestOfBig, ...[...registry.blobs.keys()].slice(1)];
    for (const pattern of patterns) {
      registry.intercept = (_request, url) => {
        if (url.pathname.includes(pattern)) kill();
        return undefined;
      };
      expect(await life()).toBe(false);
      expect(await damage()).toEqual([]);
    }
    registry.intercept = () => undefined;
    expect(await life()).toBe(true);
    expect(await damage()).toEqual([]);
  });

  test.each(["pulling manifest", "verifying sha256 digest", "writing manifest"])(
    "at '%s', or just after, is no worse",
    async (wanted) => {
      for (const delayMs of [0, 1, 4]) {
        await life(({ status }) => {
          if (status === wanted) setTimeout(kill, delayMs);
        });
        expect(await damage()).toEqual([]);
      }
      expect(await life()).toBe(true);
      expect(await damage()).toEqual([]);
    },
  );
});
