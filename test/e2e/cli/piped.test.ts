import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { chatLines, fakeOllama, ndjson, Refusal } from "../../support/fake-ollama.ts";
import { colours, pngOf } from "../../support/pictures.ts";
import { run } from "../../support/run.ts";
import {
  bareEnvironment,
  childrenOf,
  executable,
  isAlive,
  type RunningServer,
  startServer,
  temporaryDir,
  until,
} from "../../support/server.ts";

const escapeCode = "\x1b";
const pictureQuestion = "What colour is the circle?";

describe("against a server of ours", () => {
  let server: RunningServer;
  let env: Record<string, string>;
  beforeAll(async () => {
    server = await startServer({ args: ["--temp", "0"] });
    env = { HUTCH_HOST: server.url };
  });
  afterAll(() => server[Symbol.asyncDispose]());

  test("run prints the answer and nothing else", async () => {
    const result = await run(["run", "tiny", "What is the", "capital of France?"], { env });
    expect(result).toEqual({ code: 0, stdout: "The capital of France is Paris.\n", stderr: "" });
  });

  test("run takes its prompt from a pipe, and puts it before the words", async () => {
    const piped = await run(["run", "tiny"], { env, stdin: "What is the capital of Italy?\n" });
    expect(piped.stdout).toBe("The capital of Italy is Rome.\n");
    await using fake = fakeOllama({
      "POST /api/show": () => ({ capabilities: ["completion"] }),
      "POST /api/chat": () => chatLines(["ok"]),
    });
    await run(["run", "m", "Sum", "up"], { env: { OLLAMA_HOST: fake.url }, stdin: "a\nb\n" });
    expect(fake.bodiesOf("/api/chat")).toMatchObject([
      { model: "m", messages: [{ role: "user", content: "a\nb\nSum up" }] },
    ]);
  });

  test("run --verbose tells on stderr what it took", async () => {
    const { stdout, stderr } = await run(["run", "tiny", "--verbose", "Hello"], { env });
    expect(stdout).toStartWith("Hello!");
    const heads = stderr.match(/^[a-z ]+(?=:)/gm);
    expect(heads?.join()).toBe(
      "total duration,load duration,prompt eval count,prompt eval duration,prompt eval rate," +
        "eval count,eval duration,eval rate",
    );
    expect(stderr).toMatch(/^eval rate: {12}\d+\.\d\d tokens\/s$/m);
  });

  test("run --format makes JSON of the answer", async () => {
    const schema = '{"type":"object","properties":{"a":{"type":"boolean"}},"required":["a"]}';
    const { stdout } = await run(["run", "tiny", "--format", schema, "Hello"], { env });
    expect(JSON.parse(stdout)).toEqual({ a: expect.any(Boolean) });
  });

  test("run shows a picture that the prompt names to a model that sees", async () => {
    using dir = temporaryDir();
    const picture = pngOf({ shape: "circle", colour: colours.red, background: colours.white });
    writeFileSync(join(dir.path, "my picture.png"), Buffer.from(picture, "base64"));
    const ask = (prompt: string) => run(["run", "tiny", prompt], { env, cwd: dir.path });
    const { stdout, stderr } = await ask(`"my picture.png" ${pictureQuestion}`);
    expect(stdout).toContain("red");
    expect(stderr).toBe("Added 'my picture.png'\n");
    const none = await ask(`./none.png ${pictureQuestion}`);
    expect(none.stderr).toContain("No such file: './none.png'");
  });

  test("list, show, cp, rm, ps, stop", async () => {
    const list = await run(["ls"], { env });
    expect(list.stdout).toMatch(/^NAME +ID +SIZE +MODIFIED\ntiny:latest +[0-9a-f]{12} +3\.\d MB +/);
    expect((await run(["list", "nothing"], { env })).stdout).not.toContain("tiny");
    const show = await run(["show", "tiny"], { env });
    expect(show.stdout).toMatch(/^ {2}Model\n {4}architecture +llama\n/);
    expect(show.stdout).toContain("    vision");
    await run(["run", "tiny", ""], { env });
    const ps = await run(["ps"], { env });
    expect(ps.stdout).toMatch(/^NAME +ID +SIZE +PROCESSOR +CONTEXT +UNTIL\ntiny:latest .*from now/);
    expect((await run(["stop", "tiny"], { env })).code).toBe(0);
    expect((await run(["ps"], { env })).stdout).not.toContain("tiny");
  });

  test("create sends what the Modelfile names, and rm deletes what came of it", async () => {
    using dir = temporaryDir();
    const modelfile = `FROM ${join(import.meta.dir, "../../../assets/tiny-text.gguf")}
SYSTEM Be brief.
PARAMETER temperature 0
PARAMETER stop "###"`;
    writeFileSync(join(dir.path, "Modelfile"), modelfile);
    const create = await run(["create", "mine"], { env, cwd: dir.path });
    expect([create.code, create.stdout]).toEqual([0, ""]);
    expect(create.stderr).toMatch(/^reading tiny-text\.gguf \(3\.\d MB\)\nsending tiny-text\.gguf/);
    expect(create.stderr).toEndWith("success\n");
    expect((await run(["show", "--system", "mine"], { env })).stdout).toBe("Be brief.\n");
    expect((await run(["show", "--parameters", "mine"], { env })).stdout).toContain('"###"');
    const again = await run(["create", "mine", "-f", "Modelfile"], { env, cwd: dir.path });
    expect(again.stderr).not.toContain("sending");
    const copied = await run(["cp", "mine", "yours"], { env });
    expect(copied.stdout).toBe("copied 'mine' to 'yours'\n");
    const removed = await run(["rm", "mine", "yours"], { env });
    expect(removed.stdout).toBe("deleted 'mine'\ndeleted 'yours'\n");
    expect((await run(["list"], { env })).stdout).not.toMatch(/mine|yours/);
  });

  test("who reads the output may stop before its end", async () => {
    using home = temporaryDir();
    const command = `"${executable}" run tiny Hello | true; echo "\${PIPESTATUS[0]}"`;
    const child = Bun.spawn(["bash", "-c", command], {
      env: bareEnvironment(home.path, env),
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
    const texts = [new Response(child.stdout).text(), new Response(child.stderr).text()];
    expect(await Promise.all(texts)).toEqual(["0\n", ""]);
  });

  test("an output that cannot be written is an error of one line", async () => {
    using home = temporaryDir();
    const child = Bun.spawn(["bash", "-c", `"${executable}" run tiny Hello > /dev/full`], {
      env: bareEnvironment(home.path, env),
      stdin: "ignore",
      stderr: "pipe",
    });
    expect(await new Response(child.stderr).text()).toMatch(/^hutch: the output .*\n$/);
    expect(await child.exited).toBe(1);
  });

  test("refusals are one line, and exit code 1", async () => {
    for (const args of [
      ["show", "none"],
      ["rm", "none"],
      ["stop", "none"],
      ["cp", "none", "x"],
    ]) {
      const { code, stdout, stderr } = await run(args, { env });
      expect([code, stdout]).toEqual([1, ""]);
      expect(stderr).toMatch(/^hutch: .*none.*\n$/);
    }
  });

  test("--version tells the server's, too", async () => {
    const { code, stdout, stderr } = await run(["--version"], { env });
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/\nserver: \d+\.\d+\.\d+ at 127\.0\.0\.1:\d+\n$/);
    await using other = fakeOllama({ "GET /api/version": () => ({ version: "0.99.0" }) });
    const differing = await run(["--version"], { env: { HUTCH_HOST: other.url } });
    expect(differing.stderr).toMatch(/the server's version is 0\.99\.0, this is \d/);
  });
});

describe("against a server with keys", () => {
  test("the key comes from the environment", async () => {
    await using server = await startServer({ args: ["--api-key", "secret"] });
    const list = (more: object) => run(["list"], { env: { HUTCH_HOST: server.url, ...more } });
    expect((await list({})).stderr).toContain("set HUTCH_API_KEY");
    expect((await list({ HUTCH_API_KEY: "wrong" })).stderr).toContain("it knows no such key");
    expect((await list({ HUTCH_API_KEY: "secret" })).stdout).toContain("tiny:latest");
    expect((await list({ OLLAMA_API_KEY: "secret" })).stdout).toContain("tiny:latest");
  });
});

describe("against Ollama's API as it may be", () => {
  const digest = `sha256:${"a".repeat(64)}`;

  test("run pulls a model that is missing, and tells a line for every step", async () => {
    let isThere = false;
    await using server = fakeOllama({
      "POST /api/show": () => {
        if (!isThere) throw new Refusal(404, "model 'm' not found");
        return { capabilities: ["completion"] };
      },
      "POST /api/pull": () => {
        isThere = true;
        const layer = (completed: number) => ({
          status: "pulling aaa",
          digest,
          total: 100,
          completed,
        });
        const steps = [{ status: "pulling manifest" }, layer(0), layer(50), layer(100)];
        return ndjson([...steps, { status: "success" }]);
      },
      "POST /api/chat": () => chatLines(["Hi", " there"]),
    });
    const env = { HUTCH_HOST: server.url };
    const result = await run(["run", "m", "--insecure", "Hello"], { env });
    expect([result.code, result.stdout]).toEqual([0, "Hi there\n"]);
    expect(result.stderr).toBe("pulling manifest\npulling aaa (100 B)\nsuccess\n");
    expect(server.bodiesOf("/api/pull")).toEqual([{ model: "m", insecure: true, stream: true }]);
  });

  test("a pull that fails is an error, also after its first step", async () => {
    const steps = [
      { status: "pulling manifest" },
      { error: "pull model manifest: file does not exist" },
    ];
    await using server = fakeOllama({
      "POST /api/show": () => {
        throw new Refusal(404, "model 'm' not found");
      },
      "POST /api/pull": () => ndjson(steps),
    });
    const result = await run(["pull", "m"], { env: { HUTCH_HOST: server.url } });
    expect(result.code).toBe(1);
    expect(result.stderr).toEndWith("hutch: pull model manifest: file does not exist\n");
    const answered = await run(["run", "m", "x"], { env: { HUTCH_HOST: server.url } });
    expect([answered.code, answered.stderr]).toEqual([
      1,
      expect.stringMatching(/there is no model "m" here, .*: file does not exist\n$/),
    ]);
  });

  test("an embedding model prints a vector", async () => {
    await using server = fakeOllama({
      "POST /api/show": () => ({ capabilities: ["embedding"] }),
      "POST /api/embed": () => ({ embeddings: [[0.5, -0.25]] }),
    });
    const env = { HUTCH_HOST: server.url };
    const args = [
      "run",
      "e",
      "--dimensions",
      "2",
      "--truncate=false",
      "--keepalive",
      "0",
      "a text",
    ];
    expect((await run(args, { env })).stdout).toBe("[0.5,-0.25]\n");
    expect(server.bodiesOf("/api/embed")).toEqual([
      { model: "e", input: "a text", dimensions: 2, truncate: false, keep_alive: 0 },
    ]);
  });

  test("what is thought stands before the answer, or is hidden", async () => {
    await using server = fakeOllama({
      "POST /api/show": () => ({ capabilities: ["completion", "thinking"] }),
      "POST /api/chat": () => chatLines(["42"], ["hm", "m"]),
    });
    const env = { HUTCH_HOST: server.url };
    const open = await run(["run", "m", "--think=high", "why"], { env });
    expect(open.stdout).toBe("Thinking...\nhmm\n...done thinking.\n\n42\n");
    const hidden = await run(["run", "m", "--hidethinking", "why"], { env });
    expect(hidden.stdout).toBe("42\n");
    expect(server.bodiesOf("/api/chat")).toMatchObject([{ think: "high" }, {}]);
  });

  test("nothing of a peer's text steers the terminal or gets lost in a pipe", async () => {
    const models = [{ name: `evil${escapeCode}[2J`, size: 1, digest: "d", modified_at: "" }];
    await using server = fakeOllama({ "GET /api/tags": () => ({ models }) });
    const { stdout } = await run(["list"], { env: { HUTCH_HOST: server.url } });
    expect(stdout).not.toContain(escapeCode);
  });
});

/** The default address cannot be without a server where somebody's Ollama runs. */
const isTaken = await fetch("http://127.0.0.1:11434").then(
  () => true,
  () => false,
);
if (isTaken) process.stdout.write("skipping three tests: something listens on port 11434\n");

describe("without a server", () => {
  const nowhere = "127.0.0.1:1";

  test("one that is named, but does not answer, is an error that says what to do", async () => {
    for (const name of ["HUTCH_HOST", "OLLAMA_HOST"]) {
      const { code, stderr } = await run(["list"], { env: { [name]: nowhere } });
      expect(code).toBe(1);
      expect(stderr).toBe(
        `hutch: no server at ${nowhere}, which ${name} names: start one with \`hutch serve\`, or unset ${name}\n`,
      );
    }
  });

  test.skipIf(isTaken)("a command runs one of its own, and says so; ps does not", async () => {
    const env = { LLAMA_ARG_TEMPERATURE: "0" };
    const result = await run(["run", "tiny", "What is the capital of France?"], { env });
    expect([result.code, result.stdout]).toEqual([0, "The capital of France is Paris.\n"]);
    expect(result.stderr).toBe("no server at 127.0.0.1:11434: running one for this command only\n");
    const ps = await run(["ps"]);
    expect(ps.code).toBe(1);
    expect(ps.stderr).toContain("start one with `hutch serve`");
  });

  test.skipIf(isTaken)(
    "its own server ends with the command, even when that is killed",
    async () => {
      using home = temporaryDir();
      // A model that nobody has: the command waits for a registry that never answers.
      await using registry = fakeOllama({
        "GET /v2/library/m/manifests/latest": () => Bun.sleep(60_000),
      });
      const model = `${registry.url}/library/m:latest`;
      const child = Bun.spawn([executable, "pull", "--insecure", model], {
        env: bareEnvironment(home.path),
        stdin: "ignore",
        stdout: "ignore",
        stderr: "ignore",
      });
      await until("the registry is asked", () => registry.asked.length > 0);
      const servers = childrenOf(child.pid);
      expect(servers.length).toBe(1);
      child.kill("SIGKILL");
      await until("the server has ended", () => !servers.some(isAlive));
    },
  );

  test.skipIf(isTaken)("a server that cannot start says why", async () => {
    const { code, stderr } = await run(["list"], { env: { HUTCH_CTX_SIZE: "much" } });
    expect(code).toBe(1);
    expect(stderr).toContain("hutch: cannot run a server: HUTCH_CTX_SIZE");
  });
});

describe("usage", () => {
  test.each([
    [["rn"], 2, 'unknown command "rn"; did you mean run?'],
    [["help", "shwo"], 2, 'unknown command "shwo"; did you mean show?'],
    [["run"], 2, "MODEL is missing"],
    [["cp", "a"], 2, "DESTINATION is missing"],
    [["run", "tiny", "--format", "xml", "x"], 2, "--format must be json"],
    [["create", "x", "-f", "/no/such"], 2, "no such file: /no/such"],
    [["create", "x", "-f", "/tmp"], 2, "/tmp is a folder"],
    [["create", "x"], 2, "no ./Modelfile here"],
    [["show", "tiny", "--system", "--license"], 2, "cannot both be shown"],
    [["list"], 2, "HUTCH_HOST is no address"],
  ])("%p ends with %i", async (args, code, message) => {
    const env = args[0] === "list" ? { HUTCH_HOST: "box:x" } : {};
    const result = await run(args, { env });
    expect([result.code, result.stderr]).toEqual([code, expect.stringContaining(message)]);
    expect(result.stderr).not.toContain("    at ");
  });

  test("each command has help", async () => {
    const { code, stdout } = await run(["pull", "--help"]);
    expect([code, stdout]).toEqual([0, expect.stringContaining("Usage: hutch pull MODEL")]);
    expect((await run(["help", "pull"])).stdout).toBe(stdout);
  });
});
