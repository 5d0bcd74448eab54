import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { rmSync, utimesSync } from "node:fs";
import { join } from "node:path";
import type { Tags } from "../../src/http/ollama/model-schema.ts";
import { Store } from "../../src/models/store.ts";
import { storeViolations } from "../support/check-store.ts";
import { appOver, json, says, tiny } from "../support/fake-engine.ts";
import { temporaryDir } from "../support/server.ts";
import { layOut, library, putManifest, tinyText } from "../support/stored-models.ts";

let dir: ReturnType<typeof temporaryDir>;
let app: ReturnType<typeof appOver>;
beforeEach(() => {
  dir = temporaryDir();
  app = appOver(says("hi"), { store: new Store(dir.path) });
});
afterEach(() => dir[Symbol.dispose]());

const send = async (method: string, path: string, body?: unknown, more: RequestInit = {}) =>
  await app.app.handle(
    new Request(`http://localhost${path}`, {
      method,
      ...(body !== undefined && {
        body: typeof body === "string" ? body : JSON.stringify(body),
      }),
      ...more,
    }),
  );
const remove = (body: unknown) => send("DELETE", "/api/delete", body);
const copy = (source: string, destination: string) =>
  app.post("/api/copy", { source, destination });
const listed = async () => (await json<Tags>(app.get("/api/tags"))).models;
const names = async () => (await listed()).map(({ name }) => name);
const answer = async (response: Response | Promise<Response>) => {
  const { status } = await response;
  return [status, await (await response).json()];
};

function dated(path: string, year: number): void {
  const time = new Date(Date.UTC(year, 0));
  utimesSync(join(dir.path, "manifests", path), time, time);
}

describe("GET /api/tags", () => {
  test("shows the latest first, with what clients want to know", async () => {
    const digest = layOut(dir.path, library("demo"), { system: "Be kind." });
    layOut(dir.path, "hf.co/me/old/Q8_0");
    dated(library("demo"), 2028);
    dated("hf.co/me/old/Q8_0", 2027);
    const [demo, old, plain] = await listed();
    expect(demo).toEqual({
      name: "demo:latest",
      model: "demo:latest",
      size: expect.any(Number),
      digest,
      details: {
        parent_model: "",
        format: "gguf",
        family: "llama",
        families: ["llama"],
        parameter_size: "3.05M",
        quantization_level: "Q8_0",
        context_length: 1024,
        embedding_length: 192,
      },
      modified_at: "2028-01-01T00:00:00.000Z",
      capabilities: ["completion", "tools", "insert", "thinking"],
    });
    expect(demo?.size).toBeGreaterThan(tinyText().length);
    expect(old?.name).toBe("hf.co/me/old:Q8_0");
    expect(plain).toMatchObject({ name: "tiny:latest", size: 5_000_000, capabilities: [] });
    expect(plain?.digest).toMatch(/^[0-9a-f]{64}$/);
  });

  test("TestList: names are short", async () => {
    for (const path of [
      library("mistral", "7b-instruct-q4_0"),
      "registry.ollama.ai/me/zephyr/latest",
      "example.com/library/apple/latest",
      "example.com/me/pear/1b",
    ]) {
      layOut(dir.path, path);
    }
    expect(new Set(await names())).toEqual(
      new Set([
        "mistral:7b-instruct-q4_0",
        "me/zephyr:latest",
        "example.com/library/apple:latest",
        "example.com/me/pear:1b",
        "tiny:latest",
      ]),
    );
  });

  test("shows what another program did to the store since", async () => {
    layOut(dir.path, library("a"));
    expect(await names()).toContain("a:latest");
    const digest = layOut(dir.path, library("a"), { system: "Be kind." });
    layOut(dir.path, library("b"));
    const after = await listed();
    expect(after.find(({ name }) => name === "a:latest")?.digest).toBe(digest);
    expect(after.map(({ name }) => name)).toContain("b:latest");
    rmSync(join(dir.path, "manifests"), { recursive: true });
    expect(await names()).toEqual(["tiny:latest"]);
  });

  test("a corrupt manifest does not hide the others", async () => {
    putManifest(dir.path, library("bad"), "{");
    layOut(dir.path, library("demo"));
    expect(await names()).toEqual(["demo:latest", "tiny:latest"]);
  });

  test("answers HEAD without a body", async () => {
    const response = await send("HEAD", "/api/tags");
    expect([response.status, await response.text()]).toEqual([200, ""]);
    expect(response.headers.get("content-type")).toBe("application/json; charset=utf-8");
  });

  test("a server without a store lists its models", async () => {
    app = appOver(says("hi"), { settings: { profile: "router" } });
    expect(await names()).toEqual(["tiny:latest"]);
  });
});

describe("POST /api/copy", () => {
  test("gives a model a second name", async () => {
    layOut(dir.path, library("demo"));
    const response = await copy("demo", "me/Copy:1");
    expect([response.status, await response.text()]).toEqual([200, ""]);
    expect((await names()).sort()).toEqual(["demo:latest", "me/Copy:1", "tiny:latest"]);
    expect(await storeViolations(dir.path)).toEqual([]);
    const chat = await app.post("/api/chat", { model: "me/copy:1", messages: [], stream: false });
    expect(chat.status).toBe(200);
  });

  test.each([
    ["nobody", "x", 404, 'model "nobody" not found'],
    ["../../etc/passwd", "x", 400, 'source "../../etc/passwd" is invalid'],
    ["", "x", 400, 'source "" is invalid'],
    ["demo", "a/b/c/d", 400, 'destination "a/b/c/d" is invalid'],
    ["demo", "../../x", 400, 'destination "../../x" is invalid'],
    ["demo", "x\0", 400, String.raw`destination "x\u0000" is invalid`],
  ])("from %j to %j: %d %s", async (source, destination, status, error) => {
    layOut(dir.path, library("demo"));
    expect(await answer(copy(source, destination))).toEqual([status, { error }]);
    expect(await storeViolations(dir.path)).toEqual([]);
  });

  test("a plain file is not the store's to copy", async () => {
    const [status, body] = await answer(copy("tiny", "x"));
    expect([status, body]).toEqual([400, { error: expect.stringContaining(tiny.path) }]);
  });
});

