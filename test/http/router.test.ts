import { describe, expect, test } from "bun:test";
import { noMetrics } from "../../src/core/calls.ts";
import type { HttpSettings } from "../../src/core/server.ts";
import { createApp } from "../../src/http/app.ts";
import { Catalog, type Model } from "../../src/models/catalog.ts";
import { Supervisor } from "../../src/supervisor/supervisor.ts";
import { FakeLibrary } from "../supervisor/fake-library.ts";
import { FakeEngine, httpSettings, json, says } from "../support/fake-engine.ts";

const never = new AbortController().signal;

const model = (name: string, more: Partial<Model> = {}): Model => ({
  name,
  path: `/${name}.gguf`,
  sizeBytes: 5,
  modifiedAt: 0,
  ...more,
});

const preset = { "hf-repo": "o/b", c: "512" };
const models = [
  model("a", { origin: "models_dir", senses: { vision: true, audio: false } }),
  model("b", { origin: "preset", aliases: ["bee"], tags: ["t"], preset }),
  model("o/c:F16", { origin: "cache" }),
  model("o/d:F16", { origin: "cache", isHidden: true }),
];

/** The real app, supervisor and curator over fake engines and a fake library. */
function setUp(profile: HttpSettings["profile"] = "router", more: Partial<HttpSettings> = {}) {
  const library = new FakeLibrary(models);
  const engines: FakeEngine[] = [];
  const start = async () => {
    const engine = new FakeEngine(says("hi"), undefined, { metrics: () => noMetrics });
    engines.push(engine);
    return engine;
  };
  const supervisor = new Supervisor(new Catalog(models), start, 2, { library });
  const settings = { ...httpSettings, profile, ...more };
  const app = createApp(supervisor, { version: "1.2.3", settings, store: null });
  const send = (method: string, path: string, body?: unknown) =>
    Promise.resolve(
      app.handle(
        new Request(`http://localhost${path}`, {
          method,
          ...(body !== undefined && {
            body: JSON.stringify(body),
            headers: { "content-type": "application/json" },
          }),
        }),
      ),
    );
  const list = async (path = "/models") => {
    const { data } = await json<{ data: Entry[] }>(send("GET", path));
    return data;
  };
  const statusOf = async (id: string) =>
    (await list()).find((entry) => entry.id === id)?.status.value;
  return { library, supervisor, engines, send, list, statusOf };
}

interface Entry {
  id: string;
  status: { value: string; [more: string]: unknown };
  [more: string]: unknown;
}

const errorOf = async (response: Response) => {
  const { error } = await json<{ error: { code: number; message: string; type: string } }>(
    response,
  );
  return [response.status, error.type, error.message];
};

describe("GET /models in router mode", () => {
  test("says what each model is and does, and hides what is hidden", async () => {
    const { list } = setUp();
    expect(await list()).toMatchObject([
      {
        id: "a",
        object: "model",
        owned_by: "llamacpp",
        status: { value: "unloaded", args: ["hutch"] },
        architecture: { input_modalities: ["text", "image"], output_modalities: ["text"] },
        source: "models_dir",
        can_remove: false,
      },
      {
        id: "b",
        aliases: ["bee"],
        tags: ["t"],
        status: {
          args: ["hutch", "--hf-repo", "o/b", "--c", "512"],
          preset: "[b]\nhf-repo = o/b\nc = 512\n\n",
        },
        architecture: { input_modalities: ["text"] },
        source: "preset",
      },
      { id: "o/c:F16", source: "cache", can_remove: true },
    ]);
  });

  test("reads the sources anew when it is told to", async () => {
    const { library, list } = setUp();
    library.models = [model("new")];
    expect((await list("/v1/models")).map(({ id }) => id)).toEqual(["a", "b", "o/c:F16"]);
    expect((await list("/models?reload=1")).map(({ id }) => id)).toEqual(["new"]);
  });

  test("a model that could not be loaded says so", async () => {
    const { supervisor, library, send, list } = setUp();
    library.fetch = () => Promise.reject(new Error("no room"));
    await send("POST", "/models/load", { model: "a" });
    await supervisor.acquire("a", never).catch(() => {});
    expect((await list())[0]?.status).toMatchObject({
      value: "unloaded",
      failed: true,
      exit_code: 1,
    });
  });
});

describe("POST /models/load and /models/unload", () => {
  test.each(["router", "hutch"] as const)("load and unload a model (%s)", async (profile) => {
    const { send, supervisor, engines } = setUp(profile);
    const loaded = await send("POST", "/models/load", { model: "bee" });
    expect([loaded.status, await loaded.json()]).toEqual([200, { success: true }]);
    (await supervisor.acquire("b", never))[Symbol.dispose]();
    expect(engines).toHaveLength(1);
    const again = await send("POST", "/models/load", { model: "b" });
    expect(await errorOf(again)).toEqual([
      400,
      "invalid_request_error",
      "model is already running",
    ]);
    const unloaded = await send("POST", "/models/unload", { model: "b" });
    expect(await unloaded.json()).toEqual({ success: true });
    await engines[0]?.exited;
    const twice = await send("POST", "/models/unload", { model: "b" });
    expect(await errorOf(twice)).toEqual([400, "invalid_request_error", "model is not running"]);
  });

  test.each([
    ["/models/load", { model: "x" }, 404],
    ["/models/unload", { model: "x" }, 404],
    ["/models/load", {}, 400],
    ["/models/load", { model: "" }, 400],
    ["/models/load", { model: 1 }, 400],
    ["/models", { model: "" }, 400],
    ["/models", { model: "none/x" }, 400],
    ["/models", { model: "a" }, 400],
  ])("%s refuses %p with %i", async (path, body, status) => {
    const { send } = setUp();
    expect((await send("POST", path, body)).status).toBe(status);
  });

  test("a server of one model has none of this", async () => {
    const { supervisor, send } = setUp("llama-server");
    await supervisor.acquire("a", never);
    for (const path of ["/models/load", "/models/unload", "/models"]) {
      expect((await send("POST", path, { model: "a" })).status).toBe(404);
    }
  });
});

