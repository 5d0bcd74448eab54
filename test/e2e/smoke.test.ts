// What every executable must do, wherever it runs: `npm run release` asks it of each release, too,
// in an old Debian and on an emulated processor.
import { afterAll, beforeAll, expect, test } from "bun:test";
import manifest from "../../package.json";
import { colours, pngOf } from "../support/pictures.ts";
import { run } from "../support/run.ts";
import { jsonOf, question, type RunningServer, say, startServer } from "../support/server.ts";

/** To start with, and to load the model: long on an emulated processor. */
const patienceMs = 300_000;

let server: RunningServer;
beforeAll(async () => {
  server = await startServer();
}, patienceMs);
afterAll(() => server?.[Symbol.asyncDispose](), patienceMs);

test("it chats", async () => {
  expect(await say(server, question("What is the capital of France?"))).toContain("Paris");
});

test("it sees", async () => {
  const image = pngOf({ shape: "circle", colour: colours.red, background: colours.white });
  const content = [
    { type: "text", text: "What is in this image?" },
    { type: "image_url", image_url: { url: `data:image/png;base64,${image}` } },
  ];
  expect(await say(server, question(content))).toMatch(/red circle/);
});

test("it embeds: likes lie near each other", async () => {
  const input = ["The cat sleeps.", "The cat is sleeping.", "A red circle."];
  const response = await server.post("/v1/embeddings", { input });
  const { data } = (await jsonOf(response)) as unknown as { data: { embedding: number[] }[] };
  const vectors = data.map(({ embedding }) => embedding);
  const dot = (a: number[] = [], b: number[] = []) =>
    a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);
  expect(vectors.map((vector) => dot(vector, vector))).toEqual(
    vectors.map(() => expect.closeTo(1, 3)),
  );
  expect(dot(vectors[0], vectors[1])).toBeGreaterThan(dot(vectors[0], vectors[2]));
});

test("it says what it is, and what it computes on", async () => {
  const { code, stdout } = await run(["--version"]);
  const [first, second, third] = stdout.split("\n");
  expect(code).toBe(0);
  const { version, devDependencies } = manifest;
  expect(first).toStartWith(`hutch ${version} (commit `);
  expect(first).toMatch(/, llama\.cpp v\d\S+ [0-9a-f]{12}, Bun /);
  expect(first).toEndWith(`, Bun ${devDependencies.bun})`);
  expect(second).toBe(`version: ${version}`);
  expect(third).toMatch(/^backends: cpu/);
});

test("it has the licences of what it carries with it", async () => {
  const { code, stdout } = await run(["licenses"]);
  expect(code).toBe(0);
  for (const work of ["llama.cpp", "bun", "elysia", "libstdc++", "swagger-ui-dist", "uplot"]) {
    expect(stdout).toContain(`\n  ${work}`);
  }
  expect(stdout).toContain("The ggml authors");
  expect(stdout).toContain("GNU GENERAL PUBLIC LICENSE");
});
