import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Ollama } from "ollama";
import packageJson from "../../../package.json" with { type: "json" };
import { BadRegistry } from "../../support/bad-registry.ts";
import { type RunningServer, startServer } from "../../support/server.ts";

/** The official client's methods about models; client.test.ts has those that make them work. */
let server: RunningServer;
let client: Ollama;
let registry: BadRegistry;
beforeAll(async () => {
  registry = new BadRegistry(); // one that is good unless a test wants otherwise
  server = await startServer({ args: ["-t", "1"] });
  client = new Ollama({ host: server.url });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  registry[Symbol.dispose]();
});

const names = async () => (await client.list()).models.map(({ name }) => name);
const options = { temperature: 0 };
const messages = [{ role: "user", content: "What is the capital of France?" }];

async function statuses(stream: AsyncIterable<{ status: string }>): Promise<string[]> {
  const all: string[] = [];
  for await (const { status } of stream) all.push(status);
  return all;
}

test("version", async () => {
  expect(await client.version()).toEqual({ version: packageJson.version });
});

describe("create", () => {
  test("whole", async () => {
    const body = { model: "brief", from: "tiny", system: "Be brief.", parameters: options };
    expect(await client.create(body)).toMatchObject({ status: "success" });
    const { message } = await client.chat({ model: "brief", messages });
    expect(message.content).toBe("Paris"); // as it was told
  });

  test("streamed", async () => {
    const all = await statuses(await client.create({ model: "other", from: "tiny", stream: true }));
    expect(all.length).toBeGreaterThan(1);
    expect(all.at(-1)).toBe("success");
  });

  test("from what there is not", async () => {
    await expect(client.create({ model: "x", from: "127.0.0.1:1/no/such" })).rejects.toThrow();
    expect(await names()).not.toContain("x:latest");
  });
});

test("list", async () => {
  const { models } = await client.list();
  expect(models.find(({ name }) => name === "brief:latest")).toMatchObject({
    model: "brief:latest",
    size: expect.any(Number),
    digest: expect.stringMatching(/^[0-9a-f]{64}$/),
    modified_at: expect.any(String),
    details: { format: "gguf", family: "llama", quantization_level: "Q8_0" },
  } as never);
});

test("show", async () => {
  const shown = await client.show({ model: "brief" });
  expect(shown).toMatchObject({
    system: "Be brief.",
    parameters: expect.stringMatching(/^temperature +0$/m),
    details: { family: "llama" },
    model_info: { "general.architecture": "llama" },
    capabilities: expect.arrayContaining(["completion", "tools"]),
  } as never);
  expect(shown.modelfile).toContain("SYSTEM");
  await expect(client.show({ model: "nope" })).rejects.toMatchObject({ status_code: 404 });
});

test("ps", async () => {
  await client.generate({ model: "brief", prompt: "", keep_alive: "10m" });
  const { models } = await client.ps();
  const running = models.find(({ name }) => name === "brief:latest");
  expect(running).toMatchObject({ model: "brief:latest", size: expect.any(Number) });
  const expiresMs = new Date(running?.expires_at ?? 0).getTime();
  expect(expiresMs).toBeGreaterThan(Date.now() + 5 * 60_000);
});

test("copy", async () => {
  expect(await client.copy({ source: "brief", destination: "copied" })).toEqual({
    status: "success",
  });
  expect(await names()).toContain("copied:latest");
  await expect(client.copy({ source: "nope", destination: "a" })).rejects.toThrow("not found");
});

describe("push and pull", () => {
  const { promise: named, resolve } = Promise.withResolvers<string>();
  beforeAll(() => resolve(`${registry.host}/ns/brief:v1`));

  test("push, whole and streamed", async () => {
    const model = await named;
    await client.copy({ source: "brief", destination: model });
    const pushed = await client.push({ model, insecure: true });
    expect(pushed.status).toBe("success");
    expect(registry.manifests.size).toBe(1);
    const again = await client.push({ model, insecure: true, stream: true });
    expect((await statuses(again)).at(-1)).toBe("success");
  });

  test("pull, streamed and whole", async () => {
    const model = await named;
    await client.delete({ model });
    expect(await names()).not.toContain(model);
    const all = await statuses(await client.pull({ model, insecure: true, stream: true }));
    expect(all[0]).toBe("pulling manifest");
    expect(all.at(-1)).toBe("success");
    expect(await client.pull({ model, insecure: true })).toMatchObject({ status: "success" });
    const { message } = await client.chat({ model, messages });
    expect(message.content).toBe("Paris"); // as it was told
  });

  test("abort of a pull", async () => {
    const model = `${registry.host}/ns/slow:v1`;
    registry.intercept = () => new Promise(() => {}); // it never answers
    const stream = await client.pull({ model, insecure: true, stream: true });
    const reading = statuses(stream);
    const ended = reading.catch((error: Error) => error.name);
    stream.abort();
    expect(await ended).toBe("AbortError");
    registry.intercept = () => undefined;
  });
});

test("delete", async () => {
  expect(await client.delete({ model: "copied" })).toEqual({ status: "success" });
  expect(await names()).not.toContain("copied:latest");
  await expect(client.delete({ model: "copied" })).rejects.toMatchObject({ status_code: 404 });
});
