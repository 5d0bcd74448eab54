import { describe, expect, test } from "bun:test";
import { AppError } from "../../src/core/errors.ts";
import { Catalog, type Model } from "../../src/models/catalog.ts";
import { type ModelEvent, Supervisor } from "../../src/supervisor/supervisor.ts";
import { FakeLibrary } from "./fake-library.ts";
import { model, never, settle, setUp, TestEngine } from "./set-up.ts";

describe("models that must be fetched", () => {
  test("are downloaded before they load, and known better afterwards", async () => {
    const library = new FakeLibrary([model("a", { path: "" })]);
    const { supervisor, log, ready, stateOf } = setUp(1, { library }, library.models);
    const lease = supervisor.acquire("a", never);
    await settle();
    library.fetches.get("a")?.tell({ url: "http://a", nBytes: 1, totalBytes: 5 });
    expect(supervisor.status(supervisor.catalog.default)).toEqual({
      state: "downloading",
      files: [{ url: "http://a", nBytes: 1, totalBytes: 5 }],
    });
    expect(log).toEqual([]);
    library.fetches.get("a")?.resolve();
    await settle();
    expect(stateOf("a")).toBe("loading");
    await ready("a");
    expect((await lease).model).toMatchObject({ path: "/cache/a", sizeBytes: 5 });
    expect(supervisor.catalog.default.path).toBe("/cache/a");
  });

  test("a fetched draft model is an option of the engine", async () => {
    const library = new FakeLibrary([model("a", { draftPath: "/d.gguf", load: { nCtx: 9 } })]);
    const started: Model[] = [];
    const start = async (m: Model) => {
      started.push(m);
      return new TestEngine("a", []);
    };
    const supervisor = new Supervisor(new Catalog(library.models), start, 1, { library });
    await supervisor.acquire("a", never);
    expect(started[0]?.load).toEqual({ nCtx: 9, speculation: { draft_model: "/d.gguf" } });
  });

  test("a download that fails is a load that failed", async () => {
    const library = new FakeLibrary([model("a", { path: "" })]);
    const { supervisor, stateOf } = setUp(1, { library }, library.models);
    const waiting = supervisor.acquire("a", never).catch((error) => error.message);
    await settle();
    library.fetches.get("a")?.reject(new AppError("model_load_failed", "no such repository"));
    expect(await waiting).toBe("no such repository");
    expect(stateOf("a")).toBe("failed");
  });
});

