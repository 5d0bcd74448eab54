import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { blobsOf, manifestBytes, parseManifest } from "../../src/models/manifest.ts";
import { requireName, shortName } from "../../src/models/name.ts";
import { Store } from "../../src/models/store.ts";
import { storeViolations } from "../support/check-store.ts";
import { temporaryDir } from "../support/server.ts";
import { layOut, library, putBlob, putManifest, sha256 } from "../support/stored-models.ts";

let dir: ReturnType<typeof temporaryDir>;
let store: Store;
beforeEach(() => {
  dir = temporaryDir();
  store = new Store(dir.path);
});
afterEach(() => dir[Symbol.dispose]());

const demo = { model: Buffer.from("weights"), system: "Be kind." };
const name = (text: string) => requireName(text);
const names = () => store.names().map(shortName).sort();
const nBlobs = () => readdirSync(join(dir.path, "blobs")).length;

describe("reading", () => {
  test("a store that is not there has no models", () => {
    const none = new Store(join(dir.path, "nothing"));
    expect([none.names(), none.list(), none.find(name("x")), none.blobs.files()]).toEqual([
      [],
      [],
      null,
      [],
    ]);
  });

  test("finds models in any case, and says what their manifest is", () => {
    const digest = layOut(dir.path, library("Demo", "1B"), demo);
    expect(store.find(name("demo:1b"))).toMatchObject({
      name: { model: "Demo", tag: "1B" },
      digest,
      manifest: { schemaVersion: 2 },
    });
    expect(store.find(name("demo:2b"))).toBeNull();
  });

  test("of two spellings, the exact one is found", () => {
    layOut(dir.path, library("demo"), demo);
    const digest = layOut(dir.path, library("Demo"), { ...demo, system: "Be brief." });
    expect(store.find(name("Demo"))?.digest).toBe(digest);
    expect(store.find(name("demo"))?.digest).not.toBe(digest);
  });

  test("follows symbolic links to manifests and folders of them", () => {
    layOut(join(dir.path, "elsewhere"), library("far"), demo);
    layOut(dir.path, library("near"), demo);
    const far = join(dir.path, "elsewhere/manifests", library("far"));
    mkdirSync(join(dir.path, "manifests", "registry.ollama.ai/library/linked"));
    symlinkSync(far, join(dir.path, "manifests", library("linked")));
    symlinkSync(join(far, "../.."), join(dir.path, "manifests/registry.ollama.ai/other"));
    symlinkSync("/nowhere", join(dir.path, "manifests/registry.ollama.ai/broken"));
    expect(names()).toEqual(["linked:latest", "near:latest", "other/far:latest"]);
    expect(store.list()).toHaveLength(3);
  });

  test("links that lead nowhere, folders that are none and huge files hide no other model", () => {
    layOut(dir.path, library("demo"), demo);
    const host = join(dir.path, "manifests/registry.ollama.ai");
    symlinkSync("loop", join(host, "loop"));
    symlinkSync("/nowhere", join(host, "library/demo/gone"));
    writeFileSync(join(host, "library/demo/big"), Buffer.alloc(4_000_001));
    const told: string[] = [];
    expect(store.list(({ message }) => told.push(message))).toHaveLength(1);
    expect(told.toSorted()).toEqual([
      expect.stringContaining(`${join(host, "library/demo/gone")} cannot be read: ENOENT`),
      expect.stringContaining(`${join(host, "loop")} cannot be read: ELOOP`),
      "registry.ollama.ai/library/demo:big: it is too large for a manifest",
    ]);
    expect(store.find(name("demo"))).not.toBeNull();
  });

  test("a manifest of Ollama's is read whatever else it says", () => {
    layOut(dir.path, library("demo"), { ...demo, manifest: { runner: "ollama", format: "gguf" } });
    const found = store.find(name("demo"));
    expect(found?.manifest).toMatchObject({ runner: "ollama" });
  });

  test.each([
    ["", "no valid JSON"],
    ["{", "no valid JSON"],
    ["null", "no valid config"],
    ["[]", "no valid config"],
    ['{"config":{},"layers":[]}', "no valid config"],
    [`{"config":{"mediaType":"x","digest":"sha256:../../x","size":1},"layers":[]}`, "config"],
    [`{"config":{"mediaType":"x","digest":"sha256:${"0".repeat(64)}","size":1}}`, "no layers"],
    [
      `{"config":{"mediaType":"x","digest":"sha256:${"0".repeat(64)}","size":1},"layers":[{}]}`,
      "layer 0",
    ],
    [`{"config":{"mediaType":"x","digest":"sha256:${"0".repeat(64)}","size":-1},"layers":[]}`, ""],
  ])("a corrupt manifest does not hide the others: %s", (content, why) => {
    layOut(dir.path, library("demo"), demo);
    putManifest(dir.path, library("bad"), content);
    const complaints: string[] = [];
    const listed = store.list(({ message }) => complaints.push(message));
    expect(listed.map((one) => shortName(one.name))).toEqual(["demo:latest"]);
    expect(complaints).toEqual([expect.stringContaining("registry.ollama.ai/library/bad:latest")]);
    expect(() => store.find(name("bad"))).toThrow(why);
  });

  test("files that are no manifests are passed over", () => {
    layOut(dir.path, library("demo"), demo);
    writeFileSync(join(dir.path, "manifests/.DS_Store"), "");
    writeFileSync(join(dir.path, "manifests/registry.ollama.ai/library/demo/.hidden"), "");
    expect(names()).toEqual(["demo:latest"]);
  });
});

