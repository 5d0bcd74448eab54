import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { BadRegistry, someBytes } from "../../support/bad-registry.ts";
import { storeViolations } from "../../support/check-store.ts";
import { failureOf, Setup } from "./setup.ts";

const variables = ["HTTP", "HTTPS", "NO"].flatMap((of) => [
  `${of}_PROXY`,
  `${of.toLowerCase()}_proxy`,
]);

let setup: Setup;
let environment: Record<string, string | undefined>;
beforeEach(() => {
  setup = new Setup();
  environment = Object.fromEntries(variables.map((name) => [name, process.env[name]]));
  for (const name of variables) delete process.env[name];
});
afterEach(() => {
  setup[Symbol.dispose]();
  for (const [name, value] of Object.entries(environment)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
});

/** A proxy that knows one host, which nobody else does. It tunnels (CONNECT) and forwards. */
class TestProxy implements Disposable {
  /** First lines of what it was asked. */
  readonly asked: string[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(port: number) {
    this.#server = createServer((client) => {
      this.#sockets.add(client);
      client.on("error", () => {});
      client.once("data", (bytes) => this.#serve(client, Buffer.from(bytes), port));
    });
  }

  static async before({ origin }: BadRegistry): Promise<TestProxy> {
    const proxy = new TestProxy(Number(new URL(origin).port));
    await new Promise<void>((resolve) => proxy.#server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  get url(): string {
    const address = this.#server.address();
    return `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
  }

  #serve(client: Socket, bytes: Buffer, port: number): void {
    const text = bytes.toString("latin1");
    this.asked.push(text.slice(0, text.indexOf("\r\n")));
    const registry = connect(port, "127.0.0.1");
    this.#sockets.add(registry);
    registry.on("error", () => client.destroy());
    registry.on("close", () => client.destroy());
    client.on("close", () => registry.destroy());
    if (text.startsWith("CONNECT ")) client.write("HTTP/1.1 200 Connection Established\r\n\r\n");
    // One request to a connection: what follows must not pass without being counted.
    else
      registry.write(text.replace(/ http:\/\/[^/]+/, " ").replace("keep-alive", "close"), "latin1");
    registry.pipe(client);
    client.pipe(registry);
  }

  [Symbol.dispose](): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }
}

const certificate = (dir: string) => {
  const [key, cert] = ["key", "cert"].map((name) => join(dir, `${name}.pem`));
  const subject = ["-subj", "/CN=registry.test", "-addext", "subjectAltName=DNS:registry.test"];
  Bun.spawnSync([
    ...["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"],
    ...["-nodes", "-days", "2", "-keyout", key ?? "", "-out", cert ?? "", ...subject],
  ]);
  return { key: readFileSync(key ?? "", "utf8"), cert: readFileSync(cert ?? "", "utf8") };
};

describe("a proxy", () => {
  test("of HTTP_PROXY is asked for http", async () => {
    using registry = new BadRegistry();
    using proxy = await TestProxy.before(registry);
    process.env.HTTP_PROXY = proxy.url;
    registry.publish("ns/m/latest", [someBytes(2500)]);
    await setup.pull("registry.test:5000/ns/m");
    expect(await storeViolations(setup.store.dir)).toEqual([]);
    expect(proxy.asked).toHaveLength(registry.seen.length);
    expect(proxy.asked[0]).toBe("GET http://registry.test:5000/v2/ns/m/manifests/latest HTTP/1.1");
  });

  test("is not asked for what NO_PROXY names, nor for this machine", async () => {
    using registry = new BadRegistry();
    using proxy = await TestProxy.before(registry);
    process.env.HTTP_PROXY = proxy.url;
    registry.publish("ns/m/latest", ["x"]);
    await setup.pull(`${registry.host}/ns/m`);
    process.env.NO_PROXY = "registry.test";
    await failureOf(setup.pull("registry.test:5000/ns/m"));
    expect(proxy.asked).toEqual([]);
  });

  test.skipIf(Bun.which("openssl") === null)("of HTTPS_PROXY tunnels https", async () => {
    using registry = new BadRegistry({ tls: certificate(setup.dir) });
    using proxy = await TestProxy.before(registry);
    process.env.HTTPS_PROXY = proxy.url;
    registry.publish("ns/m/latest", [someBytes(2500)]);
    await setup.pull("https://registry.test:5000/ns/m");
    expect(await storeViolations(setup.store.dir)).toEqual([]);
    expect(proxy.asked[0]).toBe("CONNECT registry.test:5000 HTTP/1.1");
  });
});

describe.skipIf(Bun.which("openssl") === null)("a certificate that nobody vouches for", () => {
  test("is refused, but for `insecure`", async () => {
    using registry = new BadRegistry({ tls: certificate(setup.dir) });
    registry.publish("ns/m/latest", [someBytes(2500)]);
    const name = `https://${registry.host}/ns/m`;
    const { message } = await failureOf(setup.pull(name, { insecure: false }));
    expect(message).toMatch(
      /^pull model manifest: 127\.0\.0\.1:\d+ cannot be reached: .*certificate/,
    );
    await setup.pull(name, { insecure: true });
    expect(await storeViolations(setup.store.dir)).toEqual([]);
  });

  test("and none at all: the error says what plain http needs", async () => {
    using registry = new BadRegistry();
    const { message } = await failureOf(setup.pull(`https://${registry.host}/ns/m`));
    expect(message).toEndWith('If it speaks plain http, say "insecure" (--insecure).');
  });

  test("https is not left for http", async () => {
    using plain = new BadRegistry();
    using registry = new BadRegistry({ tls: certificate(setup.dir) });
    registry.intercept = () =>
      new Response(null, { status: 307, headers: { location: `${plain.origin}/v2/` } });
    const { message } = await failureOf(setup.pull(`https://${registry.host}/ns/m`));
    expect(message).toBe(`pull model manifest: ${registry.host} redirects from https to http`);
    expect(plain.seen).toEqual([]);
  });
});
