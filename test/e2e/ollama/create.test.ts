import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { Ollama } from "ollama";
import { storeViolations } from "../../support/check-store.ts";
import { writeFloatModel, writeSplitModel } from "../../support/float-models.ts";
import {
  type temporaryDir as Dir,
  type RunningServer,
  startServer,
  temporaryDir,
  until,
} from "../../support/server.ts";
import { create, refused, rendered, said, upload } from "./create-set-up.ts";

const tinyPath = resolve(import.meta.dir, "../../../assets/tiny-text.gguf");
const mmprojPath = resolve(import.meta.dir, "../../../assets/tiny-mmproj.gguf");

let dir: ReturnType<typeof Dir>;
let server: RunningServer;
let client: Ollama;

beforeAll(async () => {
  dir = temporaryDir();
  mkdirSync(join(dir.path, "models"));
  writeFloatModel(join(dir.path, "f16.gguf"));
  const models = join(dir.path, "models");
  writeFileSync(
    join(models, "go.modelfile"),
    'FROM tiny\nTEMPLATE "<{{ .System }}|{{ .Prompt }}>"',
  );
  server = await startServer({ args: ["-t", "1", "--models-dir", models] });
  client = new Ollama({ host: server.url });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  dir[Symbol.dispose]();
});

const storeDir = () => join(server.home, ".hutch/models");