describe("writing", () => {
  test("bytes are those of Ollama, keys in its order, whatever theirs was", () => {
    const digest = layOut(dir.path, library("demo"), demo);
    const path = join(dir.path, "manifests", library("demo"));
    const read = parseManifest(readFileSync(path), "x");
    const shuffled = {
      layers: read.layers.map(({ size, digest, mediaType }) => ({ size, digest, mediaType })),
      config: read.config,
      mediaType: read.mediaType,
      schemaVersion: read.schemaVersion,
    };
    expect(sha256(manifestBytes(shuffled))).toBe(digest);
  });

  test("a copy is the same model, keeps the first spelling, and takes over shared blobs", async () => {
    const digest = layOut(dir.path, library("demo"), demo);
    layOut(dir.path, library("Other"), { ...demo, system: "Be brief." });
    expect(await store.copy(name("DEMO"), name("other"))).toMatchObject({ digest });
    expect(names()).toEqual(["Other:latest", "demo:latest"]);
    expect(await storeViolations(dir.path)).toEqual([]);
    expect(await store.copy(name("nobody"), name("x"))).toBeNull();
    expect(await store.copy(name("demo"), name("demo"))).toMatchObject({ digest });
    expect(await storeViolations(dir.path)).toEqual([]);
  });

  test("what cannot be written or removed is an error that says why", async () => {
    layOut(dir.path, library("demo"), demo);
    writeFileSync(join(dir.path, "manifests/host"), "a file");
    const copying = store.copy(name("demo"), name("host/ns/other"));
    await expect(copying).rejects.toThrow("manifests/host/ns/other/latest cannot be written: E");
    expect(readdirSync(join(dir.path, "manifests")).sort()).toEqual(["host", "registry.ollama.ai"]);
  });

  test("a copy is whole, even if what it is of goes meanwhile", async () => {
    layOut(dir.path, library("demo"), demo);
    const copying = store.copy(name("demo"), name("other"));
    await Promise.all([copying, store.remove(name("demo"))]);
    expect(names()).toEqual(["other:latest"]);
    expect(await storeViolations(dir.path)).toEqual([]);
  });

  test("what a model comes to need while another one goes stays", async () => {
    layOut(dir.path, library("demo"), { ...demo, licenses: ["a", "b", "c"] });
    const { manifest } = store.find(name("demo")) ?? expect.unreachable();
    const removing = store.remove(name("demo"));
    while (existsSync(store.blobs.path(`sha256:${sha256("a")}`))) await Bun.sleep(0);
    const left = manifest.layers.filter(({ digest }) => store.blobs.size(digest) !== null);
    expect(left).toEqual([]);
    await removing;
  });

  // Such as /dev/shm, which is not the disk of temporary folders.
  test.skipIf(!existsSync("/dev/shm"))("blobs may lie on another disk", async () => {
    const far = mkdtempSync("/dev/shm/hutch-store-");
    try {
      symlinkSync(far, join(dir.path, "blobs"));
      layOut(dir.path, library("demo"), demo);
      await store.copy(name("demo"), name("other"));
      expect(names()).toEqual(["demo:latest", "other:latest"]);
      expect(await storeViolations(dir.path)).toEqual([]);
    } finally {
      rmSync(far, { recursive: true });
    }
  });

  test("what another model needs, or somebody has pinned, survives a removal", async () => {
    layOut(dir.path, library("a"), demo);
    layOut(dir.path, library("b"), { ...demo, system: "Be brief." });
    const pinned = sha256("Be brief.");
    {
      using _pin = store.pin(`sha256:${pinned}`);
      expect(await store.remove(name("b"))).toBe(true);
      expect(existsSync(join(dir.path, `blobs/sha256-${pinned}`))).toBe(true);
    }
    expect(await store.remove(name("b"))).toBe(false);
    await store.release([`sha256:${pinned}`]);
    expect(await storeViolations(dir.path)).toEqual([]);
    expect(names()).toEqual(["a:latest"]);
    await store.remove(name("A"));
    expect(nBlobs()).toBe(0);
    expect(await storeViolations(dir.path)).toEqual([]);
  });

  test("a corrupt manifest can be removed and replaced", async () => {
    layOut(dir.path, library("demo"), demo);
    putManifest(dir.path, library("bad"), "{");
    await store.copy(name("demo"), name("bad"));
    expect(await storeViolations(dir.path)).toEqual([]);
    putManifest(dir.path, library("bad"), "{");
    expect(await store.remove(name("bad"))).toBe(true);
    expect(await storeViolations(dir.path)).toEqual([]);
  });

  test("manifests are written as a whole: nothing temporary stays", async () => {
    layOut(dir.path, library("demo"), demo);
    const manifest = store.find(name("demo"))?.manifest;
    if (!manifest) throw new Error("there is no demo");
    await Promise.all(["x", "y", "z"].map((text) => store.write(name(text), manifest)));
    expect(names()).toEqual(["demo:latest", "x:latest", "y:latest", "z:latest"]);
    expect(await storeViolations(dir.path)).toEqual([]);
  });
});

