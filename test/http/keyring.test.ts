import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Registry from "prom-client/lib/registry.js";
import { apiKey, type KeyLimits } from "../../src/core/api-keys.ts";
import { Keyring } from "../../src/http/gate/keyring.ts";
import { keyGate } from "../../src/http/gate/keys.ts";
import { KeyCounters } from "../../src/http/key-counters.ts";

const dir = mkdtempSync(join(tmpdir(), "hutch-keyring-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
let nFiles = 0;

/** A keyring over a file with this text, and a clock that stands still. */
function keyringOver(text: string) {
  const path = join(dir, `keys-${++nFiles}`);
  writeFileSync(path, text);
  const warnings: string[] = [];
  const clock = { ms: 1000 };
  const counters = new KeyCounters(new Registry());
  const options = { counters, warn: (text: string) => warnings.push(text), now: () => clock.ms };
  const keyring = new Keyring({ apiKeys: [], apiKeyFiles: [path] }, options);
  return { path, keyring, warnings, clock };
}

describe("a file of keys that changes", () => {
  test("counts with the next request: written in place, or a new one in its place", () => {
    const { keyring, path } = keyringOver("one name=a\n");
    expect(keyring.find("one")?.key.name).toBe("a");
    writeFileSync(path, "two name=b\n");
    expect([keyring.find("one"), keyring.find("two")?.key.name]).toEqual([undefined, "b"]);
    writeFileSync(`${path}.new`, "ten name=c\n");
    renameSync(`${path}.new`, path);
    expect([keyring.find("two"), keyring.find("ten")?.key.name]).toEqual([undefined, "c"]);
  });

  test("changes nothing while it has a mistake or is away, and says so once", () => {
    const { keyring, path, warnings } = keyringOver("one name=a\n");
    writeFileSync(path, "one name=a\ntwo nmae=b\n");
    for (const key of ["one", "one"]) expect(keyring.find(key)?.key.name).toBe("a");
    expect(keyring.find("two")).toBeUndefined();
    rmSync(path);
    for (const key of ["one", "one"]) expect(keyring.find(key)?.key.name).toBe("a");
    symlinkSync(path, path); // leads nowhere, and not even that can be found out
    expect(keyring.find("one")?.key.name).toBe("a");
    rmSync(path);
    expect(warnings).toEqual([
      expect.stringContaining(`${path}, line 2: after a key come name=`),
      `${path} cannot be read; the keys that it had before stay valid`,
    ]);
    writeFileSync(path, "two name=b\n");
    expect([keyring.find("one"), keyring.find("two")?.key.name]).toEqual([undefined, "b"]);
  });

  test("lets nobody in when it has no keys any more", () => {
    const { keyring, path } = keyringOver("one\n");
    writeFileSync(path, "# gone\n");
    expect([keyring.find("one"), keyring.find(""), keyring.isOpen]).toEqual([
      undefined,
      undefined,
      false,
    ]);
  });

  test("gives nobody back what was used of a limit, unless the limit is another", () => {
    const { keyring, path } = keyringOver("one requests=1\n");
    keyring.find("one")?.enter();
    writeFileSync(path, "one requests=1\ntwo\n");
    expect(() => keyring.find("one")?.enter()).toThrow("may use 1 requests a minute");
    writeFileSync(path, "one requests=2\n");
    keyring.find("one")?.enter();
  });
});

describe("limits", () => {
  test("of requests come back evenly, and never more than a minute's worth", () => {
    const { keyring, clock } = keyringOver("one name=a requests=2\n");
    const enter = () => keyring.find("one")?.enter();
    clock.ms += 3_600_000;
    enter();
    enter();
    expect(enter).toThrow("try again in 30 s");
    clock.ms += 20_000;
    expect(enter).toThrow("try again in 10 s");
    clock.ms += 10_000;
    enter(); // refusals cost nothing
    expect(enter).toThrow("try again in 30 s");
  });

  test("of tokens: the answer that breaks one ends, the next has to wait for all of it", () => {
    const { keyring, clock } = keyringOver("one name=a tokens=600\n");
    const caller = keyring.find("one");
    caller?.checkTokens();
    caller?.spend(1000, 199);
    expect(() => caller?.checkTokens()).toThrow("may use 600 tokens a minute; try again in 60 s");
    clock.ms += 60_000;
    caller?.checkTokens();
  });

  test("are each key's own", () => {
    const { keyring } = keyringOver("one requests=1\ntwo requests=1\n");
    keyring.find("one")?.enter();
    keyring.find("two")?.enter();
    expect(() => keyring.find("two")?.enter()).toThrow();
  });
});

describe("models of a key", () => {
  const { keyring } = keyringOver("one models=tiny,Qwen3:*,org/*-it:q4\n");
  const model = { path: "", sizeBytes: 1, modifiedAt: 0 };

  test.each([
    ["tiny", true],
    ["tiny:latest", true],
    ["TINY", true],
    ["tiny2", false],
    ["atiny", false],
    ["tiny:8b", false],
    ["qwen3:8b", true],
    ["qwen35:8b", false],
    ["org/a-it:q4", true],
    ["org/a:q4", false],
    ["organ-it:q4", false],
  ])("%s: %p", (name, may) => {
    const caller = keyring.find("one");
    expect(caller?.mayUse({ ...model, name })).toBe(may);
    expect(caller?.mayUse({ ...model, name: "other", aliases: [name] })).toBe(may);
  });
});

describe("management of a server", () => {
  const limits: KeyLimits = { models: ["*"] };
  const keys = [{ ...apiKey("some", "some"), limits }, apiKey("all", "all")];
  const counters = new KeyCounters(new Registry());
  const keyring = new Keyring({ apiKeys: keys, apiKeyFiles: [] }, { counters, warn: () => {} });
  const gate = keyGate(keyring, { profile: "hutch" });
  const statusOf = async (call: string, key: string) => {
    const [method = "", path] = call.split(" ");
    const headers = { "x-api-key": key };
    const request = new Request(`http://localhost${path}`, { method, headers });
    return (await gate(request, () => new Response())).status;
  };

  test.each([
    "POST /api/pull",
    "POST /api/create",
    "POST /api/push",
    "POST /api/copy",
    "DELETE /api/delete",
    "DELETE /api/delete/",
    "POST /api/blobs/sha256:ab",
    "POST /models",
    "DELETE /models",
    "POST /models/load",
    "POST /models/unload",
    "GET /models/sse",
    "POST /inferences/server/loadmodel",
    "GET /inferences/llamacpp/unloadmodel",
    "POST /props",
    "POST /slots/0",
    "POST /lora-adapters",
    "GET /metrics",
  ])("%s is not for a key that is for some models", async (call) => {
    expect([await statusOf(call, "some"), await statusOf(call, "all")]).toEqual([403, 200]);
  });

  test.each(["GET /models", "GET /props", "GET /slots", "POST /api/show", "POST /completion"])(
    "%s is",
    async (call) => expect(await statusOf(call, "some")).toBe(200),
  );
});