describe("POST /api/create", () => {
  test("TestCreateFromModel: with the official client; SYSTEM and MESSAGE have their effect", async () => {
    const messages = [
      { role: "user", content: "Who are you?" },
      { role: "assistant", content: "It is me." },
    ];
    const parameters = { num_predict: 3, stop: ["###"] };
    const request = { model: "mario", from: "tiny", system: "Be Mario.", messages, parameters };
    const statuses: string[] = [];
    for await (const { status } of await client.create({ ...request, stream: true })) {
      statuses.push(status);
    }
    expect(statuses.slice(-2)).toEqual(["writing manifest", "success"]);
    const prompt = await rendered(server, "mario");
    const order = ["Be Mario.", "Who are you?", "It is me.", "What is the capital of France?"];
    expect(order.map((text) => prompt.indexOf(text))).toEqual(
      order.map((text) => prompt.indexOf(text)).sort((a, b) => a - b),
    );
    expect(prompt).toContain("Be Mario.");
    const answer = await client.chat({
      model: "mario",
      messages: [{ role: "user", content: "What is the capital of France?" }],
    });
    expect(answer).toMatchObject({ eval_count: 3, done_reason: "length" });
    const shown = await client.show({ model: "mario" });
    expect(shown).toMatchObject({ system: "Be Mario.", messages });
    expect(shown.modelfile).toContain("SYSTEM Be Mario.");
  });

  test("TestCreateTemplateSystem: a template has its effect", async () => {
    const template = "<{{ .System }}|{{ .Prompt }}>";
    await create(server, { model: "templated", from: "tiny", template, system: "Sys" });
    expect(await rendered(server, "templated")).toBe("<Sys|What is the capital of France?>");
    await create(server, { model: "bare", from: "templated", template: "", system: "" });
    expect(await rendered(server, "bare")).toContain("<|im_start|>user\nWhat is the capital");
    const bad = { model: "bad", from: "tiny", template: "{{ if }}" };
    expect(await refused(server, bad)).toEqual([400, expect.stringMatching(/^template error: /)]);
  });

  test("a Modelfile's template has its effect where it is served in place, and is taken over", async () => {
    expect(await rendered(server, "go")).toBe("<|What is the capital of France?>");
    await create(server, { model: "gone", from: "go", system: "Sys" });
    expect(await rendered(server, "gone")).toBe("<Sys|What is the capital of France?>");
  });

  test("one that is made anew under its name is what is answered with next", async () => {
    for (const system of ["One.", "Two."]) {
      await create(server, { model: "Changing", from: "tiny", system });
      expect(await rendered(server, "changing")).toContain(system);
    }
  });

  test("create-gguf: of uploaded files, then chat, show and delete", async () => {
    const files = {
      "a.gguf": await upload(server, tinyPath),
      "mmproj.gguf": await upload(server, mmprojPath),
    };
    const request = { model: "own/Mine:v1", files, stream: false };
    const response = await server.post("/api/create", request);
    expect(response.headers.get("content-type")).toContain("application/json");
    expect(await response.json()).toEqual({ status: "success" });
    expect(await said(server, "own/mine:v1")).toContain("Paris");
    const shown = await client.show({ model: "own/Mine:v1" });
    expect(shown).toMatchObject({ details: { family: "llama", format: "gguf" } });
    expect(shown.capabilities).toEqual(expect.arrayContaining(["vision", "tools"]));
    expect(await rendered(server, "own/mine:v1")).toBe(await rendered(server, "tiny"));
    await client.delete({ model: "own/mine:v1" });
    expect(await refused(server, { ...request, files: { "a.gguf": "" } })).toEqual([
      400,
      "invalid digest format",
    ]);
  });

  test("a file that llama.cpp ends itself over is refused in its words", async () => {
    const path = join(dir.path, "odd.gguf");
    const bytes = readFileSync(tinyPath);
    bytes[bytes.indexOf("llama.rope.dimension_count")] = 0; // a key that ends before it begins
    writeFileSync(path, bytes);
    const files = { "odd.gguf": await upload(server, path) };
    const [status, error] = await refused(server, { model: "odd", files });
    expect(status).toBe(400);
    expect(error).toEndWith("GGML_ASSERT(!key.empty()) failed");
  });

  test("split GGUF shards become one model", async () => {
    const paths = writeSplitModel(join(dir.path, "parts"), 3);
    const digests = await Promise.all(paths.map((path) => upload(server, path)));
    const files = Object.fromEntries(digests.map((digest, i) => [`${i}.gguf`, digest]));
    expect(await create(server, { model: "split", files })).toContain(
      "merging 3 parts of the model",
    );
    expect(await said(server, "split")).toContain("Paris");
  });

  test("quantization: smaller, named so, and it still answers", async () => {
    const files = { "f16.gguf": await upload(server, join(dir.path, "f16.gguf")) };
    await create(server, { model: "f16", files });
    const sizes: number[] = [];
    for (const quantize of ["Q8_0", "q4_K_S", "Q4_K_M"]) {
      const body = { model: quantize, from: "f16", quantize };
      const status = `quantizing F16 model to ${quantize.toUpperCase()}`;
      expect(await create(server, body)).toContain(status);
      expect(await said(server, quantize)).toContain("Paris");
    }
    const { models } = await client.list();
    for (const name of ["f16", "Q8_0", "Q4_K_M"]) {
      const model = models.find((one) => one.name === `${name}:latest`);
      expect(model?.details.quantization_level).toBe(name.toUpperCase());
      sizes.push(model?.size ?? 0);
    }
    expect(sizes).toEqual([...sizes].sort((a, b) => b - a));
    expect(await refused(server, { model: "x", from: "Q8_0", quantize: "Q4_0" })).toEqual([
      400,
      "quantization is only supported for F16, BF16 and F32 models",
    ]);
    const [status, message] = await refused(server, { model: "x", from: "f16", quantize: "Q9" });
    expect([status, message]).toEqual([
      400,
      expect.stringMatching(/^unsupported quantization type Q9 - supported types are F32, F16/),
    ]);
  });

  test("a client that hangs up leaves no half model", async () => {
    const files = { "f16.gguf": await upload(server, join(dir.path, "f16.gguf")) };
    const abort = new AbortController();
    const body = { model: "half", files, quantize: "IQ3_S" };
    const response = await server.post("/api/create", body, abort.signal);
    await response.body?.getReader().read();
    abort.abort();
    await until("its child has ended", () => server.engines().every((pid) => !isQuantizer(pid)));
    const { models } = await client.list();
    expect(models.map(({ name }) => name)).not.toContain("half:latest");
    expect((await storeViolations(storeDir())).filter((text) => text.includes("tmp-"))).toEqual([]);
  });
});

function isQuantizer(pid: number): boolean {
  const { stdout } = Bun.spawnSync(["ps", "-o", "args=", "-p", String(pid)]);
  return stdout.toString().includes("quantizer");
}

