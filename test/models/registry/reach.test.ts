import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { fetchToken } from "../../../src/models/registry/challenge.ts";
import { RegistryKey } from "../../../src/models/registry/key.ts";
import { BadRegistry, someBytes } from "../../support/bad-registry.ts";
import { failureOf, Setup } from "./setup.ts";

const proxyVariables = ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"];

let registry: BadRegistry;
let setup: Setup;
let environment: [string, string | undefined][];
beforeEach(() => {
  environment = proxyVariables.map((name) => [name, process.env[name]]);
  for (const name of proxyVariables) delete process.env[name];
  registry = new BadRegistry();
});
afterEach(() => {
  setup[Symbol.dispose]();
  registry[Symbol.dispose]();
  for (const [name, value] of environment) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
});

describe("with public registries only", () => {
  test.each(["127.0.0.1", "localhost", "0x7f.1"])("%s is not even asked", async (host) => {
    setup = new Setup({ reach: "public" });
    const port = registry.host.split(":")[1];
    const error = await failureOf(setup.pull(`${host}:${port}/ns/m`));
    expect(error).toMatchObject({
      code: "forbidden",
      message: expect.stringMatching(/not at a public address.*--private-registries/),
    });
    expect([registry.seen, setup.files]).toEqual([[], []]);
  });

  test("nor for a token", async () => {
    setup = new Setup({ reach: "public" });
    const key = await RegistryKey.at([setup.keyPath]);
    const challenge = { realm: new URL(`${registry.origin}/token`), service: "", scope: "" };
    const signal = new AbortController().signal;
    const asking = { trustsAnybody: true, reach: "public" as const, headers: {}, signal };
    await expect(fetchToken(challenge, key, asking)).rejects.toThrow("not at a public address");
    expect(registry.seen).toEqual([]);
  });

  test("an address is refused before a proxy is asked for it", async () => {
    const proxied: string[] = [];
    const proxy = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch: ({ url }) => {
        proxied.push(url);
        return new Response("", { status: 404 });
      },
    });
    process.env.HTTP_PROXY = proxy.url.origin;
    setup = new Setup({ reach: "public" });
    const error = await failureOf(setup.pull("http://10.0.0.1/ns/m"));
    expect([error.message, proxied]).toEqual([expect.stringContaining("not at a public"), []]);
    // A proxy knows where names lead, and what it may ask.
    await failureOf(setup.pull("http://registry.example/ns/m"));
    expect(proxied).toEqual(["http://registry.example/v2/ns/m/manifests/latest"]);
    await proxy.stop(true);
  });
});

describe("with private registries, too", () => {
  test("metadata services are none", async () => {
    setup = new Setup({ reach: "private" });
    const error = await failureOf(setup.pull("http://169.254.169.254/latest/meta-data"));
    expect(error).toMatchObject({
      code: "forbidden",
      message: expect.stringContaining("169.254.169.254 is at a link-local, metadata"),
    });
  });

  test.each(["http://169.254.169.254/", "http://[::ffff:169.254.169.254]/", "http://0.0.0.0/"])(
    "a registry that redirects to %s is not followed",
    async (location) => {
      setup = new Setup({ reach: "private" });
      registry.publish("ns/m/latest", [someBytes(100)]);
      registry.intercept = (_, { pathname }) =>
        pathname.includes("/blobs/")
          ? new Response(null, { status: 307, headers: { location } })
          : undefined;
      const error = await failureOf(setup.pull(`${registry.host}/ns/m`));
      expect(error).toMatchObject({
        code: "forbidden",
        message: expect.stringContaining("at a link-local, metadata"),
      });
    },
  );
});
