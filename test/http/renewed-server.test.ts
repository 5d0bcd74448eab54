import { afterAll, afterEach, describe, expect, jest, test } from "bun:test";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { type Fetcher, type Listening, listen } from "../../src/http/listen.ts";
import { RenewedServer } from "../../src/http/renewed-server.ts";

const dir = mkdtempSync(join(tmpdir(), "hutch-renewed-"));
const [keyPath, certPath] = [join(dir, "key.pem"), join(dir, "cert.pem")];
const tls = { keyPath, certPath };
let server: Listening | undefined;
afterEach(() => server?.stop());
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** Makes a pair of files under a name, which is the certificate's as well. */
function make(name: string): boolean {
  if (Bun.which("openssl") === null) return false;
  const kind = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  const files = ["-keyout", join(dir, `${name}.key`), "-out", join(dir, `${name}.crt`)];
  const subject = ["-subj", `/CN=${name}`, "-days", "2"];
  return Bun.spawnSync(["openssl", "req", ...kind, ...files, ...subject]).exitCode === 0;
}

const hasOpenssl = make("first") && make("second");

/** Puts a pair, or a key and the certificate of another, where the server looks. */
function put(name: string, certName = name): void {
  copyFileSync(join(dir, `${name}.key`), keyPath);
  copyFileSync(join(dir, `${certName}.crt`), certPath);
}

/** What a new connection is shown. */
function shown(url: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const { protocol, hostname: host, port, pathname: path } = new URL(url);
  const place = protocol === "unix:" ? { path } : { host, port: Number(port) };
  const socket = connect({ ...place, rejectUnauthorized: false }, () => {
    resolve(String(socket.getPeerCertificate().subject.CN));
    socket.destroy();
  });
  socket.on("error", reject);
  return promise;
}

function logged() {
  const lines: string[] = [];
  const note = (kind: string) => (text: string) => void lines.push(`${kind}: ${text}`);
  return { lines, log: { info: note("info"), warning: note("warning") } };
}

const hi: Fetcher = { fetch: () => new Response("hi") };
const local = { hostname: "127.0.0.1", port: 0, tls };
const trusting = { tls: { rejectUnauthorized: false } };

describe.skipIf(!hasOpenssl)("a renewed certificate", () => {
  test("is what new connections get, at the same port", async () => {
    put("first");
    const { lines, log } = logged();
    server = listen(hi, { ...local, log });
    server.refresh();
    expect(await shown(server.url)).toBe("first");
    expect(lines).toEqual([]);
    put("second");
    server.refresh();
    expect(await shown(server.url)).toBe("second");
    expect(await (await fetch(server.url, trusting)).text()).toBe("hi");
    expect(lines).toEqual([`info: new connections to ${server.url} get the renewed certificate`]);
    put("first");
    server.refresh();
    expect(await shown(server.url)).toBe("first");
  });

  test("is found by itself", async () => {
    put("first");
    jest.useFakeTimers();
    try {
      server = listen(hi, local);
      put("second");
      jest.advanceTimersByTime(10_000);
    } finally {
      jest.useRealTimers();
    }
    expect(await shown(server.url)).toBe("second");
  });

  test("is what a socket's connections get as well", async () => {
    put("first");
    const { lines, log } = logged();
    server = listen(hi, { ...local, hostname: join(dir, "hutch.sock"), log });
    put("second");
    server.refresh();
    expect(await shown(server.url)).toBe("second");
    expect(lines).toEqual([`info: new connections to ${server.url} get the renewed certificate`]);
  });

  /** Says "a" at once, and "b" when it is told to go on. */
  function pausing() {
    const { promise, resolve } = Promise.withResolvers<void>();
    const body = async function* () {
      yield "a";
      await promise;
      yield "b";
    };
    const app: Fetcher = { fetch: () => new Response(body()) };
    return { app, goOn: resolve };
  }

  test("leaves streams that began before to go on to their end", async () => {
    put("first");
    const { app, goOn } = pausing();
    server = listen(app, local);
    const response = await fetch(server.url, trusting);
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader?.read())?.value).toBe("a");
    put("second");
    server.refresh();
    expect(await shown(server.url)).toBe("second");
    goOn();
    expect((await reader?.read())?.value).toBe("b");
    expect((await reader?.read())?.done).toBe(true);
  });

  test("leaves no stream behind when the server stops", async () => {
    put("first");
    const { app } = pausing();
    server = listen(app, local);
    const response = await fetch(server.url, trusting);
    put("second");
    server.refresh();
    await server.stop();
    await expect(response.text()).rejects.toThrow();
    await expect(shown(server.url)).rejects.toThrow();
  });

  test.each([
    ["a key of another", () => put("first", "second"), "KEY_VALUES_MISMATCH"],
    ["half a file", () => writeFileSync(certPath, readFileSync(certPath).subarray(0, 99)), "PEM"],
    ["no file", () => rmSync(keyPath), "ENOENT"],
  ])("that is no pair is logged once, and the one before is kept: %s", async (_, spoil, why) => {
    put("first");
    const { lines, log } = logged();
    server = listen(hi, { ...local, log });
    spoil();
    server.refresh();
    server.refresh();
    expect(await shown(server.url)).toBe("first");
    expect(lines).toHaveLength(1);
    expect(lines[0]).toStartWith(`warning: ${keyPath} and ${certPath} are no key and certificate`);
    expect(lines[0]).toContain(why);
    expect(lines[0]).toEndWith("the certificate from before is kept");
    put("second");
    server.refresh();
    expect(await shown(server.url)).toBe("second");
  });

  test("is tried again when its port cannot be had", async () => {
    put("first");
    const { lines, log } = logged();
    const troubles: (Error | undefined)[] = [undefined, new Error("in use")];
    const start = (pair: object | null, port = 0) => {
      const trouble = troubles.shift();
      if (trouble) throw trouble;
      return Bun.serve({ hostname: "127.0.0.1", port, ...(pair && { tls: pair }), ...hi });
    };
    const renewed = new RenewedServer(start, tls, log);
    put("second");
    renewed.refresh();
    expect(lines).toEqual([
      `warning: ${renewed.origin} could not be opened again: Error: in use; tried again in 10 s`,
    ]);
    renewed.refresh();
    expect(await shown(renewed.origin)).toBe("second");
    await renewed.stop();
  });
});