describe("DELETE /api/delete", () => {
  test("TestDelete: removes a model and what only it needs", async () => {
    layOut(dir.path, library("a"), { system: "Be kind." });
    layOut(dir.path, library("b"), { system: "Be brief." });
    expect((await remove({ model: "a" })).status).toBe(200);
    expect(await names()).toEqual(["b:latest", "tiny:latest"]);
    expect(await storeViolations(dir.path)).toEqual([]);
    expect((await remove({ name: "b:latest" })).status).toBe(200);
    expect(await new Store(dir.path).blobs.files()).toEqual([]);
    expect(await storeViolations(dir.path)).toEqual([]);
  });

  test("TestDeleteDuplicateLayers: a layer may occur twice", async () => {
    layOut(dir.path, library("a"), { licenses: ["MIT", "MIT"], system: "MIT" });
    expect((await remove({ model: "a" })).status).toBe(200);
    expect(await storeViolations(dir.path)).toEqual([]);
  });

  test("unloads the model first", async () => {
    layOut(dir.path, library("demo"));
    await app.post("/api/chat", { model: "demo", messages: [], stream: false });
    const model = app.supervisor.catalog.find("demo");
    expect(app.supervisor.status(model).state).toBe("ready");
    expect((await remove({ model: "DEMO" })).status).toBe(200);
    await app.engine.exited;
    expect(app.supervisor.catalog.lookUp("demo")).toBeUndefined();
  });

  test("a model with a corrupt manifest can go, too", async () => {
    putManifest(dir.path, library("bad"), "{");
    expect((await remove({ model: "bad" })).status).toBe(200);
    expect(await storeViolations(dir.path)).toEqual([]);
  });

  test.each<[unknown, number, string]>([
    [{ model: "nobody" }, 404, "model 'nobody' not found"],
    [{ model: "../../x" }, 400, "invalid model name"],
    [{ model: "x".repeat(200) }, 400, "invalid model name"],
    [{}, 400, "invalid model name"],
    ["", 400, "missing request body"],
  ])("%j: %d %s", async (body, status, error) => {
    layOut(dir.path, library("demo"));
    expect(await answer(remove(body))).toEqual([status, { error }]);
    expect(await names()).toContain("demo:latest");
  });

  test("a plain file is not ours to delete", async () => {
    const [status, body] = await answer(remove({ model: "tiny:latest" }));
    expect([status, body]).toEqual([400, { error: expect.stringContaining(tiny.path) }]);
    expect(await names()).toEqual(["tiny:latest"]);
  });
});

describe("TestManifestCaseSensitivity", () => {
  test("copies and deletions mean one model, whatever their case", async () => {
    layOut(dir.path, library("MixedCase", "Tag"));
    expect((await copy("mixedcase:tag", "OTHER")).status).toBe(200);
    expect((await copy("MIXEDCASE:TAG", "other")).status).toBe(200);
    expect((await names()).sort()).toEqual(["MixedCase:Tag", "OTHER:latest", "tiny:latest"]);
    expect((await app.post("/api/show", { model: "mixedCASE:tag" })).status).toBe(200);
    expect((await remove({ model: "Other" })).status).toBe(200);
    expect((await remove({ model: "mixedcase:TAG" })).status).toBe(200);
    expect(await names()).toEqual(["tiny:latest"]);
  });
});

describe("paths that are not there", () => {
  test.each([
    ["GET", "/api/show", "POST"],
    ["PUT", "/api/tags", "GET, HEAD"],
    ["POST", "/api/delete", "DELETE"],
    ["GET", "/api/chat", "POST"],
    ["DELETE", "/api/blobs/sha256:x", "HEAD, POST"],
  ])("%s %s is not allowed, but %s", async (method, path, allow) => {
    const response = await send(method, path);
    expect(response.status).toBe(405);
    expect(response.headers.get("allow")).toBe(allow);
    expect(await response.json()).toEqual({ error: expect.stringContaining(allow) });
  });

  test("nobody has them: 404", async () => {
    expect(await answer(app.get("/api/nothing"))).toEqual([404, { error: "File Not Found" }]);
  });

  test("llama-server says 404 for both", async () => {
    app = appOver(says("hi"), { settings: { profile: "router" } });
    expect((await app.get("/api/show")).status).toBe(404);
  });
});

test("a server without a store can neither copy, delete nor receive", async () => {
  app = appOver(says("hi"));
  const error = expect.stringContaining("fixed set of models");
  const digest = `sha256:${"0".repeat(64)}`;
  for (const response of [
    copy("a", "b"),
    remove({ model: "a" }),
    send("POST", `/api/blobs/${digest}`, "x"),
  ]) {
    expect(await answer(response)).toEqual([400, { error }]);
  }
});
