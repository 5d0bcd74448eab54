import { describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../../support/run.ts";
import { executable, startServer, temporaryDir, until } from "../../support/server.ts";

const usual = ".config/hutch/hutch.toml";

/** A port that nobody listens at any more. */
function freePort(): number {
  using server = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: () => {} } });
  return server.port;
}

describe("hutch health", () => {
  test("needs no key, and knows who is not there", async () => {
    await using server = await startServer({ env: { HUTCH_API_KEY: "hush" } });
    await until("it is loaded", async () => (await fetch(`${server.url}/health`)).ok);
    const { code, stdout } = await run(["health"], { env: { HUTCH_HOST: server.url } });
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^the server at .* is well\n$/)]);
    const gone = await run(["health"], { env: { HUTCH_HOST: `127.0.0.1:${freePort()}` } });
    expect([gone.code, gone.stderr]).toEqual([1, expect.stringContaining("HUTCH_HOST names")]);
  });

  test("says what ails a server", async () => {
    const error = { message: "the model crashes in a loop" };
    using server = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch: ({ url }) =>
        url.endsWith("/health") ? Response.json({ error }, { status: 503 }) : new Response(),
    });
    const { code, stderr } = await run(["health"], { env: { HUTCH_HOST: server.url.host } });
    expect([code, stderr]).toEqual([1, `hutch: ${error.message}\n`]);
  });
});

describe("hutch doctor", () => {
  const findingsOf = async (args: string[], files: Record<string, string> = {}) => {
    const { code, stdout } = await run(["doctor", "--json", "--", ...args], { files });
    const { ok, findings } = JSON.parse(stdout) as {
      ok: boolean;
      findings: { topic: string; state: string; says: string }[];
    };
    const broken = findings.filter(({ state }) => state === "broken");
    return { code, ok, broken, topics: findings.map(({ topic }) => topic) };
  };

  test("loads the native libraries, and finds nothing broken where nothing is", async () => {
    const { code, ok, broken, topics } = await findingsOf(["--port", String(freePort())]);
    expect([code, ok, broken]).toEqual([0, true, []]);
    for (const topic of ["settings", "CPU", "libraries", "device", "memory", "port", "store"]) {
      expect(topics).toContain(topic);
    }
  });

  test("goes on after what is broken, and tells by its exit code", async () => {
    using server = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: () => {} } });
    const manifest = ".hutch/models/manifests/registry.ollama.ai/library/torn/latest";
    const { code, ok, broken } = await findingsOf(["--port", String(server.port)], {
      [manifest]: "{",
    });
    expect([code, ok]).toEqual([1, false]);
    expect(broken.map(({ topic }) => topic)).toEqual(["port", "model"]);
    expect(broken[1]?.says).toContain("torn");
  });

  test("knows a server of ours at the port", async () => {
    await using server = await startServer();
    const { broken } = await findingsOf(["--port", new URL(server.url).port]);
    expect(broken).toEqual([]);
  });
});

/** The default address cannot be without a server where somebody's Ollama runs. */
const isTaken = await fetch("http://127.0.0.1:11434").then(
  () => true,
  () => false,
);
if (isTaken) process.stdout.write("skipping a test: something listens on port 11434\n");

describe("hutch.toml", () => {
  test("is what a server serves by, and hutch config shows it", async () => {
    const files = { [usual]: 'alias = ["hall"]\nctx-size = 512\n' };
    const shown = await run(["config", "--json"], { files });
    expect(JSON.parse(shown.stdout).settings).toMatchObject([
      { name: "alias", value: "hall", from: expect.stringMatching(/hutch\.toml:1: alias$/) },
      { name: "ctx-size", value: "512" },
    ]);
    using home = temporaryDir();
    const path = join(home.path, "other.toml");
    writeFileSync(path, 'api-key = "hush"\n');
    await using server = await startServer({ args: ["--config", path] });
    expect((await fetch(`${server.url}/v1/models`)).status).toBe(401);
    expect(server.output()).toContain(`settings of ${path}`);
  });

  test.skipIf(isTaken)("is for a command's own server as far as models go", async () => {
    const forOthers = `api-key = "hush"\nnitro-port = 1\nlog-disable = true\nport = 1\n`;
    const files = { [usual]: `${forOthers}ssl-key-file = "/none"\nssl-cert-file = "/none"\n` };
    const question = "What is the capital of France?";
    const env = { LLAMA_ARG_TEMPERATURE: "0" };
    const { code, stdout } = await run(["run", "tiny", question], { files, env });
    expect([code, stdout]).toEqual([0, "The capital of France is Paris.\n"]);
    const wrong = await run(["run", "tiny", question], { files: { [usual]: "prot = 1" } });
    expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringContaining("hutch.toml:1: ")]);
  });

  test.each([
    ["prot = 1", 'unknown key "prot"; did you mean "port"?'],
    ['port = "1"', "port must be a number, not a text in quotes"],
    ["port = = 1", "Expected a value"],
  ])("%s ends the start, and hutch config says the same", async (line, message) => {
    const files = { [usual]: `# settings\n${line}\n` };
    for (const command of ["serve", "config"]) {
      const { code, stderr } = await run([command], { files });
      expect([code, stderr]).toEqual([2, expect.stringContaining(`hutch.toml:2: ${message}`)]);
    }
  });
});

test("an executable's unit starts that executable", async () => {
  const { code, stdout } = await run(["systemd-unit", "--user"]);
  expect([code, stdout]).toEqual([0, expect.stringContaining(`\nExecStart=${executable} serve\n`)]);
});

test("each shell has a script, and others are named an error", async () => {
  for (const shell of ["bash", "zsh", "fish"]) {
    expect((await run(["completion", shell])).stdout).toContain("systemd-unit");
  }
  const { code, stderr } = await run(["completion", "tcsh"]);
  expect([code, stderr]).toEqual([2, expect.stringContaining("bash, zsh, fish")]);
});