describe("the form of 2023", () => {
  test("a Modelfile's text", async () => {
    const modelfile = "FROM tiny\nSYSTEM You are mario from Super Mario Bros.";
    const statuses = await create(server, { name: "mario2023", modelfile });
    expect([statuses[0], statuses.at(-1)]).toEqual(["parsing modelfile", "success"]);
    expect(await rendered(server, "mario2023")).toContain("You are mario from Super Mario Bros.");
  });

  test("names blobs by their digest, and by where they lie in the store", async () => {
    const digest = await upload(server, tinyPath);
    await create(server, { name: "by-digest", modelfile: `FROM @${digest}\nPARAMETER top_k 1` });
    const path = join(storeDir(), "blobs", digest.replace(":", "-"));
    await create(server, { name: "by-path", modelfile: `FROM ${path}` });
    for (const model of ["by-digest", "by-path"]) {
      expect(await said(server, model)).toContain("Paris");
    }
  });

  test("a Modelfile on the server, in a folder that clients may name", async () => {
    const folder = join(dir.path, "models/luigi");
    mkdirSync(folder);
    writeFloatModel(join(folder, "luigi.gguf"));
    writeFileSync(join(folder, "Modelfile"), "FROM ./luigi.gguf\nSYSTEM Be Luigi.");
    await create(server, { name: "luigi2023", path: join(folder, "Modelfile") });
    expect(await rendered(server, "luigi2023")).toContain("Be Luigi.");
  });

  test.each([
    ["FROM", { modelfile: "FROM /etc/passwd" }],
    ["FROM", { modelfile: "FROM /etc/there-is-no-such-file" }],
    ["FROM", { modelfile: "FROM ../../../../../../etc/passwd" }],
    ["FROM", { modelfile: "FROM ~/.ssh/id_rsa" }],
    ["ADAPTER", { modelfile: "FROM tiny\nADAPTER /etc/passwd" }],
    ["DRAFT", { modelfile: "FROM tiny\nDRAFT /etc/passwd" }],
    ["path", { path: "/etc/passwd" }],
    ["path", { path: "/etc/there-is-no-such-file" }],
  ])("%s of %j is refused, and nothing is learnt about it", async (what, body) => {
    const problem = `${what} names a file in no folder whose files clients may name`;
    expect(await refused(server, { name: "bad", ...body })).toEqual([
      403,
      expect.stringContaining(problem),
    ]);
  });
});

test.each([
  [{}, 400, "neither 'from' or 'files' was specified"],
  [{ model: "a b" }, 400, "invalid model name"],
  [{ model: "../../etc/x", from: "tiny" }, 400, "invalid model name"],
  [{ files: { "/etc/passwd": `sha256:${"0".repeat(64)}` } }, 400, "file path must be relative"],
  [{ files: { "../a.gguf": `sha256:${"0".repeat(64)}` } }, 400, "file path must be relative"],
  [{ files: { "a.gguf": "sha256:../../x" } }, 400, "invalid digest format"],
  [{ files: { "a.gguf": `sha256:${"0".repeat(64)}` } }, 404, `blob "sha256:${"0".repeat(64)}" not`],
  [{ from: "tiny", requires: "soon" }, 400, "requires must be a valid semver"],
  [{ from: "tiny", parameters: { temperature: "hot" } }, 400, "temperature must be a number"],
  [{ from: "tiny", info: { model_family: 1 } }, 400, 'info field "model_family" must be a string'],
  [{ from: "tiny", remote_host: "ollama.com" }, 400, "models run on this machine only"],
  [{ modelfile: "FROM tiny\nPARAMETER foo 1" }, 400, "(line 2): unknown parameter 'foo'"],
  [{ modelfile: "FROM tiny\nFOO 1" }, 400, "(line 2): command must be one of"],
  [{ modelfile: "SYSTEM x" }, 400, "no FROM line"],
])("%j is refused", async (body, status, message) => {
  const answer = await refused(server, { model: "bad", ...body });
  expect(answer).toEqual([status, expect.stringContaining(message)]);
});

test("after all of that the store is as it should be", async () => {
  const violations = await storeViolations(storeDir());
  expect(violations.filter((text) => !text.includes("no manifest needs it"))).toEqual([]);
});