describe("Curator", () => {
  const changed = model("b", { load: { nCtx: 1 } });

  function setUpLibrary(models = [model("a"), model("b"), model("c")]) {
    const library = new FakeLibrary(models);
    const parts = setUp(0, { library }, models);
    const events: ModelEvent[] = [];
    parts.supervisor.subscribe((event) => void (event.type !== "status" && events.push(event)));
    const names = () => parts.supervisor.catalog.models.map(({ name }) => name);
    return { ...parts, library, events, names, curator: parts.supervisor.curator };
  }

  test("reload unloads what is gone or to be loaded otherwise, and nothing else", async () => {
    const { library, curator, load, names, stateOf, log, events } = setUpLibrary();
    for (const name of ["a", "b", "c"]) await load(name);
    library.models = [changed, model("c"), model("new")];
    await curator.reload();
    expect(names()).toEqual(["b", "c", "new"]);
    expect([stateOf("b"), stateOf("c")]).toEqual(["unloaded", "ready"]);
    expect(log.slice(3)).toEqual(["stop a", "stop b"]);
    expect(events).toEqual([{ type: "reloaded" }]);
  });

  test("who waits for a model that becomes another one gets that, or hears that it is gone", async () => {
    const { supervisor, library, curator, ready, log } = setUpLibrary();
    const waiting = supervisor.acquire("b", never);
    const inVain = supervisor.acquire("a", never).catch((error) => error.code);
    await settle();
    library.models = [changed, model("c")];
    await curator.reload();
    await ready("b");
    expect((await waiting).model).toMatchObject(changed);
    expect(await inVain).toBe("model_not_found");
    expect(log.filter((line) => line.startsWith("start b"))).toHaveLength(2);
  });

  test("reload loads anew when a projector has come", async () => {
    const { library, curator, load, stateOf } = setUpLibrary();
    await load("a");
    library.models = [model("a", { mmprojPath: "p.gguf" })];
    await curator.reload();
    expect(stateOf("a")).toBe("unloaded");
  });

  test("reload changes nothing when the sources contradict each other", async () => {
    const { library, curator, load, names, stateOf } = setUpLibrary();
    await load("a");
    library.models = [model("b"), model("x", { aliases: ["b"] })];
    await expect(curator.reload()).rejects.toThrow('the name "b"');
    await settle();
    expect([names(), stateOf("a")]).toEqual([["a", "b", "c"], "ready"]);
  });

  test("reload gives a model that could not be loaded another chance", async () => {
    const { curator, supervisor, fail, stateOf } = setUpLibrary();
    supervisor.preload("a");
    await fail("a", new AppError("model_load_failed", "no"));
    await settle();
    expect(stateOf("a")).toBe("failed");
    await curator.reload();
    expect(stateOf("a")).toBe("unloaded");
  });

  test("reload keeps what is known since a model was fetched", async () => {
    const from = { hfRepo: "o/r", mmprojAuto: true, aliases: [], tags: [] };
    const { library, curator, supervisor, stateOf, ready } = setUpLibrary([
      model("a", { path: "", from }),
    ]);
    supervisor.preload("a");
    await settle();
    library.fetches.get("a")?.resolve();
    await ready("a");
    await curator.reload();
    expect([stateOf("a"), supervisor.catalog.default.path]).toEqual(["ready", "/cache/a"]);
  });

  test("downloads beside the engines, and tells about it", async () => {
    const { library, curator, names, stateOf, events } = setUpLibrary();
    await curator.download("o/r:F16", never);
    expect([names().at(-1), stateOf("o/r:F16")]).toEqual(["o/r:F16", "downloading"]);
    await expect(curator.download("o/r:F16", never)).rejects.toThrow("already exists");
    await curator.reload();
    expect(stateOf("o/r:F16")).toBe("downloading");
    library.models = [...library.models, model("o/r:F16", { origin: "cache" })];
    library.fetches.get("o/r:F16")?.resolve();
    await settle();
    expect(stateOf("o/r:F16")).toBe("unloaded");
    expect(events).toEqual([
      { type: "reloaded" },
      { type: "downloaded", model: "o/r:F16", error: null },
    ]);
  });

  test("a download that fails or is cancelled leaves no model", async () => {
    const { library, curator, names, events } = setUpLibrary();
    await expect(curator.download("none/x", never)).rejects.toThrow("no such repository");
    await curator.download("o/r", never);
    library.fetches.get("o/r")?.reject(new AppError("model_load_failed", "broken"));
    await settle();
    await curator.download("o/s", never);
    expect([await curator.cancel("o/s"), await curator.cancel("o/s")]).toEqual([true, false]);
    expect(names()).toEqual(["a", "b", "c"]);
    expect(events.map((event) => "error" in event && event.error?.code)).toEqual([
      "model_load_failed",
      "cancelled",
    ]);
  });

  test("removes a model of the cache after unloading it, and no other", async () => {
    const { library, curator, load, log, names, events } = setUpLibrary([
      model("a"),
      model("o/r:F16", { origin: "cache" }),
    ]);
    await load("o/r:F16");
    await curator.remove("o/r:F16");
    expect(log.at(-1)).toBe("stop o/r:F16");
    expect([library.removed, names()]).toEqual([["o/r:F16"], ["a"]]);
    expect(events).toEqual([{ type: "removed", model: "o/r:F16" }]);
    await expect(curator.remove("a")).rejects.toThrow("not removable");
    await expect(curator.remove("x")).rejects.toThrow("not found");
  });

  test("an adopted model stays through a reload, whatever the sources have, until released", async () => {
    const { supervisor, library, curator, load, names, stateOf, log, events } = setUpLibrary();
    curator.adopt(model("mine", { path: "/x" }));
    await load("mine");
    library.models = [model("a"), model("mine", { path: "/other" })];
    await curator.reload();
    expect([names(), stateOf("mine")]).toEqual([["a", "mine"], "ready"]);
    expect(supervisor.catalog.find("mine").path).toBe("/x");
    await curator.release("mine");
    expect([names(), log.at(-1)]).toEqual([["a"], "stop mine"]);
    expect(events.at(-1)).toEqual({ type: "removed", model: "mine" });
    await curator.reload();
    expect(supervisor.catalog.find("mine").path).toBe("/other");
  });

  test("adopts no name that is taken, and releases nothing else", async () => {
    const { curator, names } = setUpLibrary([model("a", { aliases: ["b"] })]);
    expect(() => curator.adopt(model("a"))).toThrow('model "a" already exists');
    expect(() => curator.adopt(model("b"))).toThrow("already exists");
    await curator.release("a");
    expect(names()).toEqual(["a"]);
  });

  test("an adopted model can be released before it was loaded", async () => {
    const { curator, supervisor, names } = setUpLibrary([model("a")]);
    curator.adopt(model("b"));
    const waiting = supervisor.acquire("b", never).catch((error) => error.message);
    await settle();
    await curator.release("b");
    expect([await waiting, names()]).toEqual(['model "b" was unloaded', ["a"]]);
  });

  test("without a library the models are fixed", async () => {
    const { supervisor } = setUp();
    await expect(supervisor.curator.reload()).rejects.toThrow("fixed");
    await expect(supervisor.curator.download("o/r", never)).rejects.toThrow("fixed");
  });
});
