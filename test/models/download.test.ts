import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type DownloadProgress, downloadFile } from "../../src/models/download.ts";
import { Downloads } from "../../src/models/downloads.ts";
import { brokenOff, commit, MockHub, sha256Of, someBytes } from "./mock-hub.ts";

const never = new AbortController().signal;
const patience = { stallMs: 5000, nAttemptsMax: 2, retryMs: 1 };
const bytes = someBytes(300_000);
const path = `/org/repo/resolve/${commit}/m.gguf`;

let dir: string;
let hub: MockHub;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "hutch-download-"));
  hub = new MockHub({ "org/repo": { "m.gguf": { bytes } } });
});
afterEach(() => {
  hub[Symbol.dispose]();
  rmSync(dir, { recursive: true });
});

const target = () => join(dir, "m.gguf");
const partial = () => `${target()}.downloadInProgress`;
const wanted = () => ({ url: new URL(path, hub.endpoint).href, path: target() });
const verified = () => ({ ...wanted(), sizeBytes: bytes.length, sha256: sha256Of(bytes) });
const moduleUnderTest = join(import.meta.dir, "../../src/models/download.ts");
const message = (error: unknown) => (error instanceof Error ? error.message : String(error));

async function failure(promise: Promise<unknown>): Promise<string> {
  return promise.then(() => "no failure", message);
}

describe("downloadFile", () => {
  test("fetches a file under its own name, and tells how far it is", async () => {
    const told: DownloadProgress[] = [];
    await downloadFile(verified(), (progress) => told.push(progress), never, patience);
    expect(Bun.deepEquals(readFileSync(target()), Buffer.from(bytes))).toBe(true);
    expect(readdirSync(dir)).toEqual(["m.gguf"]);
    expect(told.at(-1)).toEqual({ url: wanted().url, nBytes: 300_000, totalBytes: 300_000 });
  });

  test("goes on where a broken connection left off", async () => {
    let nAsked = 0;
    hub.intercept = (_, asked) =>
      asked === path && nAsked++ === 0 ? brokenOff(bytes.slice(0, 1000), bytes.length) : undefined;
    await downloadFile(verified(), () => {}, never, patience);
    expect(sha256Of(readFileSync(target()))).toBe(sha256Of(bytes));
    expect(hub.requests).toEqual([path, `${path} bytes=1000-`]);
  });

  test("goes on where an earlier process left off", async () => {
    writeFileSync(partial(), bytes.slice(0, 5000));
    await downloadFile(verified(), () => {}, never, patience);
    expect(hub.requests).toEqual([`${path} bytes=5000-`]);
    expect(sha256Of(readFileSync(target()))).toBe(sha256Of(bytes));
  });

  test("begins anew when the beginning turns out to be of another file", async () => {
    writeFileSync(partial(), new Uint8Array(5000));
    await downloadFile(verified(), () => {}, never, patience);
    expect(hub.requests).toEqual([`${path} bytes=5000-`, path]);
    expect(sha256Of(readFileSync(target()))).toBe(sha256Of(bytes));
  });

  test("begins anew when the server does not resume", async () => {
    writeFileSync(partial(), bytes.slice(0, 5000));
    hub.intercept = () => new Response(bytes);
    await downloadFile(verified(), () => {}, never, patience);
    expect(sha256Of(readFileSync(target()))).toBe(sha256Of(bytes));
  });

  test("does not resume what it cannot recognize again", async () => {
    writeFileSync(partial(), bytes.slice(0, 5000));
    await downloadFile(wanted(), () => {}, never, patience);
    expect(hub.requests).toEqual([path]);
    expect(sha256Of(readFileSync(target()))).toBe(sha256Of(bytes));
  });

  test("takes a finished partial file as it is", async () => {
    writeFileSync(partial(), bytes);
    await downloadFile(verified(), () => {}, never, patience);
    expect(hub.requests).toEqual([]);
    expect(existsSync(target())).toBe(true);
  });

  test("refuses a file with a wrong hash, and leaves nothing", async () => {
    const lie = { ...verified(), sha256: "0".repeat(64) };
    expect(await failure(downloadFile(lie, () => {}, never, patience))).toContain("SHA-256");
    expect(readdirSync(dir)).toEqual([]);
  });

  test("refuses a file that has another size than it should", async () => {
    const lie = { ...verified(), sizeBytes: 299_999 };
    const text = await failure(downloadFile(lie, () => {}, never, patience));
    expect(text).toContain("it should have 299999 bytes, but the server has 300000");
    expect(existsSync(target())).toBe(false);
  });

  test("stops reading a server that sends more than it said", async () => {
    const endless = () =>
      new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(100_000)) });
    hub.intercept = () => new Response(endless());
    const text = await failure(downloadFile(verified(), () => {}, never, patience));
    expect(text).toContain("more than the 300000 bytes");
    expect(readdirSync(dir)).toEqual([]);
  });

  test("gives up after attempts that bring nothing, and keeps what it has", async () => {
    hub.intercept = () => new Response("", { status: 503 });
    writeFileSync(partial(), bytes.slice(0, 5000));
    const text = await failure(downloadFile(verified(), () => {}, never, patience));
    expect(text).toContain("the server answers 503");
    expect(hub.requests).toHaveLength(2);
    expect(readFileSync(partial())).toHaveLength(5000);
  });

  test("a connection on which nothing comes is given up", async () => {
    hub.intercept = () => new Promise(() => {});
    const hasty = { ...patience, stallMs: 20 };
    expect(await failure(downloadFile(verified(), () => {}, never, hasty))).toContain(
      "nothing came for 0.02 seconds",
    );
  });

  test.each([
    [401, "set HF_TOKEN"],
    [403, "set HF_TOKEN"],
    [404, "there is no such file"],
  ])("does not try again after a %i, which it explains", async (status, words) => {
    hub.intercept = () => new Response("", { status });
    expect(await failure(downloadFile(verified(), () => {}, never, patience))).toContain(words);
    expect(hub.requests).toHaveLength(1);
  });

  test("an abort ends it at once, and the rest can be fetched later", async () => {
    const abort = new AbortController();
    hub.intercept = () => brokenOff(bytes.slice(0, 1000), bytes.length);
    const onProgress = ({ nBytes }: DownloadProgress) => nBytes > 0 && abort.abort();
    const error = await failure(downloadFile(verified(), onProgress, abort.signal, patience));
    expect(error).toContain("abort");
    expect(existsSync(partial())).toBe(true);
    expect(hub.requests).toHaveLength(1);
  });

  test("the token goes to the hub, and not to where that redirects", async () => {
    using storage = new MockHub({ "org/repo": { "m.gguf": { bytes } } });
    hub.intercept = () => Response.redirect(new URL(path, storage.endpoint).href, 302);
    await downloadFile({ ...verified(), token: "hf_secret" }, () => {}, never, patience);
    expect([hub.tokens, storage.tokens]).toEqual([["Bearer hf_secret"], [null]]);
  });
});