describe("blobs", () => {
  test("are kept by their content, once", async () => {
    const { blobs } = store;
    const kept = await blobs.put("hello");
    expect(kept).toEqual({ digest: `sha256:${sha256("hello")}`, size: 5 });
    expect(await blobs.receive([Buffer.from("hel"), Buffer.from("lo")])).toEqual(kept);
    expect(blobs.files()).toEqual([`sha256-${sha256("hello")}`]);
  });

  test("with another digest than they should have are not kept", async () => {
    const expected = `sha256:${sha256("bye")}`;
    const receiving = store.blobs.receive([Buffer.from("hello")], { expected });
    const actual = `sha256:${sha256("hello")}`;
    await expect(receiving).rejects.toThrow(
      `digest mismatch, expected "${expected}", got "${actual}"`,
    );
    expect(store.blobs.files()).toEqual([]);
  });

  test("that break off or are given up leave nothing", async () => {
    const broken = async function* () {
      yield Buffer.from("hel");
      throw new Error("cut");
    };
    await expect(store.blobs.receive(broken())).rejects.toThrow("cut");
    const signal = AbortSignal.abort();
    await expect(store.blobs.receive([Buffer.from("x")], { signal })).rejects.toThrow();
    expect(store.blobs.files()).toEqual([]);
  });

  test("of Ollama's first layout are renamed", async () => {
    const digest = layOut(dir.path, library("demo"), demo);
    const stored = store.find(name("demo"));
    for (const layer of stored ? blobsOf(stored.manifest) : []) {
      const path = store.blobs.path(layer.digest);
      writeFileSync(join(dir.path, "blobs", layer.digest), readFileSync(path));
      rmSync(path);
    }
    writeFileSync(join(dir.path, "blobs/sha256:nonsense"), "");
    await store.blobs.renameOld();
    rmSync(join(dir.path, "blobs/sha256:nonsense"));
    expect(await storeViolations(dir.path)).toEqual([]);
    expect(store.find(name("demo"))?.digest).toBe(digest);
  });

  test("that cannot be written are an error that says why", async () => {
    writeFileSync(join(dir.path, "blobs"), "a file where the folder should be");
    await expect(store.blobs.put("x")).rejects.toThrow(/blobs/);
  });
});

test("the checker finds what is wrong", async () => {
  layOut(dir.path, library("demo"), demo);
  expect(await storeViolations(dir.path)).toEqual([]);
  putBlob(dir.path, "nobody needs it");
  writeFileSync(join(dir.path, "blobs", `sha256-${sha256("weights")}`), "WEIGHTS");
  rmSync(join(dir.path, "blobs", `sha256-${sha256("Be kind.")}`));
  writeFileSync(join(dir.path, "blobs/tmp-1"), "");
  putManifest(dir.path, library("bad"), "{");
  mkdirSync(join(dir.path, "manifests/empty"));
  writeFileSync(join(dir.path, "stray"), "");
  const found = await storeViolations(dir.path);
  for (const what of [
    /no manifest needs it/,
    /its content is/,
    /is missing/,
    /tmp-1: no blob's name/,
    /bad.*no JSON/,
    /empty\/: not host/,
    /stray/,
  ]) {
    expect(found).toContainEqual(expect.stringMatching(what));
  }
});