describe("downloads", () => {
  test("appear in the list, then are there; unload ends one", async () => {
    const { library, send, statusOf } = setUp();
    const started = await send("POST", "/models", { model: "o/e:F16" });
    expect(await started.json()).toEqual({ success: true });
    expect(await statusOf("o/e:F16")).toBe("downloading");
    await send("POST", "/models/unload", { model: "o/e:F16" });
    expect(await statusOf("o/e:F16")).toBeUndefined();
    await send("POST", "/models", { model: "o/e:F16" });
    library.models = [...models, model("o/e:F16", { origin: "cache" })];
    library.fetches.get("o/e:F16")?.resolve();
    await Bun.sleep(0);
    expect(await statusOf("o/e:F16")).toBe("unloaded");
  });

  test("only a model of the cache can be removed", async () => {
    const { library, send, list } = setUp();
    const path = `/models?model=${encodeURIComponent("o/c:F16")}`;
    expect(await (await send("DELETE", path)).json()).toEqual({ success: true });
    expect(library.removed).toEqual(["o/c:F16"]);
    expect((await list()).map(({ id }) => id)).toEqual(["a", "b"]);
    expect((await send("DELETE", "/models?model=a")).status).toBe(400);
    expect((await send("DELETE", "/models?model=x")).status).toBe(404);
    expect((await send("DELETE", "/models")).status).toBe(400);
  });
});

describe("GET /models/sse", () => {
  /** What the stream says until the test has seen `last`. */
  async function follow(response: Response, last: string): Promise<object[]> {
    const events: { event: string }[] = [];
    let text = "";
    const decoder = new TextDecoder();
    for await (const bytes of response.body ?? []) {
      text += decoder.decode(bytes, { stream: true });
      const parts = text.split("\n\n");
      text = parts.pop() ?? "";
      const said = parts.filter((part) => !part.startsWith(":"));
      events.push(...said.map((part) => JSON.parse(part.replace("data: ", ""))));
      if (events.at(-1)?.event === last) break;
    }
    return events;
  }

  test("tells what happens from now on", async () => {
    const { library, supervisor, send } = setUp();
    const response = await send("GET", "/models/sse");
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    (await supervisor.acquire("b", never))[Symbol.dispose]();
    await supervisor.unload("b");
    await send("POST", "/models", { model: "o/e:F16" });
    const url = "http://hub/e";
    library.fetches.get("o/e:F16")?.tell({ url, nBytes: 1, totalBytes: 2 });
    library.fetches.get("o/e:F16")?.resolve();
    await Bun.sleep(0);
    await send("DELETE", `/models?model=${encodeURIComponent("o/c:F16")}`);
    await supervisor.curator.reload();
    expect(await follow(response, "models_reload")).toMatchObject([
      { model: "b", event: "model_status", data: { status: "loading" } },
      { model: "b", event: "status_change", data: { status: "loaded", info: { id: "b" } } },
      { model: "b", event: "status_change", data: { status: "unloaded", exit_code: 0 } },
      { model: "o/e:F16", event: "download_progress", data: { progress: {} } },
      { model: "o/e:F16", event: "download_finished" },
      { model: "o/c:F16", event: "model_remove" },
      { model: "*", event: "models_reload" },
    ]);
  });

  test("a failed download says why", async () => {
    const { library, send } = setUp();
    const response = await send("GET", "/models/sse");
    await send("POST", "/models", { model: "o/e:F16" });
    library.fetches.get("o/e:F16")?.reject(new Error("disk full"));
    expect((await follow(response, "download_failed")).at(-1)).toEqual({
      model: "o/e:F16",
      event: "download_failed",
      data: { error: "disk full" },
    });
  });

  test("a client that leaves is forgotten", async () => {
    const { supervisor, send } = setUp();
    let nListeners = 0;
    const subscribe = supervisor.subscribe.bind(supervisor);
    supervisor.subscribe = (listener) => {
      nListeners++;
      const end = subscribe(listener);
      return () => {
        nListeners--;
        end();
      };
    };
    const response = await send("GET", "/models/sse");
    expect(nListeners).toBe(1);
    await response.body?.cancel();
    await Bun.sleep(0);
    expect(nListeners).toBe(0);
  });
});

test("GET /props without a model is about the router", async () => {
  const { send } = setUp("router", { autoload: false });
  const props = await json<{ build_info: string }>(send("GET", "/props"));
  expect(props).toMatchObject({ role: "router", max_instances: 2, models_autoload: false });
  expect(props.build_info).toStartWith("b");
});
