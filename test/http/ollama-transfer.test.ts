import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { Progress } from "../../src/models/progress.ts";
import { Setup } from "../models/registry/setup.ts";
import { BadRegistry, sha256, someBytes, stalled } from "../support/bad-registry.ts";
import { appOver, lines, says } from "../support/fake-engine.ts";

let registry: BadRegistry;
let setup: Setup;
let app: ReturnType<typeof appOver>;
beforeEach(() => {
  registry = new BadRegistry();
  setup = new Setup();
  registry.publish("ns/m/latest", [someBytes(5000)]);
  app = appOver(says("hi"), { store: setup.store, registry: setup.client });
});
afterEach(() => {
  registry[Symbol.dispose]();
  setup[Symbol.dispose]();
});

const name = () => `${registry.host}/ns/m`;
const steps = async (response: Response) => (await lines(response)) as Progress[];

describe("POST /api/pull", () => {
  test.each(["model", "name"])("streams a line for each step; the name is `%s`", async (field) => {
    const response = await app.post("/api/pull", { [field]: name(), insecure: true });
    expect(response.headers.get("content-type")).toBe("application/x-ndjson");
    const all = await steps(response);
    expect(all[0]).toEqual({ status: "pulling manifest" });
    expect(all.at(-1)).toEqual({ status: "success" });
    expect(all.filter(({ digest }) => digest !== undefined).length).toBeGreaterThan(1);
  });

  test("with `stream: false` only the last step is answered", async () => {
    const body = { model: name(), insecure: true, stream: false };
    const response = await app.post("/api/pull", body);
    expect(response.headers.get("content-type")).toStartWith("application/json");
    expect(await response.json()).toEqual({ status: "success" });
  });

  test("the catalog is read anew before `success`", async () => {
    let nReloads = 0;
    const { curator } = app.supervisor;
    const reload = curator.reload.bind(curator);
    curator.reload = () => {
      nReloads++;
      return reload();
    };
    await app.post("/api/pull", { model: name(), insecure: true, stream: false });
    expect(nReloads).toBe(1);
    await app.post("/api/pull", { model: `${registry.host}/ns/none`, insecure: true });
    expect(nReloads).toBe(1);
  });

  test("a model that is not there: the status says it, or a line", async () => {
    const error = "pull model manifest: file does not exist";
    const body = { model: `${registry.host}/ns/none`, insecure: true };
    const whole = await app.post("/api/pull", { ...body, stream: false });
    expect([whole.status, await whole.json()]).toEqual([404, { error }]);
    const streamed = await app.post("/api/pull", body);
    expect(streamed.status).toBe(200);
    expect(await lines(streamed)).toEqual([{ status: "pulling manifest" }, { error }]);
  });

  test.each([
    [{}, "invalid model name"],
    [{ model: "" }, "invalid model name"],
    [{ model: "../../etc/passwd" }, "invalid model name"],
    [{ model: "http://localhost:1/x/y" }, "insecure protocol http"],
  ])("%p is refused", async (body, error) => {
    for (const path of ["/api/pull", "/api/push"]) {
      const response = await app.post(path, body);
      expect([response.status, await response.json()]).toEqual([400, { error }]);
    }
  });

  test("a client that hangs up ends the download; what came is there for the next", async () => {
    setup.client = setup.clientWith({}, { nStreamsMax: 1 });
    app = appOver(says("hi"), { store: setup.store, registry: setup.client });
    const held = Promise.withResolvers<void>();
    registry.intercept = ({ headers }) => {
      if (headers.get("range") !== "bytes=3000-3999") return undefined;
      held.resolve();
      return stalled(new Uint8Array(), {
        status: 206,
        headers: { "content-range": "bytes 3000-3999/5000" },
      });
    };
    const response = await app.post("/api/pull", { model: name(), insecure: true });
    const reader = response.body?.getReader();
    const reading = (async () => {
      while (!(await reader?.read())?.done);
    })();
    await held.promise;
    await reader?.cancel();
    await reading;
    registry.intercept = () => undefined;
    registry.seen.length = 0;
    await app.post("/api/pull", { model: name(), insecure: true, stream: false });
    const ranges = registry.seen.filter(({ path }) => path.includes(sha256(someBytes(5000))));
    expect(ranges.map(({ range }) => range)).toEqual(["bytes=3000-3999", "bytes=4000-4999"]);
  });

  test("a server without a store says so", async () => {
    const response = await appOver(says("hi")).post("/api/pull", { model: "x" });
    expect(response.status).toBe(400);
    expect(await response.text()).toContain("this server has a fixed set of models");
  });
});

describe("POST /api/push", () => {
  test("streams a line for each step, or answers with the last", async () => {
    await setup.pull(name());
    registry.blobs.clear();
    const streamed = await steps(await app.post("/api/push", { name: name(), insecure: true }));
    expect(streamed[0]).toEqual({ status: "retrieving manifest" });
    expect(streamed.at(-1)).toEqual({ status: "success" });
    expect(registry.blobs.size).toBe(2);
    const body = { model: name(), insecure: true, stream: false };
    expect(await (await app.post("/api/push", body)).json()).toEqual({ status: "success" });
  });

  test("a model that is not there: the status says it, or a line", async () => {
    const error = `model '${registry.host}/ns/none:latest' not found`;
    const body = { model: `${registry.host}/ns/none`, insecure: true };
    const whole = await app.post("/api/push", { ...body, stream: false });
    expect([whole.status, await whole.json()]).toEqual([404, { error }]);
    expect(await lines(await app.post("/api/push", body))).toEqual([
      { status: "retrieving manifest" },
      { status: "couldn't retrieve manifest" },
      { error },
    ]);
  });
});
