import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { ModelSource } from "../../src/core/server.ts";
import type { DownloadProgress } from "../../src/models/download.ts";
import { Downloads } from "../../src/models/downloads.ts";
import { Hub } from "../../src/models/hub.ts";
import { hubCacheDir, urlCacheDir } from "../../src/models/hub-cache.ts";
import { fetchModel, fetchPresetFile } from "../../src/models/model-files.ts";
import { commit, MockHub, sha256Of, someBytes } from "./mock-hub.ts";

const never = new AbortController().signal;
const model = { bytes: someBytes(1000, 1) };
const mmproj = { bytes: someBytes(500, 2) };

let dir: string;
let mock: MockHub;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "hutch-hub-"));
  mock = new MockHub({
    "org/one": { "README.md": { bytes: someBytes(10), isSmall: true }, "m-Q8_0.gguf": model },
    "org/sees": { "m-Q8_0.gguf": model, "mmproj-F16.gguf": mmproj },
    "org/split": {
      "d/m-F16-00001-of-00002.gguf": model,
      "d/m-F16-00002-of-00002.gguf": mmproj,
    },
    "org/presets": { "preset.ini": { bytes: Buffer.from("[a]\nc = 1\n"), isSmall: true } },
  });
});
afterEach(() => {
  mock[Symbol.dispose]();
  rmSync(dir, { recursive: true });
});

const hub = (more: { isOffline?: boolean; endpoint?: string } = {}) =>
  new Hub(
    {
      endpoint: mock.endpoint,
      cacheDir: join(dir, "hub"),
      urlCacheDir: join(dir, "urls"),
      token: null,
      isOffline: false,
      ...more,
    },
    new Downloads({ stallMs: 1000, nAttemptsMax: 1, retryMs: 1 }),
  );

const source = (more: Partial<ModelSource>): ModelSource => ({
  mmprojAuto: true,
  aliases: [],
  tags: [],
  ...more,
});

const load = (more: Partial<ModelSource>, from = hub()) =>
  fetchModel(source(more), from, { onProgress: () => {}, signal: never });

const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => "no failure",
    (error: Error) => error.message,
  );

const at = (repo: string, ...path: string[]) => join(dir, "hub", `models--org--${repo}`, ...path);
const downloads = () => mock.requests.filter((path) => path.includes("/resolve/"));

