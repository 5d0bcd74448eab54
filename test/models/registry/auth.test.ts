import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { emptyDraft } from "../../../src/core/settings.ts";
import { requireName } from "../../../src/models/name.ts";
import { parseChallenge } from "../../../src/models/registry/challenge.ts";
import { RegistryClient } from "../../../src/models/registry/client.ts";
import { RegistryKey } from "../../../src/models/registry/key.ts";
import { BadRegistry, someBytes, wantsToken } from "../../support/bad-registry.ts";
import { storeViolations } from "../../support/check-store.ts";
import { failureOf, Setup } from "./setup.ts";

const big = someBytes(5000);

let registry: BadRegistry;
let setup: Setup;
beforeEach(() => {
  registry = new BadRegistry();
  setup = new Setup();
  registry.publish("ns/m/latest", [big]);
});
afterEach(() => {
  registry[Symbol.dispose]();
  setup[Symbol.dispose]();
});

const name = () => `${registry.host}/ns/m`;
const publicKey = () => readFileSync(`${setup.keyPath}.pub`, "utf8").split(" ")[1]?.trim() ?? "";

describe("a registry that wants a token", () => {
  test("gives one out for our signature, and is asked with it from then on", async () => {
    registry.intercept = wantsToken(publicKey);
    await setup.pull(name());
    expect(await storeViolations(setup.store.dir)).toEqual([]);
    const asked = registry.seen.filter(({ path }) => path.startsWith("/token"));
    expect(asked).toHaveLength(1);
    const query = new URL(asked[0]?.path ?? "", registry.origin).searchParams;
    expect(query.getAll("scope")).toEqual(["repository:a/b:pull,push", "repository:c:pull"]);
    expect(query.get("service")).toBe("reg");
    expect(query.get("x")).toBe("1");
    expect(query.get("ts")).toMatch(/^\d{10}$/);
    expect(query.get("nonce")).toMatch(/^[\w-]{22}$/);
  });

  test("makes us a key, which only we may read, and keeps it", async () => {
    registry.intercept = wantsToken(publicKey);
    await setup.pull(name());
    expect(statSync(setup.keyPath).mode & 0o777).toBe(0o600);
    const before = readFileSync(setup.keyPath);
    setup.client = setup.clientWith({});
    await setup.pull(name());
    expect(readFileSync(setup.keyPath)).toEqual(before);
  });

  test("may change its mind: a new token is fetched", async () => {
    let token = "first";
    registry.intercept = (request, url, itself) => {
      if (request.headers.has("range")) token = "second";
      return wantsToken(publicKey, { token })(request, url, itself);
    };
    await setup.pull(name());
    expect(registry.seen.map(({ authorization }) => authorization)).toContain("Bearer second");
    expect(await storeViolations(setup.store.dir)).toEqual([]);
  });

  test("and has none for us ends the pull", async () => {
    registry.intercept = wantsToken(() => "another key");
    expect((await failureOf(setup.pull(name()))).message).toBe(
      "pull model manifest: unauthorized: access denied: " +
        `${registry.host} gives out no token (status 401); ` +
        `the key that it must know is ssh-ed25519 ${publicKey()}`,
    );
  });

  test("and does not like its own ends the pull", async () => {
    registry.intercept = (request, url, itself) =>
      url.pathname === "/token"
        ? Response.json({ token: "useless" })
        : wantsToken(publicKey)(request, url, itself);
    const error = await failureOf(setup.pull(name()));
    expect(error).toMatchObject({ code: "unauthorized" });
    expect(error.message).toBe("pull model manifest: unauthorized: access denied");
    expect(registry.count("GET", "/manifests/")).toBe(2);
  });

  test.each([
    ["no JSON", "token"],
    ["no token", '{"token":3}'],
    ["more than a header", JSON.stringify({ token: "a\r\nx: y" })],
    ["far too much", JSON.stringify({ token: "x".repeat(100_001) })],
  ])("and answers with %s ends the pull", async (_what, body) => {
    registry.intercept = (_request, url, itself) =>
      url.pathname === "/token" ? new Response(body) : wantsToken(publicKey)(_request, url, itself);
    expect((await failureOf(setup.pull(name()))).message).toStartWith("pull model manifest: ");
    expect(registry.seen.some(({ authorization }) => authorization?.startsWith("Bearer"))).toBe(
      false,
    );
  });

  test("elsewhere is not asked there: it could be another's", async () => {
    using other = new BadRegistry();
    const header = { "www-authenticate": `Bearer realm="${other.origin}/token",service="s"` };
    registry.intercept = () => new Response("{}", { status: 401, headers: header });
    expect((await failureOf(setup.pull(name()))).message).toBe(
      `pull model manifest: realm host "${other.host}" does not match original host "${registry.host}"`,
    );
    expect(other.seen).toEqual([]);
  });

  test("by name and password cannot be had", async () => {
    const headers = { "www-authenticate": 'Basic realm="Registry Realm"' };
    registry.intercept = () => new Response("{}", { status: 401, headers });
    expect((await failureOf(setup.pull(name()))).message).toBe(
      `pull model manifest: ${registry.host} wants a user name and a password, which cannot be given here`,
    );
  });
});

