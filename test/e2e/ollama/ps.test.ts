import { expect, test } from "bun:test";
import { Ollama } from "ollama";
import { startServer, until } from "../../support/server.ts";

const message = { role: "user", content: "What is the capital of France?" };

test("ps lists a loaded model, as the official client reads it", async () => {
  await using server = await startServer({ args: ["-t", "1"] });
  const client = new Ollama({ host: server.url });
  const before = Date.now();
  await client.chat({ model: "tiny", messages: [message], keep_alive: "10m" });
  const { models } = await client.ps();
  const [listed] = (await client.list()).models;
  expect(models).toHaveLength(1);
  expect(models[0]).toMatchObject({
    name: "tiny:latest",
    model: "tiny:latest",
    digest: listed?.digest ?? "",
    details: listed?.details as never,
    size_vram: 0,
    context_length: 1024,
  } as never);
  const { size = 0, expires_at } = models[0] ?? {};
  // Its files, its context and what a step needs.
  expect(size).toBeGreaterThan(listed?.size ?? 0);
  expect(size).toBeLessThan(200e6);
  const ends = Date.parse(String(expires_at));
  expect(ends).toBeGreaterThan(before + 599_000);
  expect(ends).toBeLessThan(Date.now() + 600_001);
}, 60_000);

test("ps shows for how long: for ever is centuries, and what was unloaded is gone", async () => {
  await using server = await startServer({ args: ["-t", "1"] });
  const client = new Ollama({ host: server.url });
  await client.generate({ model: "tiny", prompt: "", keep_alive: -1 });
  const [forever] = (await client.ps()).models;
  expect(Date.parse(String(forever?.expires_at))).toBeGreaterThan(Date.parse("2200-01-01"));
  await client.generate({ model: "tiny", prompt: "", keep_alive: 0 });
  await until("it is gone", async () => (await client.ps()).models.length === 0);
}, 60_000);
