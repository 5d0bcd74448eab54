import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Ollama } from "ollama";
import { storeViolations } from "../../support/check-store.ts";
import { type RunningServer, startServer, temporaryDir } from "../../support/server.ts";
import { layOut, library, tinyText } from "../../support/stored-models.ts";

const dir = temporaryDir();
const store = join(dir.path, "store");
let server: RunningServer;
let client: Ollama;
beforeAll(async () => {
  layOut(store, library("Demo", "1B"), { params: { temperature: 0 } });
  layOut(store, library("both"), { system: "From the store." });
  const files = join(dir.path, "files");
  mkdirSync(files);
  writeFileSync(join(files, "both.gguf"), tinyText());
  writeFileSync(join(files, "file.gguf"), tinyText());
  server = await startServer({
    args: ["-t", "1", "--store", store, "--models-dir", files],
  });
  client = new Ollama({ host: server.url });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  dir[Symbol.dispose]();
});

const names = async () => (await client.list()).models.map(({ name }) => name).sort();
const send = (method: string, path: string, body: object) =>
  fetch(server.url + path, { method, body: JSON.stringify(body) });

describe("TestManifestCaseSensitivity", () => {
  test("every route finds a model in any case, and keeps its first spelling", async () => {
    const before = await names();
    await client.copy({ source: "DEMO:1b", destination: "Mixed:Case" });
    await client.copy({ source: "demo:1b", destination: "mixed:case" });
    await client.create({ model: "MIXED:CASE", from: "demo:1B", system: "Be kind." });
    expect(await names()).toEqual([...before, "Mixed:Case"].sort());
    const { system } = await client.show({ model: "mixed:CASE" });
    expect(system).toBe("Be kind.");
    const options = { temperature: 0, num_predict: 1 };
    const { response } = await client.generate({ model: "mIxEd:cAsE", prompt: "Hello", options });
    expect(response).not.toBe("");
    expect((await client.ps()).models.map(({ name }) => name)).toContain("Mixed:Case");
    await client.delete({ model: "mixed:case" });
    expect(await names()).toEqual(before);
    expect(await storeViolations(store)).toEqual([]);
  });
});

test("of a file and a model of the store with one name, the store's is meant", async () => {
  expect((await names()).filter((name) => name.startsWith("both"))).toEqual(["both:latest"]);
  expect((await client.show({ model: "both" })).system).toBe("From the store.");
});

test("files may be called with a tag, and are shown with one", async () => {
  expect(await names()).toContain("file:latest");
  const options = { temperature: 0, num_predict: 1 };
  for (const model of ["file", "file:latest"]) {
    const { response } = await client.generate({ model, prompt: "Hello", options });
    expect(response).not.toBe("");
  }
});

const hostile = [
  ["../../../../etc/passwd"],
  [".."],
  ["x:../../../y"],
  ["%2e%2e/%2e%2e/x"],
  ["x\0y"],
  ["/etc/passwd"],
  ["a/b/c/d/e"],
  ["10 kB", "n".repeat(10_000)],
];

test.each(hostile)("no route is led astray by the name %j", async (title, name = title) => {
  const requests: [string, string, object][] = [
    ["POST", "/api/show", { model: name }],
    ["POST", "/api/copy", { source: name, destination: "x" }],
    ["POST", "/api/copy", { source: "demo:1b", destination: name }],
    ["DELETE", "/api/delete", { model: name }],
    ["POST", "/api/create", { model: name, from: "demo:1b", stream: false }],
    ["POST", "/api/chat", { model: name, messages: [] }],
    ["POST", "/api/generate", { model: name }],
  ];
  for (const [method, path, body] of requests) {
    const response = await send(method, path, body);
    const text = await response.text();
    expect([400, 404], path).toContain(response.status);
    expect(JSON.parse(text)).toEqual({ error: expect.any(String) });
    expect(text.length).toBeLessThan(1000);
  }
  expect(await storeViolations(store)).toEqual([]);
});

test.each([
  ["a path in a digest", "sha256:..%2f..%2f..%2fetc%2fpasswd"],
  ["a path", "..%2f..%2fx"],
  ["a path behind a digest", `sha256:${"0".repeat(64)}%2f..%2fx`],
  ["a NUL", "sha256:%00"],
  ["10 kB", `sha256:${"0".repeat(10_000)}`],
])("no blob is read or written at %s", async (_, digest) => {
  for (const method of ["HEAD", "POST"]) {
    const url = `${server.url}/api/blobs/${digest}`;
    const response = await fetch(url, { method, ...(method === "POST" && { body: "x" }) });
    expect(response.status).toBeOneOf([400, 404]);
  }
  expect(await storeViolations(store)).toEqual([]);
});