describe("tokens", () => {
  test("are not for the storage that a registry redirects to", async () => {
    using storage = new BadRegistry();
    storage.put(big);
    registry.intercept = wantsToken(publicKey, {
      allowed: (_request, url) =>
        url.pathname.includes("/blobs/") && registry.blobs.get(url.pathname.slice(-71)) === big
          ? new Response(null, {
              status: 307,
              headers: { location: storage.origin + url.pathname },
            })
          : undefined,
    });
    await setup.pull(name());
    expect(storage.seen.length).toBeGreaterThan(1);
    expect(storage.seen.map(({ authorization }) => authorization)).toEqual(
      storage.seen.map(() => null),
    );
    expect(await storeViolations(setup.store.dir)).toEqual([]);
  });

  test("are gone through again when the storage's address has expired", async () => {
    using storage = new BadRegistry();
    storage.put(big);
    let nExpired = 0;
    storage.intercept = () =>
      nExpired++ === 0 ? new Response("expired", { status: 403 }) : undefined;
    registry.intercept = (_request, url) =>
      registry.blobs.get(url.pathname.slice(-71)) === big
        ? new Response(null, { status: 302, headers: { location: storage.origin + url.pathname } })
        : undefined;
    await setup.pull(name());
    expect(await storeViolations(setup.store.dir)).toEqual([]);
  });

  test("are in no error", async () => {
    registry.intercept = wantsToken(publicKey, {
      allowed: () => new Response("", { status: 400 }),
    });
    expect((await failureOf(setup.pull(name()))).message).toBe("pull model manifest: 400");
  });
});

describe("Hugging Face", () => {
  const repository = (name: string, hfToken: string | null = "hf_x") =>
    new RegistryClient({
      isOffline: false,
      reach: "private",
      hfToken,
      nStreamsMax: 1,
      keyPaths: ["/x"],
    }).repository(requireName(name), false);

  test("is asked under the name that its tokens are for", () => {
    const { href } = repository("hf.co/user/repo:Q4_K_M").url("manifests/Q4_K_M");
    expect(href).toBe("https://huggingface.co/v2/user/repo/manifests/Q4_K_M");
    expect(repository("HF.co/user/repo").isOwn(new URL("https://huggingface.co/x"))).toBe(true);
  });

  test("wants a signature in words of its own", () => {
    const realm = "https://huggingface.co/api/models/user/repo/ssh-auth";
    const challenge = parseChallenge(`Basic realm="${realm}"`, new URL("https://huggingface.co"));
    expect(challenge).toEqual({ realm: new URL(realm), service: "", scope: "" });
  });
});

