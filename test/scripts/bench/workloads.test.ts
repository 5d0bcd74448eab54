import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PNG } from "pngjs";
import { kilobytesOf, memoryOfTree } from "../../../scripts/bench/process-memory.ts";
import { promptSupply } from "../../../scripts/bench/prompts.ts";
import type { RunningServer } from "../../../scripts/bench/server.ts";
import type { Stage } from "../../../scripts/bench/stage.ts";
import type { Load } from "../../../scripts/bench/workload.ts";
import { embeddingsStage } from "../../../scripts/bench/workloads/embeddings.ts";
import { imageStages } from "../../../scripts/bench/workloads/image.ts";
import { memoryStage } from "../../../scripts/bench/workloads/memory.ts";
import { rerankStage } from "../../../scripts/bench/workloads/rerank.ts";
import { routesStage } from "../../../scripts/bench/workloads/routes.ts";
import { startStages } from "../../../scripts/bench/workloads/start.ts";

const folder = mkdtempSync(join(tmpdir(), "hutch-bench-workloads-"));
afterAll(() => rmSync(folder, { recursive: true }));

const load = (): Load => ({
  nextPrompt: promptSupply(1),
  round: 1,
  fileOf: (name) => name,
  tokens: () => 1,
  signal: AbortSignal.timeout(30_000),
});

/** A server of this process that answers every POST with `answer` of its body. */
function serving(answer: (body: never) => object | string) {
  const asked: { path: string; body: never }[] = [];
  const listener = Bun.serve({
    port: 0,
    async fetch(request) {
      const body = (await request.json()) as never;
      asked.push({ path: new URL(request.url).pathname, body });
      const answered = answer(body);
      return typeof answered === "string" ? new Response(answered) : Response.json(answered);
    },
  });
  return { asked, server: running(listener.url.origin), [Symbol.dispose]: () => listener.stop() };
}

function running(baseUrl: string, command: readonly string[] = []): RunningServer {
  return {
    ...{ name: "hutch", baseUrl, command, pid: process.pid, startedMs: 0 },
    ...{ logPath: join(folder, "log"), model: { baseUrl }, models: [{ baseUrl }] },
    [Symbol.asyncDispose]: async () => {},
  };
}

/** Runs the workload of this name, a single request long. */
async function run(stage: Stage, name: string, server: RunningServer) {
  const workload = stage.workloads.find((one) => one.name === name);
  if (workload === undefined) throw new Error(`no workload ${name}`);
  return await workload.run(server, load());
}

describe("embeddings", () => {
  const embed = ({ input }: { input: string[] }) => ({
    data: input.map(() => ({ embedding: [1] })),
  });

  test("send texts of the promised number and length", async () => {
    using peer = serving(embed);
    const { rate } = await run(embeddingsStage, "long, 8 in a request", peer.server);
    const [{ path, body: { input } = { input: [] } } = { path: "" }] = peer.asked as {
      path: string;
      body: { input: string[] };
    }[];
    expect(path).toBe("/v1/embeddings");
    expect(input).toHaveLength(8);
    expect(new Set(input).size).toBe(8);
    expect(input[0]?.split(" ")).toHaveLength(398);
    expect(rate).toBeGreaterThan(0);
  });

  test("fail where a vector is missing or empty", async () => {
    using few = serving(() => ({ data: [] }));
    using zeros = serving(() => ({ data: [{ embedding: [0, 0] }] }));
    for (const { server } of [few, zeros]) {
      await expect(run(embeddingsStage, "short, one by one", server)).rejects.toThrow(
        "0 vectors for 1",
      );
    }
  });
});

describe("rerank", () => {
  test("asks for 32 documents and fails where a score is missing", async () => {
    const [{ name } = { name: "" }] = rerankStage.workloads;
    const score = { relevance_score: 0.5 };
    using good = serving(({ documents }: { documents: string[] }) => ({
      results: documents.map(() => score),
    }));
    expect((await run(rerankStage, name, good.server)).rate).toBeGreaterThan(0);
    expect(good.asked[0]?.path).toBe("/v1/rerank");
    using bad = serving(() => ({ results: [score] }));
    await expect(run(rerankStage, name, bad.server)).rejects.toThrow("1 scores");
  });
});

