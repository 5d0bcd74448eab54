import { afterAll, describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exampleConfig, settingsInForce } from "../../src/cli/commands/config.ts";
import { readConfig } from "../../src/core/config/read.ts";
import { UsageError } from "../../src/core/flags/flag.ts";
import { flags } from "../../src/core/flags.ts";
import { readServerSettings } from "../../src/core/settings.ts";

const dir = mkdtempSync(join(tmpdir(), "hutch-config-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const path = join(dir, "hutch.toml");
const keys = join(dir, "keys");
writeFileSync(keys, "secret\n");

function write(text: string): string {
  writeFileSync(path, text);
  return path;
}

const serve = (text: string, argv: string[] = [], env: Record<string, string> = {}) =>
  readServerSettings(["--config", write(text), ...argv], env, { isServe: true });

describe("a file of settings", () => {
  test("says what flags say, in TOML's own kinds of values", () => {
    const settings = serve(`
      port = 4000
      host = ["127.0.0.1", "::1"]   # a list
      ctx_size = 2048
      mmap = false
      no-prune = true
      keep-alive = "10m"
      ngl = 3
      tensor-split = [3, 1]
      flash-attn = false
      reverse-prompt = ["A,B", "C"]
      api-key-file = ["${keys}"]
      chat-template-kwargs = { enable_thinking = false }
      temp = 0.5
    `);
    expect(settings).toMatchObject({
      configPath: path,
      http: { port: 4000, hostnames: ["127.0.0.1", "::1"], apiKeyFiles: [keys] },
      catalog: { prunes: false, sleepIdleSeconds: 600 },
      load: {
        nCtxSeq: 2048,
        stop: ["A,B", "C"],
        model: { load_mode: "none", n_gpu_layers: 3, tensor_split: [3, 1] },
        chat: { templateVariables: { enable_thinking: false } },
        sampling: { temperature: 0.5 },
      },
    });
  });

  test("a comma in an item of a list stays in it", () => {
    expect(serve('fetch-hosts = ["a,b", "c"]').http.fetchHosts).toEqual(["a,b", "c"]);
  });

  test("flag before variable before file before default", () => {
    const text = "port = 1\nmax-queue = 1\nmax-images = 1\n";
    const env = { HUTCH_PORT: "2", HUTCH_MAX_QUEUE: "2" };
    const { http, catalog } = serve(text, ["--port", "3"], env);
    expect([http.port, catalog.nWaitingMax, http.limits.nMedia]).toEqual([3, 2, 1]);
    expect(serve("").http.port).toBe(11_434);
  });

  test("the port of HUTCH_HOST is a variable's", () => {
    expect(serve("port = 1", [], { HUTCH_HOST: "127.0.0.1:9" }).http.port).toBe(9);
  });

  test.each([
    ["\n# c\nprot = 1\n", ':3: unknown key "prot"; did you mean "port"?'],
    ["zz9 = 1\n[server]\nport = 1", ':1: unknown key "zz9"'],
    ["[server]\nport = 1", ':1: unknown key "server"; settings stand at the top, in no table'],
    ['port = "80"', ":1: port must be a number, not a text in quotes"],
    ["port = 70000", ':1: port must be a whole number from 0 to 65535, not "70000"'],
    ["mmap = 1", ":1: mmap must be true or false, not a number"],
    ["host = 5", ":1: host must be a list or a text in quotes, not a number"],
    ["host = [true]", ":1: host must be a list of texts or numbers, not of true or false"],
    ["port = 2020-01-01", ":1: port must be a number, not a date"],
    ["x = [\n1,\n]\nport = [1]", ':1: unknown key "x"'],
    ["tags = [\n'x',\n]\n\nport = [1]", ":5: port must be a number, not a list"],
    ["port = 1\n\nport = 2", ":3: Cannot redefine key 'port'"],
    ["port = 1\nhost = 127.0.0.1\n", ":2: "],
    ['port = 1\nhost = """\nx\n', ":2: "],
    ["ctx-size = 1\nc = 2", `:2: c says again what ${path}:1: ctx-size says`],
    ["version = true", ":1: version stands for a flag of the command line"],
    ['config = "x"', ":1: config stands for a flag of the command line"],
    ['docker-repo = "x"', ":1: docker-repo: Hutch does not load models from Docker Hub"],
  ])("%p is an error that names file, line and key", (text, message) => {
    expect(() => serve(text)).toThrow(UsageError);
    expect(() => serve(text)).toThrow(`${path}${message}`);
  });

  test("one that is named must be there", () => {
    const read = () => readServerSettings(["--config", "/no/such"], {}, { isServe: true });
    expect(read).toThrow("the settings cannot be read: ENOENT");
  });
});

describe("where the file is looked for", () => {
  const home = join(dir, "home");
  const own = join(home, ".config", "hutch", "hutch.toml");
  const xdg = join(dir, "xdg");
  mkdirSync(join(home, ".config", "hutch"), { recursive: true });
  mkdirSync(join(xdg, "hutch"), { recursive: true });
  writeFileSync(own, "port = 5");
  writeFileSync(join(xdg, "hutch", "hutch.toml"), "port = 6");
  const port = (argv: string[], env: Record<string, string>, isServe = true) =>
    readServerSettings(argv, { HOME: home, ...env }, { isServe }).http.port;

  test("the flag, the variable, XDG's folder, the user's", () => {
    const env = { XDG_CONFIG_HOME: xdg };
    expect(port([], {})).toBe(5);
    expect(port([], env)).toBe(6);
    expect(port([], { ...env, HUTCH_CONFIG: write("port = 7") })).toBe(7);
    expect(port(["--config", own], { ...env, HUTCH_CONFIG: path })).toBe(5);
    expect(port(["--config", "none"], env)).toBe(11_434);
  });

  test("llama-server's habits are without one, unless it is named", () => {
    expect(port([], {}, false)).toBe(8080);
    expect(port(["--config", own], {}, false)).toBe(5);
  });

  test("for a command's own server it says nothing of addresses, keys, TLS and logs", () => {
    const text = 'api-key = "k"\nnitro-port = 3\nlog-disable = true\nctx-size = 512\nstore = "/s"';
    const start = { isServe: true, isAttached: true };
    const { http, log, load, catalog } = readServerSettings(["--config", write(text)], {}, start);
    const plain = readServerSettings(["--config", "none"], {}, start);
    const { mediaMarker } = http; // another one for each server
    expect([http, log]).toEqual([{ ...plain.http, mediaMarker }, plain.log]);
    expect([load.nCtxSeq, catalog.storeDir]).toEqual([512, "/s"]);
  });

  const isRoot = process.getuid?.() === 0;
  if (isRoot) process.stdout.write("skipping another user's file: root may read every file\n");
  test.skipIf(isRoot)("another user's is left out, and told of", () => {
    chmodSync(own, 0o000);
    const { notes } = readServerSettings([], { HOME: home }, { isServe: true });
    expect(notes.join()).toContain("settings are left out: EACCES");
  });
});

describe("hutch config", () => {
  test("shows what counts, where it comes from, and no secrets", () => {
    write('port = 1\napi-key = ["hush"]\nmodel-url = "https://me:pass@x/y.gguf"');
    const argv = ["--config", path, "-c", "5"];
    const { file, settings } = settingsInForce(argv, { HUTCH_PORT: "2" }, { all: false });
    expect([file, settings]).toEqual([
      path,
      [
        { name: "model-url", value: "https://(hidden)@x/y.gguf", from: `${path}:3: model-url` },
        { name: "ctx-size", value: "5", from: "-c" },
        { name: "port", value: "2", from: "HUTCH_PORT" },
        { name: "api-key", value: "(hidden)", from: `${path}:2: api-key` },
      ],
    ]);
  });

  test("--all has every setting", () => {
    const { settings } = settingsInForce(["--config", "none"], {}, { all: true });
    const names = new Set(settings.map(({ name }) => name));
    const open = flags.filter(({ section, refused }) => section !== "Program" && refused === null);
    expect([...names].sort()).toEqual([...new Set(open.map(({ name }) => name))].sort());
  });
});

describe("the example of a file", () => {
  const lines = exampleConfig().split("\n");
  const settings = lines.filter((line) => /^#["a-z]/.test(line)).map((line) => line.slice(1));

  test("is one, and has every setting that --help and docs/flags.md have", async () => {
    expect(readConfig(write(lines.join("\n")))).toEqual([]);
    const page = await Bun.file(new URL("../../docs/flags.md", import.meta.url)).text();
    for (const { name, section, refused } of flags) {
      expect(page).toContain(`--${name}`);
      if (section === "Program" || refused !== null) continue;
      expect(
        settings.filter((line) => line.replaceAll('"', "").startsWith(`${name} = `)),
      ).toHaveLength(1);
    }
  });

  test.each(settings)("%s has a value of the right kind", (line) => {
    expect(readConfig(write(line))).toHaveLength(1);
  });
});