describe("a challenge", () => {
  test.each([
    [null, "unauthorized: access denied"],
    ["Bearer", "unauthorized: access denied"],
    ['Bearer realm="/token"', "unauthorized: access denied"],
    ['Bearer realm="http://reg.example/token"', "reg.example gives out its tokens by http:"],
    ['Bearer realm="https://reg.example:444/t"', 'realm host "reg.example:444" does not match'],
  ])("%p is refused", (header, message) => {
    expect(() => parseChallenge(header, new URL("https://reg.example/v2/"))).toThrow(message);
  });
});

describe("the key", () => {
  test("is looked for where we keep ours, and then where Ollama does", () => {
    const catalog = emptyDraft(true).catalog;
    const settings = RegistryClient.settingsFrom({ HOME: "/home/me" }, catalog);
    expect(settings).toEqual({
      isOffline: false,
      reach: "public",
      hfToken: null,
      nStreamsMax: 4,
      keyPaths: ["/home/me/.hutch/id_ed25519", "/home/me/.ollama/id_ed25519"],
    });
  });

  const keygen = Bun.which("ssh-keygen");

  test.skipIf(keygen === null)("is one that OpenSSH reads", async () => {
    await RegistryKey.at([setup.keyPath]);
    const { stdout, exitCode } = Bun.spawnSync([keygen ?? "", "-y", "-f", setup.keyPath]);
    expect(exitCode).toBe(0);
    expect(stdout.toString().split(" ")[1]?.trim()).toBe(publicKey());
  });

  test.skipIf(keygen === null)("of OpenSSH's is read, comment and all", async () => {
    const path = join(setup.dir, "theirs");
    Bun.spawnSync([keygen ?? "", "-q", "-t", "ed25519", "-N", "", "-C", "me", "-f", path]);
    const key = await RegistryKey.at([path]);
    expect(key.publicKey).toBe(readFileSync(`${path}.pub`, "utf8").split(" ")[1] ?? "");
  });

  test("of Ollama is used where there is none of ours", async () => {
    const theirs = join(setup.dir, "ollama", "id_ed25519");
    const made = await RegistryKey.at([theirs]);
    expect((await RegistryKey.at([setup.keyPath, theirs])).publicKey).toBe(made.publicKey);
    const ours = await RegistryKey.at([setup.keyPath]);
    expect((await RegistryKey.at([setup.keyPath, theirs])).publicKey).toBe(ours.publicKey);
  });

  test("is made once, even by two at the same time", async () => {
    const keys = await Promise.all([1, 2].map(() => RegistryKey.at([setup.keyPath])));
    expect(keys[0]?.publicKey).toBe(keys[1]?.publicKey ?? "");
    expect(publicKey()).toBe(keys[0]?.publicKey ?? "");
  });

  test("that cannot be used or made is an error that names it", async () => {
    mkdirSync(dirname(setup.keyPath));
    for (const [text, why] of [
      ["-----BEGIN RSA PRIVATE KEY-----\nAA==\n-----END RSA PRIVATE KEY-----", "no OpenSSH key"],
      [encrypted, "it has a passphrase"],
      [cutShort, "it is no ssh-ed25519 key"],
    ] as const) {
      writeFileSync(setup.keyPath, text);
      const { message } = await failureOf(RegistryKey.at([setup.keyPath]));
      expect(message).toStartWith(`the key ${setup.keyPath} cannot be used: `);
      expect(message).toContain(why);
    }
    rmSync(dirname(setup.keyPath), { recursive: true });
    writeFileSync(dirname(setup.keyPath), "a file");
    expect((await failureOf(RegistryKey.at([setup.keyPath]))).message).toStartWith(
      "no key can be made: ",
    );
  });
});

const pem = (content: string) =>
  `-----BEGIN OPENSSH PRIVATE KEY-----\n${Buffer.from(content, "latin1").toString("base64")}\n` +
  "-----END OPENSSH PRIVATE KEY-----\n";
const encrypted = pem("openssh-key-v1\0\0\0\0\x0aaes256-ctr\0\0\0\x06bcrypt");
const cutShort = pem("openssh-key-v1\0\0\0\0\x04none\0\0\0\x04none\0\0\0\0\0\0\0\x01");
