import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ollama } from "ollama";
import { storeViolations } from "../../support/check-store.ts";
import {
  type DockerRegistry,
  dockerRegistry,
  startDockerRegistry,
} from "../../support/docker-registry.ts";
import { type RunningServer, startServer, temporaryDir } from "../../support/server.ts";
import { layOut } from "../../support/stored-models.ts";

const why = dockerRegistry === null ? " (skipped: docker-registry is not installed)" : "";

interface Step {
  status?: string;
  error?: string;
  digest?: string;
  total?: number;
  completed?: number;
}

const question = [{ role: "user", content: "What is the capital of France?" }];

describe.skipIf(dockerRegistry === null)(`Docker's registry${why}`, () => {
  const dir = temporaryDir();
  const storeDir = join(dir.path, "models");
  let registry: DockerRegistry;
  let server: RunningServer;
  let client: Ollama;
  let name: string;
  let digest: string;

  beforeAll(async () => {
    mkdirSync(storeDir, { recursive: true });
    registry = await startDockerRegistry();
    name = `${registry.host}/ns/tiny:v1`;
    digest = layOut(storeDir, `${registry.host}/ns/tiny/v1`, {
      system: "Be short.",
      params: { temperature: 0 },
      licenses: ["MIT", "and another"],
    });
    const args = ["-t", "1", "--store", storeDir];
    server = await startServer({ args, env: { HTTP_PROXY: "http://127.0.0.1:9" } });
    client = new Ollama({ host: server.url });
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await registry[Symbol.asyncDispose]();
    dir[Symbol.dispose]();
  });

  const stepsOf = async (path: string): Promise<Step[]> => {
    const response = await server.post(path, { model: name, insecure: true });
    const text = await response.text();
    return text
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
  };

  test("takes a model, and gives the same one back, which chats", async () => {
    const pushed = await stepsOf("/api/push");
    expect(pushed.at(-1)).toEqual({ status: "success" });
    await client.delete({ model: name });
    expect(await storeViolations(storeDir)).toEqual([]);
    expect((await client.list()).models.map((model) => model.model)).not.toContain(name);

    const pulled = await stepsOf("/api/pull");
    expect(pulled.at(-1)).toEqual({ status: "success" });
    expect(await storeViolations(storeDir)).toEqual([]);
    const listed = (await client.list()).models.find((model) => model.model === name);
    expect(listed?.digest).toBe(digest);
    const answer = await client.chat({ model: name, messages: question });
    expect(answer.message.content).toContain("Paris");
  });

  test("has what was pushed twice only once, and is quick about what is there", async () => {
    const pushed = await stepsOf("/api/push");
    const firstOf = (steps: Step[]) =>
      steps.filter((step, i) => step.digest && step.digest !== steps[i - 1]?.digest);
    expect(firstOf(pushed).length).toBe(6);
    const pulled = await client.pull({ model: name, insecure: true });
    expect(pulled.status).toBe("success");
  });

  test("does not know every model", async () => {
    const missing = client.pull({ model: `${registry.host}/ns/none`, insecure: true });
    await expect(missing).rejects.toThrow("pull model manifest: file does not exist");
    await expect(client.push({ model: `${registry.host}/ns/none` })).rejects.toThrow("not found");
  });

  test("is asked by http only with `insecure`", async () => {
    const plain = client.pull({ model: `http://${name}` });
    await expect(plain).rejects.toThrow("insecure protocol http");
    await expect(client.pull({ model: name })).rejects.toThrow("cannot be reached");
  });

  test("needs no key of ours: none was made", () => {
    expect(() => readFileSync(join(server.home, ".hutch", "id_ed25519"))).toThrow("ENOENT");
  });
});

test("with --offline nothing is pulled", async () => {
  await using server = await startServer({ args: ["-t", "1", "--offline"] });
  const response = await server.post("/api/pull", { model: "somebody/something" });
  expect(response.status).toBe(403);
  expect(await response.text()).toContain("--offline forbids asking the registry for");
});