describe("Downloads", () => {
  test("who wants a file that is on its way shares it, and its progress", async () => {
    const downloads = new Downloads(patience);
    const last: number[] = [];
    await Promise.all(
      [0, 1].map((i) => downloads.fetch(verified(), ({ nBytes }) => (last[i] = nBytes), never)),
    );
    expect(hub.requests).toEqual([path]);
    expect(last).toEqual([300_000, 300_000]);
  });

  test("a client that leaves does not end another's download; the last one does", async () => {
    const gate = Promise.withResolvers<void>();
    hub.intercept = () => gate.promise.then(() => undefined);
    const downloads = new Downloads(patience);
    const [first, second] = [new AbortController(), new AbortController()];
    const leaving = failure(downloads.fetch(verified(), () => {}, first.signal));
    const staying = failure(downloads.fetch(verified(), () => {}, second.signal));
    first.abort();
    expect(await leaving).toContain("abort");
    second.abort();
    expect(await staying).toContain("abort");
    gate.resolve();
    await downloads.fetch(verified(), () => {}, never);
    expect(existsSync(target())).toBe(true);
  });
});

describe("two programs that want one file", () => {
  /** The rest of the file from `start` on, in pieces, and not all at once. */
  function slowly(start: number, end = bytes.length): Response {
    const body = async function* () {
      for (let at = start; at < Math.min(end, bytes.length); at += 20_000) {
        yield bytes.slice(at, at + 20_000);
        await Bun.sleep(1);
      }
      if (end < bytes.length) await new Promise(() => {});
    };
    const headers = { "content-length": String(bytes.length - start), etag: '"a"' };
    return new Response(body(), { status: start > 0 ? 206 : 200, headers });
  }

  const startOf = (request: Request) =>
    Number(/^bytes=(\d+)-$/.exec(request.headers.get("range") ?? "")?.[1] ?? 0);

  test.each([
    ["from its beginning", 0],
    ["where a third has stopped", 100_000],
  ])("share what one of them fetches: %s", async (_, nBytes) => {
    if (nBytes > 0) {
      writeFileSync(partial(), bytes.subarray(0, nBytes));
      writeFileSync(`${partial()}.etag`, '"a"');
    }
    hub.intercept = (request) => slowly(startOf(request));
    const told: number[] = [];
    const tell = (progress: DownloadProgress) => void told.push(progress.nBytes);
    const first = downloadFile(wanted(), () => {}, never, patience);
    await Promise.all([first, downloadFile(wanted(), tell, never, patience)]);
    expect(readFileSync(target())).toEqual(Buffer.from(bytes));
    expect(hub.requests).toHaveLength(1);
    expect(told.at(0)).toBeGreaterThanOrEqual(nBytes);
    expect(readdirSync(dir)).toEqual(["m.gguf"]);
  });

  test("do so as well when one is killed, or does not wait any more", async () => {
    hub.intercept = (request) => slowly(startOf(request), hub.requests.length > 1 ? Infinity : 1e5);
    const script = `
      const { downloadFile } = await import(${JSON.stringify(moduleUnderTest)});
      const tell = ({ nBytes }) => nBytes > 90_000 && process.send(nBytes);
      await downloadFile(${JSON.stringify(wanted())}, tell, new AbortController().signal);`;
    const begun = Promise.withResolvers<void>();
    const ipc = () => begun.resolve();
    const killed = Bun.spawn([process.execPath, "-e", script], { ipc });
    await begun.promise;
    const impatient = new AbortController();
    const leaving = failure(downloadFile(verified(), () => {}, impatient.signal, patience));
    const staying = downloadFile(verified(), () => {}, never, patience);
    impatient.abort();
    expect(await leaving).toContain("abort");
    killed.kill("SIGKILL");
    await staying;
    expect(hub.requests).toEqual([path, expect.stringMatching(/ bytes=\d{5,}-$/)]);
    expect(readFileSync(target())).toEqual(Buffer.from(bytes));
    expect(readdirSync(dir)).toEqual(["m.gguf"]);
  });
});
