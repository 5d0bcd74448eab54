import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { createHash, randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { requireName } from "../../../src/models/name.ts";
import { BadRegistry, sha256, someBytes, wantsToken } from "../../support/bad-registry.ts";
import { storeViolations } from "../../support/check-store.ts";
import { failureOf, Setup, short, statuses } from "./setup.ts";

const big = someBytes(3500);
const small = "a small layer";

let source: BadRegistry;
let registry: BadRegistry;
let setup: Setup;
let text: string;
beforeEach(async () => {
  source = new BadRegistry();
  registry = new BadRegistry();
  setup = new Setup();
  text = source.publish("ns/m/latest", [big, small]).text;
  await setup.pull(`${source.host}/ns/m`);
  await copyTo(`${registry.host}/ns/m`);
});
afterEach(() => {
  for (const one of [source, registry, setup]) one[Symbol.dispose]();
});

const copyTo = (name: string) =>
  setup.store.copy(requireName(`${source.host}/ns/m`), requireName(name));
const push = () => setup.push(`${registry.host}/ns/m`);

describe("push", () => {
  test("sends blobs and the manifest as it is, and says so in Ollama's words", async () => {
    const steps = await push();
    const digests = [...source.blobs.keys()];
    expect(statuses(steps)).toEqual([
      "retrieving manifest",
      ...digests.map((digest) => `pushing ${short(digest)}`),
      "pushing manifest",
      "success",
    ]);
    expect(registry.manifests.get("ns/m/latest")).toBe(text);
    expect([...registry.blobs.keys()].sort()).toEqual(digests.toSorted());
    for (const [digest, bytes] of registry.blobs) expect(sha256(bytes)).toBe(digest);
    const ofBig = steps.filter(({ digest }) => digest === sha256(big));
    expect(ofBig.at(-1)).toEqual({
      status: `pushing ${short(sha256(big))}`,
      digest: sha256(big),
      total: 3500,
      completed: 3500,
    });
  });

  test("what was pushed can be pulled, and is the same", async () => {
    await push();
    const before = setup.store.find(requireName(`${source.host}/ns/m`))?.digest;
    rmSync(setup.store.dir, { recursive: true });
    await setup.pull(`${registry.host}/ns/m`);
    expect(setup.store.find(requireName(`${registry.host}/ns/m`))?.digest).toBe(before ?? "");
    expect(await storeViolations(setup.store.dir)).toEqual([]);
  });

  test("big blobs go in parts, each to where the one before pointed", async () => {
    const ranges: (string | null)[] = [];
    registry.intercept = ({ method, headers }) => {
      if (method === "PATCH") ranges.push(headers.get("content-range"));
      return undefined;
    };
    await push();
    expect(ranges.slice(0, 4)).toEqual(["0-999", "1000-1999", "2000-2999", "3000-3499"]);
    const md5 = createHash("md5");
    for (let at = 0; at < big.length; at += 1000) {
      md5.update(
        createHash("md5")
          .update(big.subarray(at, at + 1000))
          .digest(),
      );
    }
    const last = registry.seen.find(
      ({ method, path }) => method === "PUT" && path.includes("etag"),
    );
    const query = new URL(last?.path ?? "", registry.origin).searchParams;
    expect(query.get("etag")).toBe(`${md5.digest("hex")}-4`);
    expect(query.get("digest")).toBe(sha256(big));
  });

  test("what the registry has is not sent again", async () => {
    registry.put(big);
    const steps = await push();
    expect(registry.count("POST", "uploads")).toBe(2);
    expect(steps.at(-1)?.status).toBe("success");
  });

  test("a blob that comes from another model there is taken over", async () => {
    const name = requireName(`${registry.host}/ns/m`);
    const model = setup.store.find(name);
    if (!model) throw new Error("no model");
    const from = `${registry.host}/ns/base:latest`;
    const layers = model.manifest.layers.map((layer) => ({ ...layer, from }));
    await setup.store.write(name, { ...model.manifest, layers });
    registry.intercept = (request, url) => {
      const mounted = url.searchParams.get("mount");
      if (request.method !== "POST" || mounted !== sha256(big)) return undefined;
      registry.put(big);
      return new Response("", { status: 201 });
    };
    await push();
    const posts = registry.seen.filter(({ method }) => method === "POST");
    expect(posts[0]?.path).toEndWith(
      `?mount=${encodeURIComponent(sha256(big))}&from=${encodeURIComponent("ns/base")}`,
    );
    expect(posts[2]?.path).not.toContain("mount");
    expect(registry.blobs.size).toBe(3);
  });

  test("to a storage: the parts go there, without the token", async () => {
    using storage = new BadRegistry();
    registry.storage = storage;
    const publicKey = async () => (await Bun.file(`${setup.keyPath}.pub`).text()).split(" ")[1];
    let key = "";
    registry.intercept = async (request, url, itself) => {
      if (url.pathname === "/token") key = (await publicKey())?.trim() ?? "";
      return wantsToken(() => key)(request, url, itself);
    };
    let nRefused = 0;
    storage.intercept = () => (nRefused++ === 0 ? new Response("", { status: 503 }) : undefined);
    await push();
    expect(storage.seen.every(({ method }) => method === "PUT")).toBe(true);
    expect(storage.seen.every(({ authorization }) => authorization === null)).toBe(true);
    expect(new Set(storage.seen.map(({ path }) => path)).size).toBeGreaterThanOrEqual(4);
    expect(registry.manifests.get("ns/m/latest")).toBe(text);
  });

  test("a part that breaks off: the whole blob is sent again", async () => {
    let n = 0;
    registry.intercept = (request) =>
      request.method === "PATCH" && ++n === 2 ? new Response("", { status: 500 }) : undefined;
    const steps = await push();
    const sent = steps.filter(({ digest }) => digest === sha256(big));
    const done = sent.map(({ completed = 0 }) => completed);
    expect(done).toEqual(done.toSorted((a, b) => a - b));
    expect(registry.blobs.get(sha256(big))).toEqual(Buffer.from(big));
  });
});

describe("a push that cannot be", () => {
  test("of a model that is not there", async () => {
    const steps: string[] = [];
    const error = await failureOf(
      (async () => {
        const { push } = await import("../../../src/models/registry/push.ts");
        const options = { insecure: true, signal: new AbortController().signal };
        const name = requireName(`${registry.host}/ns/none`);
        for await (const { status } of push(setup.client, setup.store, name, options)) {
          steps.push(status);
        }
      })(),
    );
    expect(steps).toEqual(["retrieving manifest", "couldn't retrieve manifest"]);
    expect(error).toMatchObject({ code: "model_not_found" });
    expect(error.message).toBe(`model '${registry.host}/ns/none:latest' not found`);
  });

  test.each([
    ["HEAD", 403, "403"],
    ["POST", 400, "400: no"],
    ["PATCH", 413, "413: no"],
    ["PUT", 400, "400: no"],
  ])("because the registry answers %s with %i", async (method, status, message) => {
    registry.intercept = (request) =>
      request.method === method ? new Response("no", { status }) : undefined;
    expect((await failureOf(push())).message).toBe(message);
    expect(registry.manifests.size).toBe(0);
  });

  test("to a namespace of somebody else", async () => {
    registry.intercept = wantsToken(() => "another key");
    expect(await failureOf(push())).toMatchObject({
      code: "unauthorized",
      message: expect.stringContaining("unauthorized: access denied"),
    });
  });

  test("because the storage takes nothing of it", async () => {
    const limits = { stallMs: 100, nAttemptsMax: 2, partBytesMin: 1e8, partBytesMax: 1e8 };
    setup.client = setup.clientWith(limits);
    const layer = await setup.store.blobs.put(randomBytes(20_000_000)); // sockets take some
    const name = requireName(`${registry.host}/ns/m`);
    const manifest = setup.store.find(name)?.manifest;
    if (!manifest) throw new Error("no model");
    await setup.store.write(name, { ...manifest, layers: [{ mediaType: "x", ...layer }] });
    const storage = createServer((socket) => socket.pause().on("error", () => {}));
    await new Promise<void>((resolve) => storage.listen(0, "127.0.0.1", resolve));
    const { port } = storage.address() as AddressInfo;
    registry.intercept = ({ method }, { pathname }) => {
      const headers = { location: `http://127.0.0.1:${port}/`, "docker-upload-location": pathname };
      return method === "PATCH" ? new Response(null, { status: 307, headers }) : undefined;
    };
    expect((await failureOf(push())).message).toContain("nothing came for 0.1 seconds");
    storage.close();
  });

  test("because a blob is not there", async () => {
    rmSync(setup.store.blobs.path(sha256(small)));
    expect((await failureOf(push())).message).toBe(
      `${sha256(small)} is not there; pull or create it anew`,
    );
    expect(registry.manifests.size).toBe(0);
  });

  test("without `insecure`, by http", async () => {
    const error = failureOf(setup.push(`http://${registry.host}/ns/m`, { insecure: false }));
    expect((await error).message).toBe("insecure protocol http");
  });

  test("because the client leaves", async () => {
    const leaving = new AbortController();
    registry.intercept = ({ method }) => {
      if (method === "PATCH") leaving.abort(new Error("left"));
      return undefined;
    };
    const { signal } = leaving;
    expect((await failureOf(setup.push(`${registry.host}/ns/m`, { signal }))).message).toBe("left");
    expect(registry.manifests.size).toBe(0);
  });
});
