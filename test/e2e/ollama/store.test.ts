import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { Ollama } from "ollama";
import { storeViolations } from "../../support/check-store.ts";
import { type RunningServer, startServer, temporaryDir } from "../../support/server.ts";
import {
  layOut,
  library,
  putManifest,
  sha256,
  tinyMmproj,
  tinyText,
} from "../../support/stored-models.ts";

const dir = temporaryDir();
const store = join(dir.path, "models");
const blob = (content: Uint8Array | string) => join(store, `blobs/sha256-${sha256(content)}`);
const question = { role: "user", content: "What is the capital of France?" };
const twoHoursAgo = new Date(Date.now() - 2 * 60 * 60 * 1000);

let server: RunningServer;
let client: Ollama;
beforeAll(async () => {
  layOut(store, library("demo"), {
    projector: tinyMmproj(),
    params: { temperature: 0, num_predict: 20 },
    system: "Be kind.",
    licenses: ["MIT"],
  });
  layOut(store, "registry.ollama.ai/me/Brief/1b", { params: { temperature: 0, num_predict: 1 } });
  layOut(store, library("go"), {
    template:
      "{{- range .Messages }}<|im_start|>{{ .Role }}\n{{ .Content }}<|im_end|>\n{{ end -}}" +
      "<|im_start|>assistant\n",
    params: { temperature: 0 },
  });
  layOut(store, library("broken"), { system: "This blob will vanish." });
  rmSync(blob("This blob will vanish."));
  // As Ollama's first versions named it.
  renameSync(blob(tinyMmproj()), blob(tinyMmproj()).replace("sha256-", "sha256:"));
  writeFileSync(join(store, "blobs/tmp-0e6b1c66-5a09-4b3a-9a53-5ce1b0b3f1a7"), "x");
  utimesSync(
    join(store, "blobs/tmp-0e6b1c66-5a09-4b3a-9a53-5ce1b0b3f1a7"),
    twoHoursAgo,
    twoHoursAgo,
  );
  server = await startServer({ args: ["-t", "1"], env: { OLLAMA_MODELS: store } });
  client = new Ollama({ host: server.url });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  dir[Symbol.dispose]();
});

const names = async () => (await client.list()).models.map(({ name }) => name).sort();
const ask = async (model: string) => {
  const { message } = await client.chat({ model, messages: [question] });
  return message.content;
};

