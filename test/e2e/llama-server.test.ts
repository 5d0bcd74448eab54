import { describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../support/run.ts";
import { bareEnvironment, executable, startServer, temporaryDir } from "../support/server.ts";

const model = join(import.meta.dir, "../../assets/tiny-text.gguf");

describe("started as llama-server", () => {
  test("keys, prefix, socket and static files are as its flags say", async () => {
    using dir = temporaryDir();
    const site = join(dir.path, "site");
    mkdirSync(site);
    writeFileSync(join(site, "index.html"), "<p>mine</p>");
    const socket = join(dir.path, "h.sock");
    const args = ["-m", model, "--api-key", "k", "--api-prefix", "/llm", "--path", site];
    await using server = await startServer({
      asLlamaServer: true,
      args: [...args, "--host", `127.0.0.1,${socket}`, "-c", "1024", "-np", "2", "-a", "mine"],
    });
    const get = (path: string, headers = {}) => fetch(`${server.url}/llm${path}`, { headers });
    while ((await get("/health")).status === 503) await Bun.sleep(10);
    expect((await get("/props")).status).toBe(401);
    const props = await (await get("/props", { authorization: "Bearer k" })).json();
    expect(props).toMatchObject({
      total_slots: 2,
      model_path: model,
      model_alias: "mine",
      default_generation_settings: { n_ctx: 512 },
    });
    expect(await (await get("/")).text()).toBe("<p>mine</p>");
    expect((await fetch("http://host/llm/health", { unix: socket })).status).toBe(200);
  });

  test("SIGTERM ends it and its engine in order", async () => {
    const server = await startServer({ asLlamaServer: true, args: ["-m", model] });
    while ((await fetch(`${server.url}/health`)).status === 503) await Bun.sleep(10);
    const engines = server.engines();
    expect(engines).toHaveLength(1);
    process.kill(server.pid, "SIGTERM");
    expect(await server.exited).toBe(0);
    for (const pid of engines) expect(() => process.kill(pid, 0)).toThrow();
    await server[Symbol.asyncDispose]();
  });

  test("variables alone start it, as in a container", async () => {
    using home = temporaryDir();
    const variables = { LLAMA_ARG_MODEL: model, LLAMA_ARG_PORT: "0", LLAMA_ARG_ALIAS: "mine" };
    const env = bareEnvironment(home.path, variables);
    const child = Bun.spawn([executable], { env, stdin: "ignore", stdout: "pipe" });
    const decoder = new TextDecoder();
    let output = "";
    let isKilled = false;
    for await (const bytes of child.stdout) {
      output += decoder.decode(bytes, { stream: true });
      const isReady = output.includes("mine is ready");
      if (isReady && !isKilled) child.kill(); // once: a second signal ends it out of order
      isKilled = isReady;
    }
    expect(await child.exited).toBe(0);
    expect(output).toContain("listening on http://127.0.0.1:");
  });

  test("a model that cannot be loaded ends it", async () => {
    using dir = temporaryDir();
    const broken = join(dir.path, "broken.gguf");
    writeFileSync(broken, "no model");
    const { code, stderr } = await run(["-m", broken, "--port", "0"]);
    expect([code, stderr]).toEqual([1, expect.stringContaining("broken.gguf could not be loaded")]);
  });

  test("a flag without effect is named, one that is refused ends it", async () => {
    const args = ["-m", model, "--threads-http", "4", "--defrag-thold", "0.1"];
    await using server = await startServer({ asLlamaServer: true, args });
    expect(server.output()).toContain("--threads-http has no effect");
    const { code, stderr } = await run(["-m", model, "--tools", "all"]);
    expect([code, stderr]).toEqual([2, expect.stringContaining("--tools: Hutch runs no commands")]);
  });
});

describe("flags that print something and end", () => {
  test.each([
    ["--list-devices", /^Available devices:\n {2}CPU/],
    ["--cache-list", /^number of models in cache: 0/],
    ["--completion-bash", /complete .* hutch\n$/],
    ["--usage", /--ctx-size/],
  ])("%s", async (flag, pattern) => {
    const { code, stdout } = await run([flag]);
    expect([code, stdout]).toEqual([0, expect.stringMatching(pattern)]);
  });
});