describe("fetchModel from a repository", () => {
  test("lays files out as the hub's own tools do", async () => {
    const { path, mmprojPath, sizeBytes } = await load({ hfRepo: "org/one" });
    expect(path).toBe(at("one", "snapshots", commit, "m-Q8_0.gguf"));
    expect([mmprojPath, sizeBytes]).toEqual([undefined, 1000]);
    expect(readFileSync(at("one", "refs", "main"), "utf8")).toBe(commit);
    expect(readlinkSync(path)).toBe(join("..", "..", "blobs", sha256Of(model.bytes)));
    expect(sha256Of(readFileSync(path))).toBe(sha256Of(model.bytes));
  });

  test("fetches a file once", async () => {
    await load({ hfRepo: "org/one" });
    await load({ hfRepo: "org/one:q8_0" });
    expect(downloads()).toHaveLength(1);
  });

  test("tells how far each file is", async () => {
    const told = new Map<string, DownloadProgress>();
    const onProgress = (progress: DownloadProgress) => told.set(progress.url, progress);
    await fetchModel(source({ hfRepo: "org/sees" }), hub(), { onProgress, signal: never });
    expect([...told.values()].map(({ nBytes }) => nBytes).sort()).toEqual([1000, 500]);
  });

  test("brings the projector, unless it is not wanted or named", async () => {
    const found = await load({ hfRepo: "org/sees" });
    expect(found.mmprojPath).toBe(at("sees", "snapshots", commit, "mmproj-F16.gguf"));
    const blind = await load({ hfRepo: "org/sees", mmprojAuto: false });
    expect(blind.mmprojPath).toBeUndefined();
    const mmprojPath = join(dir, "own.gguf");
    writeFileSync(mmprojPath, "");
    expect((await load({ hfRepo: "org/sees", mmprojPath })).mmprojPath).toBe(mmprojPath);
  });

  test("brings all parts of a split model, and leads to the first", async () => {
    const { path, sizeBytes } = await load({ hfRepo: "org/split" });
    expect(path).toEndWith("d/m-F16-00001-of-00002.gguf");
    expect(sizeBytes).toBe(1500);
    expect(downloads()).toHaveLength(2);
  });

  test("a part that the hub does not have is named", async () => {
    delete mock.repos["org/split"]?.["d/m-F16-00002-of-00002.gguf"];
    expect(await failure(load({ hfRepo: "org/split" }))).toContain(
      "part 2 of 2 is missing: d/m-F16-00002-of-00002.gguf",
    );
  });

  test("takes the file that is named", async () => {
    const { path } = await load({ hfRepo: "org/sees", hfFile: "mmproj-F16.gguf" });
    expect(path).toEndWith("mmproj-F16.gguf");
  });

  test.each([
    [{ hfRepo: "org/one:Q2_K" }, "org/one has no GGUF file of Q2_K; its GGUF files: m-Q8_0.gguf"],
    [{ hfRepo: "org/one", hfFile: "x.gguf" }, "org/one has no x.gguf"],
    [{ hfRepo: "org/none" }, "has no such repository"],
    [{ hfRepo: "no-slash" }, "is no repository"],
    [{ path: "/nowhere/m.gguf" }, "no such file: /nowhere/m.gguf"],
    [{}, "no file, URL or repository"],
  ])("%p fails, and says why", async (more, words) =>
    expect(await failure(load(more))).toContain(words),
  );

  test("a gated repository names the variable to set", async () => {
    mock.intercept = () => new Response("{}", { status: 401 });
    const text = await failure(load({ hfRepo: "org/one" }));
    expect(text).toContain("org/one");
    expect(text).toContain("HF_TOKEN");
  });

  test("a failed file is named with its repository, and nothing is linked to it", async () => {
    mock.repos["org/one"] = { "m-Q8_0.gguf": { ...model, sha256: "0".repeat(64) } };
    const text = await failure(load({ hfRepo: "org/one" }));
    expect(text).toContain("org/one could not be fetched: m-Q8_0.gguf");
    expect(existsSync(at("one", "snapshots", commit, "m-Q8_0.gguf"))).toBe(false);
    expect(hub().cache.models()).toEqual([]);
  });

  test("a hub that lists paths outside of the snapshot writes nothing there", async () => {
    const files = { "../../../../evil-Q8_0.gguf": model, "/evil-Q8_0.gguf": model };
    mock.repos["org/evil"] = files;
    expect(await failure(load({ hfRepo: "org/evil" }))).toContain("its GGUF files: none");
    expect(downloads()).toEqual([]);
  });

  test("a file that was cut on disk is fetched again", async () => {
    const { path } = await load({ hfRepo: "org/one" });
    writeFileSync(path, "cut");
    await load({ hfRepo: "org/one" });
    expect(sha256Of(readFileSync(path))).toBe(sha256Of(model.bytes));
  });

  test("brings the draft model of the kind of speculation that is asked for", async () => {
    mock.repos["org/fast"] = { "m-Q8_0.gguf": model, "mtp-m-Q8_0.gguf": mmproj };
    const options = { onProgress: () => {}, signal: never };
    const plain = await fetchModel(source({ hfRepo: "org/fast" }), hub(), options);
    expect(plain.draftPath).toBeUndefined();
    const speculating = { ...options, speculationTypes: ["draft-mtp"] };
    const fast = await fetchModel(source({ hfRepo: "org/fast" }), hub(), speculating);
    expect(fast.draftPath).toEndWith("/mtp-m-Q8_0.gguf");
    const drafted = await load({ hfRepo: "org/one", draft: { hfRepo: "org/sees" } });
    expect(drafted.draftPath).toBe(at("sees", "snapshots", commit, "m-Q8_0.gguf"));
  });
});

