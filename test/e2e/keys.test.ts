import { afterAll, describe, expect, test } from "bun:test";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { run } from "../support/run.ts";
import { type RunningServer, startServer, temporaryDir, until } from "../support/server.ts";

const dir = temporaryDir();
afterAll(() => dir[Symbol.dispose]());
const content = "What is the capital of France?";
const messages = [{ role: "user" as const, content }];

/** Makes a key and adds it to a file. */
async function newKey(file: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await run(["key", ...args, "--file", file]);
  expect([code, stderr]).toEqual([0, `added to ${file}; the key is shown only now\n`]);
  return stdout.trim();
}

const openAi = ({ url }: RunningServer, apiKey: string) =>
  new OpenAI({ baseURL: `${url}/v1`, apiKey, maxRetries: 0 });
const anthropic = ({ url }: RunningServer, apiKey: string) =>
  new Anthropic({ baseURL: url, apiKey, maxRetries: 0 });
const failureOf = (promise: PromiseLike<unknown>) =>
  Promise.resolve(promise).then(
    () => null,
    (error: unknown) => error,
  );

describe("hutch key", () => {
  test("prints a key and its line", async () => {
    const args = ["key", "laptop", "--requests", "60", "--tokens", "20000", "--models", "tiny,q*"];
    const { code, stdout } = await run(args);
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(
        /^key: {2}sk-hutch-\S{43}\nline: sha256:\S{64} name=laptop requests=60 tokens=20000 models=tiny,q\*\n$/,
      ),
    ]);
  });

  test.each([
    [["my laptop"], "a name has letters"],
    [["a", "--requests", "0"], "--requests must be a whole number of at least 1"],
    [["a", "--models", ","], "models"],
    [[], "NAME is missing"],
  ])("%p is refused", async (args, problem) => {
    const { code, stdout, stderr } = await run(["key", ...args]);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(problem);
  });

  test("makes the folder of a new file, as in a home that is empty", async () => {
    const folder = join(dir.path, "new/folder");
    await newKey(join(folder, "keys"), "laptop");
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  });

  test("leaves what is no file of keys alone", async () => {
    const file = join(dir.path, "notes.txt");
    writeFileSync(file, "buy some milk");
    const { code, stderr } = await run(["key", "a", "--file", file]);
    expect([code, stderr]).toEqual([1, expect.stringContaining(`${file}, line 1: after a key`)]);
    expect(readFileSync(file, "utf8")).toBe("buy some milk");
  });
});

describe("a server with a file of keys", () => {
  test("knows a new key at once, forgets a removed one, and tells no key", async () => {
    const file = join(dir.path, "keys");
    const first = await newKey(file, "first");
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const env = { HUTCH_API_KEY: "from-the-environment" };
    await using server = await startServer({ args: ["--api-key-file", file, "-v"], env });
    const ids = async (key: string) => (await openAi(server, key).models.list()).data.length;
    expect(await ids(first)).toBe(1);
    const second = await newKey(file, "second");
    expect(await ids(second)).toBe(1);
    expect(await ids(env.HUTCH_API_KEY)).toBe(1);
    writeFileSync(file, readFileSync(file, "utf8").split("\n").slice(1).join("\n"));
    expect(await failureOf(ids(first))).toBeInstanceOf(OpenAI.AuthenticationError);
    expect(await ids(second)).toBe(1);
    writeFileSync(file, "one two three");
    expect(await ids(second)).toBe(1);
    const warning = `${file}, line 1: after a key come name=`;
    await until("the mistake is told", () => server.output().includes(warning));

    const chat = openAi(server, second).chat.completions.create({ model: "tiny", messages });
    expect((await chat).usage?.completion_tokens).toBeGreaterThan(0);
    for (const key of [first, second, env.HUTCH_API_KEY]) {
      expect(server.output().includes(key)).toBe(false);
      for (const pid of process.platform === "linux" ? server.engines() : []) {
        expect(readFileSync(`/proc/${pid}/environ`, "utf8").includes(key)).toBe(false);
      }
    }
  });

  test("clients understand its refusals", async () => {
    const file = join(dir.path, "limits");
    const one = await newKey(file, "one", "--requests", "1");
    const few = await newKey(file, "few", "--tokens", "1");
    const some = await newKey(file, "some", "--models", "qwen3*");
    await using server = await startServer({ args: ["--api-key-file", file] });
    const ask = (key: string) =>
      openAi(server, key).chat.completions.create({ model: "tiny", messages });
    const message = (key: string) =>
      anthropic(server, key).messages.create({ model: "tiny", messages, max_tokens: 9 });

    await message(one);
    const limited = await failureOf(message(one));
    expect(limited).toBeInstanceOf(Anthropic.RateLimitError);
    const { headers } = limited as InstanceType<typeof Anthropic.RateLimitError>;
    expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);

    await ask(few);
    expect(await failureOf(ask(few))).toBeInstanceOf(OpenAI.RateLimitError);
    expect(await failureOf(ask(some))).toBeInstanceOf(OpenAI.PermissionDeniedError);
    expect(await failureOf(message(some))).toBeInstanceOf(Anthropic.PermissionDeniedError);
    expect((await openAi(server, some).models.list()).data).toEqual([]);
    const listed = await run(["list"], {
      env: { HUTCH_HOST: server.url, HUTCH_API_KEY: some },
    });
    expect([listed.code, listed.stdout]).toEqual([0, expect.not.stringContaining("tiny")]);

    const metrics = await fetch(`${server.url}/metrics`, {
      headers: { authorization: `Bearer ${few}` },
    });
    const text = await metrics.text();
    expect(text).toContain('hutch_key_refusals_total{key="few",limit="tokens"} 1');
    expect(text).toMatch(/hutch_key_predicted_tokens_total\{key="few"\} [1-9]/);
  });
});

describe("HTTPS", () => {
  const [key, cert] = [join(dir.path, "key.pem"), join(dir.path, "cert.pem")];
  const request = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2";
  const subject = ["-subj", "/CN=hutch", "-addext", "subjectAltName=IP:127.0.0.1"];
  const files = ["-keyout", key, "-out", cert];
  const openssl = Bun.which("openssl");
  const hasFiles =
    openssl !== null &&
    Bun.spawnSync([openssl, ...request.split(" "), ...files, ...subject]).exitCode === 0;

  test.skipIf(!hasFiles)("from files, for clients and our own commands", async () => {
    const args = ["--ssl-key-file", key, "--ssl-cert-file", cert, "--api-key", "secret"];
    await using server = await startServer({ args });
    expect(server.url).toStartWith("https://");
    const tls = { ca: readFileSync(cert, "utf8") };
    const headers = { "x-api-key": "secret", "content-type": "application/json" };
    const body = JSON.stringify({ model: "tiny", messages, max_tokens: 9, stream: true });
    const chat = await fetch(`${server.url}/api/chat`, { method: "POST", headers, body, tls });
    expect(await chat.text()).toContain('"done":true');
    await expect(fetch(`${server.url}/health`)).rejects.toThrow(); // nobody vouches for it
    await expect(fetch(`${server.url.replace("https", "http")}/health`)).rejects.toThrow();

    const env = { HUTCH_HOST: server.url, HUTCH_API_KEY: "secret", NODE_EXTRA_CA_CERTS: cert };
    expect((await run(["list"], { env })).stdout).toContain("tiny");
  });
});
