import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { requireName } from "../../../src/models/name.ts";
import { BadRegistry, sha256, someBytes } from "../../support/bad-registry.ts";
import { storeViolations } from "../../support/check-store.ts";
import { failureOf, Setup, short, statuses } from "./setup.ts";

const big = someBytes(20_500);
const small = "a small layer";

let registry: BadRegistry;
let setup: Setup;
beforeEach(() => {
  registry = new BadRegistry();
  setup = new Setup();
});
afterEach(() => {
  registry[Symbol.dispose]();
  setup[Symbol.dispose]();
});

const nameOf = (model: string) => `${registry.host}/${model}`;

describe("pull", () => {
  test("fetches blobs and manifest, and says so in Ollama's words", async () => {
    const { layers, config, text, digest } = registry.publish("ns/m/latest", [big, small]);
    const steps = await setup.pull(nameOf("ns/m"));
    expect(statuses(steps)).toEqual([
      "pulling manifest",
      ...[...layers, config].map(({ digest }) => `pulling ${short(digest)}`),
      "verifying sha256 digest",
      "writing manifest",
      "success",
    ]);
    expect(await storeViolations(setup.store.dir)).toEqual([]);
    const path = join(setup.store.dir, "manifests", registry.host, "ns/m/latest");
    expect(readFileSync(path, "utf8")).toBe(text);
    expect(setup.store.find(requireName(nameOf("ns/m")))?.digest).toBe(digest.slice(7));
    expect(setup.partials).toEqual([]);
  });

  test("big blobs come in parts, small ones by a plain request", async () => {
    const { layers } = registry.publish("ns/m/latest", [big, small]);
    await setup.pull(nameOf("ns/m"));
    const ranges = (i: number) =>
      registry.seen.filter(({ path }) => path.includes(layers[i]?.digest ?? "?"));
    expect(ranges(0).map(({ range }) => range)).toHaveLength(17);
    expect(ranges(0).map(({ range }) => range)).toContain("bytes=20496-20499");
    expect(ranges(1).map(({ range }) => range)).toEqual([null]);
    expect(registry.nBytesSent).toBe(
      [...registry.blobs.values()].reduce((n, b) => n + b.length, 0),
    );
  });

  test("progress has digest and size, leaves 0 out, and never goes back", async () => {
    const { layers } = registry.publish("ns/m/latest", [big]);
    const steps = await setup.pull(nameOf("ns/m"));
    const digest = layers[0]?.digest ?? "";
    const ofLayer = steps.filter((step) => step.digest === digest);
    expect(ofLayer[0]).toEqual({ status: `pulling ${short(digest)}`, digest, total: 20_500 });
    expect(ofLayer.at(-1)?.completed).toBe(20_500);
    const done = ofLayer.map(({ completed = 0 }) => completed);
    expect(done).toEqual(done.toSorted((a, b) => a - b));
  });

  test("no more than the allowed streams run at the same time", async () => {
    setup.client = setup.clientWith({}, { nStreamsMax: 2 });
    registry.publish("ns/m/latest", [big]);
    let [nNow, nMost] = [0, 0];
    registry.intercept = async ({ headers }) => {
      if (!headers.has("range")) return undefined;
      nMost = Math.max(nMost, ++nNow);
      await Bun.sleep(2);
      nNow--;
      return undefined;
    };
    await setup.pull(nameOf("ns/m"));
    expect(nMost).toBe(2);
  });

  test("what is there with the right size is not fetched again", async () => {
    const { layers } = registry.publish("ns/m/latest", [big, small]);
    await setup.store.blobs.put(big);
    writeFileSync(setup.store.blobs.path(sha256(small)), "cut");
    const steps = await setup.pull(nameOf("ns/m"));
    const [kept = "", cut = ""] = layers.map(({ digest }) => digest);
    expect(registry.count("GET", kept)).toBe(0);
    expect(registry.count("GET", cut)).toBe(1);
    expect(steps.filter(({ digest }) => digest === kept)).toEqual([
      { status: `pulling ${short(kept)}`, digest: kept, total: 20_500, completed: 20_500 },
    ]);
    expect(await storeViolations(setup.store.dir)).toEqual([]);
  });

  test("a model that is there already is left alone, manifest and all", async () => {
    registry.publish("ns/m/latest", [big]);
    await setup.pull(nameOf("ns/m"));
    const before = setup.store.find(requireName(nameOf("ns/m")));
    const nSent = registry.nBytesSent;
    const steps = await setup.pull(nameOf("ns/m"));
    expect(steps.at(-1)).toEqual({ status: "success" });
    expect(registry.nBytesSent).toBe(nSent);
    expect(setup.store.find(requireName(nameOf("ns/m")))).toEqual(before);
  });

  test("a newer version takes the old one's place; what only that needed goes", async () => {
    registry.publish("ns/m/latest", [big, small]);
    registry.publish("ns/other/latest", [small]);
    await setup.pull(nameOf("ns/m"));
    await setup.pull(nameOf("ns/other"));
    registry.publish("ns/m/latest", ["new"]);
    const steps = await setup.pull(nameOf("ns/m"));
    expect(statuses(steps).slice(-3)).toEqual([
      "writing manifest",
      "removing unused layers",
      "success",
    ]);
    expect(existsSync(setup.store.blobs.path(sha256(big)))).toBe(false);
    expect(existsSync(setup.store.blobs.path(sha256(small)))).toBe(true);
    expect(await storeViolations(setup.store.dir)).toEqual([]);
  });

  test("one blob in two layers is fetched once; an empty one is no trouble", async () => {
    registry.publish("ns/m/latest", [small, small, ""]);
    await setup.pull(nameOf("ns/m"));
    expect(registry.count("GET", sha256(small))).toBe(1);
    expect(await storeViolations(setup.store.dir)).toEqual([]);
  });

  test("layers are held while a model that shares them is deleted", async () => {
    registry.publish("ns/m/latest", [small, big]);
    registry.publish("ns/other/latest", [small]);
    await setup.pull(nameOf("ns/other"));
    for await (const { digest } of setup.pulls(nameOf("ns/m"))) {
      if (digest === sha256(big)) await setup.store.remove(requireName(nameOf("ns/other")));
    }
    expect(await storeViolations(setup.store.dir)).toEqual([]);
    expect(registry.count("GET", sha256(small))).toBe(1);
  });

  test("a registry without Range is asked for all in one piece, at once", async () => {
    setup.client = setup.clientWith({ retryMs: 60_000 });
    registry.publish("ns/m/latest", [big]);
    registry.intercept = (_request, url, { blobs, send }) => {
      const bytes = blobs.get(url.pathname.split("/").at(-1) ?? "");
      return bytes && send.call(registry, bytes, null);
    };
    await setup.pull(nameOf("ns/m"));
    expect(await storeViolations(setup.store.dir)).toEqual([]);
    expect(setup.partials).toEqual([]);
  });

  test("who we are is told in a way that Ollama's registry and Hugging Face know", async () => {
    registry.publish("ns/m/latest", [small]);
    await setup.pull(nameOf("ns/m"));
    expect(registry.seen[0]?.userAgent).toMatch(/^ollama\/\d+\.\d+\.\d+ \(\S+ \S+\) hutch\//);
  });
});

describe("pulls at the same time", () => {
  test("share one download and its progress", async () => {
    const { layers } = registry.publish("ns/m/latest", [big]);
    registry.publish("ns/other/latest", [big, small]);
    const digest = layers[0]?.digest ?? "";
    registry.intercept = async (_request, url) => {
      if (url.pathname.includes(digest)) await Bun.sleep(3);
      return undefined;
    };
    const [a, b, c] = await Promise.all([
      setup.pull(nameOf("ns/m")),
      setup.pull(nameOf("ns/m")),
      setup.pull(nameOf("ns/other")),
    ]);
    expect(registry.count("GET", digest)).toBe(17);
    for (const steps of [a, b, c]) {
      expect(steps.some((step) => step.digest === digest && (step.completed ?? 0) > 0)).toBe(true);
      expect(steps.at(-1)?.status).toBe("success");
    }
    expect(await storeViolations(setup.store.dir)).toEqual([]);
  });

  test("go on when one client leaves, and end with the last", async () => {
    const { layers } = registry.publish("ns/m/latest", [big]);
    const digest = layers[0]?.digest ?? "";
    const gate = Promise.withResolvers<void>();
    let nHeld = 0;
    registry.intercept = async (request) => {
      const from = Number(/^bytes=(\d+)/.exec(request.headers.get("range") ?? "")?.[1] ?? 0);
      if (from < 15_000) return undefined;
      nHeld++;
      await gate.promise;
      return undefined;
    };
    const clients = [new AbortController(), new AbortController()];
    const [first, second] = clients.map(({ signal }) =>
      failureOf(setup.pull(nameOf("ns/m"), { signal })),
    );
    const staying = setup.pull(nameOf("ns/m"));
    while (nHeld < 4) await Bun.sleep(1);
    for (const client of clients) client.abort(new Error("left"));
    expect((await first)?.message).toBe("left");
    expect((await second)?.message).toBe("left");
    gate.resolve();
    expect((await staying).at(-1)?.status).toBe("success");
    expect(registry.count("GET", digest)).toBe(17);
  });
});