describe("without the hub", () => {
  test("--offline takes what is there, and asks nobody", async () => {
    await load({ hfRepo: "org/sees" });
    mock.requests.length = 0;
    const { path, mmprojPath } = await load({ hfRepo: "org/sees" }, hub({ isOffline: true }));
    expect(existsSync(path)).toBe(true);
    expect(mmprojPath).toEndWith("mmproj-F16.gguf");
    expect(mock.requests).toEqual([]);
  });

  test("--offline says what is not there", async () => {
    const text = await failure(load({ hfRepo: "org/one" }, hub({ isOffline: true })));
    expect(text).toContain("org/one");
    expect(text).toContain("--offline");
    const url = new URL("/x.gguf", mock.endpoint).href;
    expect(await failure(load({ url }, hub({ isOffline: true })))).toContain("--offline");
  });

  test("a hub that cannot be reached leaves what is there", async () => {
    await load({ hfRepo: "org/one" });
    const lost = hub({ endpoint: "http://127.0.0.1:1/" });
    expect((await load({ hfRepo: "org/one" }, lost)).sizeBytes).toBe(1000);
    expect(await failure(load({ hfRepo: "org/split" }, lost))).toContain("org/split");
  });
});

describe("fetchModel from a URL", () => {
  const url = () => new URL(`/org/one/resolve/${commit}/m-Q8_0.gguf?x=1`, mock.endpoint).href;

  test("keeps the file under its name, and fetches it once", async () => {
    const { path } = await load({ url: url() });
    expect(path).toBe(join(dir, "urls", "m-Q8_0.gguf"));
    await load({ url: url() });
    expect(downloads()).toEqual([
      `/org/one/resolve/${commit}/m-Q8_0.gguf`,
      `HEAD /org/one/resolve/${commit}/m-Q8_0.gguf`,
    ]);
  });

  test("fetches it again when the server has another version, but not without need", async () => {
    const { path } = await load({ url: url() });
    mock.repos["org/one"] = { "m-Q8_0.gguf": mmproj };
    const lost = () => new Response("", { status: 500 });
    mock.intercept = lost;
    await load({ url: url() });
    expect(sha256Of(readFileSync(path))).toBe(sha256Of(model.bytes));
    mock.intercept = () => undefined;
    await load({ url: url() });
    expect(sha256Of(readFileSync(path))).toBe(sha256Of(mmproj.bytes));
  });

  test("puts it where --model says", async () => {
    const path = join(dir, "sub", "own.gguf");
    expect((await load({ url: url(), path })).path).toBe(path);
  });

  test("fetches all parts, and a projector by its own URL", async () => {
    const base = `/org/split/resolve/${commit}/d/m-F16-00001-of-00002.gguf`;
    const files = await load({
      url: new URL(base, mock.endpoint).href,
      mmprojUrl: url(),
    });
    expect(files.sizeBytes).toBe(1500);
    expect(files.mmprojPath).toBe(join(dir, "urls", "m-Q8_0.gguf"));
  });
});

test("a split model on disk is given by its first part; a missing one is named", async () => {
  const part = (i: number) => join(dir, `m-0000${i}-of-00002.gguf`);
  writeFileSync(part(1), "abc");
  expect(await failure(load({ path: part(1) }))).toBe(`no such file: ${part(2)}`);
  writeFileSync(part(2), "de");
  expect(await load({ path: part(1) })).toMatchObject({ path: part(1), sizeBytes: 5 });
});

test("a repository of presets is told from one of models", async () => {
  expect(await fetchPresetFile(hub(), "org/one", never)).toBeNull();
  const path = await fetchPresetFile(hub(), "org/presets", never);
  expect(readFileSync(path ?? "", "utf8")).toBe("[a]\nc = 1\n");
});