describe("a picture", () => {
  const [tinyImageStage] = imageStages;
  interface Ask {
    messages: [{ content: [{ image_url: { url: string } }, { text: string }] }];
  }
  const frame = (content: string) =>
    `data: ${JSON.stringify({ choices: [{ delta: { content } }] })}\n\n`;

  test("is asked about twice, then asked something else, and is of the promised size", async () => {
    using peer = serving(() => `${frame("")}${frame("red")}data: [DONE]\n\n`);
    await run(tinyImageStage!, "224×224 pixels", peer.server);
    const asked = peer.asked.map(({ body }) => (body as Ask).messages[0].content);
    expect(new Set(asked.map(([picture]) => picture.image_url.url)).size).toBe(1);
    const [first, again, other] = asked.map(([, question]) => question.text);
    expect([asked.length, again]).toEqual([3, first!]);
    expect(other).not.toBe(first!);
    const [, base64 = ""] = asked[0]?.[0].image_url.url.split(",") ?? [];
    expect(PNG.sync.read(Buffer.from(base64, "base64"))).toMatchObject({ width: 224, height: 224 });
  });

  test("that nothing is said about is a failure", async () => {
    using peer = serving(() => `${frame("")}data: [DONE]\n\n`);
    await expect(run(tinyImageStage!, "224×224 pixels", peer.server)).rejects.toThrow(
      "without text",
    );
  });
});

describe("routes", () => {
  test("are asked by another process; a bad status is a failure", async () => {
    using good = Bun.serve({ port: 0, fetch: () => new Response("{}") });
    using bad = Bun.serve({ port: 0, fetch: () => new Response("", { status: 503 }) });
    const values = await run(routesStage, "GET /props", running(good.url.origin));
    expect(values.rate).toBeGreaterThan(0);
    expect(values.p99).toBeGreaterThan(0);
    await expect(run(routesStage, "GET /props", running(bad.url.origin))).rejects.toThrow("failed");
  });
});

describe("the start", () => {
  const [stage] = startStages;
  const command = (program: string) => [process.execPath, "-e", program, "--", "--port", "1"];

  test("is that of a second process, until it answers with a token", async () => {
    const program = `let n = 0; Bun.serve({ port: Number(process.argv.at(-1)), fetch: () =>
      new Response("{}", { status: ++n < 3 ? 503 : 200 }) });`;
    const server = running("http://127.0.0.1:1", command(program));
    expect((await run(stage!, "start to first token", server)).firstToken).toBeGreaterThan(0);
  });

  test("fails where the process ends", async () => {
    const server = running("http://127.0.0.1:1", command("process.exit(3)"));
    await expect(run(stage!, "start to first token", server)).rejects.toThrow("ended early (3)");
  });
});

describe.skipIf(process.platform !== "linux")("memory", () => {
  test("is read from the kernel, in MB of 10⁶ bytes", () => {
    expect(kilobytesOf("Pss:   12 kB\nPss_Anon:   7 kB\n", "Pss_Anon")).toBe(7);
    expect(() => kilobytesOf("Rss:  12 kB\n", "Pss")).toThrow("no Pss");
  });

  test("of a process has what it takes in it, and what its children take", async () => {
    const program =
      "globalThis.kept = new Uint8Array(64e6).fill(1); console.log(1); await Bun.sleep(1e6)";
    const child = Bun.spawn([process.execPath, "-e", program], { stdout: "pipe" });
    try {
      await child.stdout.getReader().read();
      const alone = memoryOfTree(child.pid);
      expect(alone.anonymousMb).toBeGreaterThan(64);
      expect(alone.residentMb).toBeGreaterThan(alone.anonymousMb);
      expect(memoryOfTree(process.pid).anonymousMb).toBeGreaterThan(alone.anonymousMb);
    } finally {
      child.kill();
      await child.exited;
    }
  });

  test("of a process that has ended is an error", async () => {
    const child = Bun.spawn(["true"]);
    await child.exited;
    expect(() => memoryOfTree(child.pid)).toThrow("has ended");
  });

  test("on disk counts the executable", async () => {
    const server = running("", [process.execPath]);
    const { size } = await run(memoryStage, "files on disk", server);
    expect(size).toBeGreaterThanOrEqual(Bun.file(process.execPath).size / 1e6);
  });
});