describe("a store that was laid out by hand", () => {
  test("is listed (api-list-models)", async () => {
    const { models } = await client.list();
    expect(models.map(({ name }) => name).sort()).toEqual([
      "broken:latest",
      "demo:latest",
      "go:latest",
      "me/Brief:1b",
      "tiny:latest",
    ]);
    for (const model of models) {
      expect(model).toMatchObject({
        model: model.name,
        digest: expect.stringMatching(/^[0-9a-f]{64}$/),
        modified_at: expect.stringMatching(/Z$/),
        details: {
          format: "gguf",
          family: "llama",
          parameter_size: "3.05M",
          quantization_level: "Q8_0",
        },
      });
      expect(model.size).toBeGreaterThan(0);
    }
  });

  test.each(["demo", "go", "library/Demo", "registry.ollama.ai/library/demo:LATEST"])(
    "chats as %s",
    async (name) => {
      expect(await ask(name)).toBe("The capital of France is Paris.");
    },
  );

  test("its parameters count, unless a request has its own", async () => {
    expect(await ask("me/brief:1b")).toBe("The");
    const options = { num_predict: 3 };
    const { eval_count } = await client.chat({
      model: "me/Brief:1b",
      messages: [question],
      options,
    });
    expect(eval_count).toBe(3);
  });

  test("its system message stands before conversations without one", async () => {
    const plain = await client.chat({ model: "tiny", messages: [question] });
    const kind = await client.chat({ model: "demo", messages: [question] });
    expect(kind.prompt_eval_count).toBeGreaterThan(plain.prompt_eval_count);
  });

  test("is tidied up at the start: old names are of today, leavings are gone", async () => {
    expect(existsSync(blob(tinyMmproj()))).toBe(true);
    expect(readdirSync(join(store, "blobs")).filter((name) => /tmp|:/.test(name))).toEqual([]);
    expect(await storeViolations(store)).toEqual([expect.stringMatching(/broken.* is missing/)]);
  });

  test("a model that lacks a blob says which one, and what to do", async () => {
    const digest = `sha256:${sha256("This blob will vanish.")}`;
    await expect(ask("broken")).rejects.toThrow(
      `model "broken:latest" cannot be loaded: its blob ${digest} is missing; pull it again`,
    );
  });

  test("a model that another program pulls meanwhile is there without a restart", async () => {
    await expect(ask("late")).rejects.toThrow("model 'late' not found");
    layOut(store, library("late"), { params: { temperature: 0 } });
    expect(await ask("late")).toBe("The capital of France is Paris.");
    layOut(store, library("later"));
    expect(await names()).toContain("later:latest");
    await client.delete({ model: "later" });
    await client.delete({ model: "late" });
    expect(await names()).not.toContain("late:latest");
  });

  test("a model that is copied, asked and deleted leaves the store as it was", async () => {
    const before = readdirSync(join(store, "blobs")).sort();
    await client.copy({ source: "demo", destination: "me/copy:2" });
    expect(await names()).toContain("me/copy:2");
    expect(await ask("me/COPY:2")).toBe("The capital of France is Paris.");
    await client.delete({ model: "me/copy:2" });
    await expect(client.delete({ model: "me/copy:2" })).rejects.toThrow(
      "model 'me/copy:2' not found",
    );
    expect(readdirSync(join(store, "blobs")).sort()).toEqual(before);
    expect(readFileSync(blob(tinyText())).length).toBe(tinyText().length);
  });
});

describe("TestRoutes", () => {
  test("a store without models lists what comes with Hutch, alone", async () => {
    await using empty = await startServer({ args: ["-t", "1"] });
    const { models } = await new Ollama({ host: empty.url }).list();
    expect(models.map(({ name }) => name)).toEqual(["tiny:latest"]);
    expect(models[0]).not.toHaveProperty("expires_at");
    expect(existsSync(join(empty.home, ".ollama"))).toBe(false);
  });

  test("GET /api/show is not allowed", async () => {
    const response = await fetch(`${server.url}/api/show`);
    expect([response.status, response.headers.get("allow")]).toEqual([405, "POST"]);
  });

  test("HEAD is answered like GET, without a body", async () => {
    for (const path of ["/", "/api/tags", "/api/version"]) {
      const response = await fetch(server.url + path, { method: "HEAD" });
      expect([path, response.status, await response.text()]).toEqual([path, 200, ""]);
    }
  });
});

describe("pruning at the start", () => {
  const leaving = (of: string) => {
    const path = join(of, "blobs", `sha256-${"0".repeat(64)}`);
    mkdirSync(join(of, "blobs"), { recursive: true });
    writeFileSync(path, "nobody needs it");
    utimesSync(path, twoHoursAgo, twoHoursAgo);
    return path;
  };

  test.each([
    ["happens", {}, [], false],
    ["not with OLLAMA_NOPRUNE", { OLLAMA_NOPRUNE: "1" }, [], true],
    ["not with --no-prune", {}, ["--no-prune"], true],
  ])("%s", async (_what, env, args, stays) => {
    using own = temporaryDir();
    const path = leaving(own.path);
    await using _server = await startServer({
      args: ["-t", "1", "--store", own.path, ...args],
      env: env as Record<string, string>,
    });
    expect(existsSync(path)).toBe(stays);
  });

  test("not while a manifest is corrupt, and says so", async () => {
    using own = temporaryDir();
    const path = leaving(own.path);
    putManifest(own.path, library("bad"), "{");
    await using pruning = await startServer({ args: ["-t", "1", "--store", own.path] });
    expect(existsSync(path)).toBe(true);
    expect(pruning.output()).toContain("corrupt manifests detected, skipping prune operation");
    expect(pruning.output()).toContain("registry.ollama.ai/library/bad:latest");
  });
});