describe("the cache", () => {
  test("lists its models by repository and quantization", async () => {
    for (const hfRepo of ["org/sees", "org/one", "org/split"]) await load({ hfRepo });
    expect(hub().cache.models()).toEqual(["org/one:Q8_0", "org/sees:Q8_0", "org/split:F16"]);
  });

  test("removes a model, and its blobs unless another file needs them", async () => {
    mock.repos["org/twins"] = { "a-Q8_0.gguf": model, "b-F16.gguf": model, "c-F32.gguf": mmproj };
    for (const tag of ["Q8_0", "F16", "F32"]) await load({ hfRepo: `org/twins:${tag}` });
    const blob = (bytes: Uint8Array) => existsSync(at("twins", "blobs", sha256Of(bytes)));
    const { cache } = hub();
    expect(cache.remove("org/twins", "q8_0")).toBe(true);
    expect([cache.models(), blob(model.bytes)]).toEqual([["org/twins:F16", "org/twins:F32"], true]);
    expect(cache.remove("org/twins", "F16")).toBe(true);
    expect([blob(model.bytes), blob(mmproj.bytes)]).toEqual([false, true]);
    expect(cache.remove("org/twins", "F16")).toBe(false);
    expect(cache.remove("org/twins", "")).toBe(true);
    expect(existsSync(at("twins"))).toBe(false);
  });

  test("a link out of the cache is removed, and what it leads to stays", async () => {
    const outside = join(dir, "outside.gguf");
    writeFileSync(outside, "mine");
    const { cache } = hub();
    cache.saveRef("org/linked", "main", commit);
    cache.link(outside, cache.snapshotPath("org/linked", commit, "m-Q8_0.gguf") ?? "");
    expect(cache.remove("org/linked", "Q8_0")).toBe(true);
    expect(readFileSync(outside, "utf8")).toBe("mine");
  });

  test("takes the branch main, and skips what is no commit", () => {
    const { cache } = hub();
    for (const [branch, ref] of [
      ["a-branch", "1".repeat(40)],
      ["main", commit],
    ] as const) {
      cache.saveRef("org/refs", branch, ref);
      const path = cache.snapshotPath("org/refs", ref, `${branch}-Q8_0.gguf`) ?? "";
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, "");
    }
    expect(cache.files("org/refs").map(({ path }) => path)).toEqual(["main-Q8_0.gguf"]);
    cache.saveRef("org/refs", "main", "no commit");
    expect(cache.files("org/refs").map(({ path }) => path)).toEqual(["a-branch-Q8_0.gguf"]);
  });

  test.each([
    [{ LLAMA_CACHE: "/a", HF_HOME: "/b" }, "/a", "/a"],
    [{ HF_HUB_CACHE: "/a", HF_HOME: "/b" }, "/a", "/h/.cache/llama.cpp"],
    [{ HF_HOME: "/b" }, "/b/hub", "/h/.cache/llama.cpp"],
    [{ XDG_CACHE_HOME: "/x" }, "/x/huggingface/hub", "/x/llama.cpp"],
    [{}, "/h/.cache/huggingface/hub", "/h/.cache/llama.cpp"],
  ])("with %p lies in %s and %s", (env, hubDir, urlDir) =>
    expect([hubCacheDir(env, "/h"), urlCacheDir(env, "/h")]).toEqual([hubDir, urlDir]),
  );

  test.each([
    [{ MODEL_ENDPOINT: "http://a", HF_ENDPOINT: "http://b" }, "http://a/"],
    [{ HF_ENDPOINT: "http://b/" }, "http://b/"],
    [{}, "https://huggingface.co/"],
  ])("%p means the hub %s", (env, endpoint) =>
    expect(Hub.settingsFrom(env, { offline: false, hfToken: "t" })).toMatchObject({
      endpoint,
      token: "t",
    }),
  );
});
