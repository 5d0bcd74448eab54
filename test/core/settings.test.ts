import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { apiKey } from "../../src/core/api-keys.ts";
import { UsageError } from "../../src/core/flags/flag.ts";
import { ollamaOrigins } from "../../src/core/flags/http.ts";
import { readPreset } from "../../src/core/preset.ts";
import { readServerSettings } from "../../src/core/settings.ts";

type Env = Record<string, string>;

const serve = (argv: string[], env: Env = {}) => readServerSettings(argv, env, { isServe: true });
const llama = (argv: string[], env: Env = {}) => readServerSettings(argv, env, { isServe: false });

const dir = mkdtempSync(join(tmpdir(), "hutch-settings-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const file = (name: string, text: string) => {
  writeFileSync(join(dir, name), text);
  return join(dir, name);
};

describe("whose habits the server has", () => {
  test("hutch serve: loopback, Ollama's port, tiny alone", () => {
    const { http, model, load, catalog } = serve([]);
    expect(http).toMatchObject({ profile: "hutch", hostnames: ["127.0.0.1"], port: 11_434 });
    expect(http).toMatchObject({ cors: { origins: ollamaOrigins }, fetchesMedia: false });
    expect([model, catalog.nEnginesMax]).toEqual([null, 0]);
    expect(catalog).toMatchObject({ sleepIdleSeconds: 300, nWaitingMax: 512 });
    expect(catalog).toMatchObject({ loadTimeoutSeconds: 300, memoryBudgetBytes: null });
    expect(load.nParallel).toBeUndefined();
  });

  test("a flag first, with a model: llama-server", () => {
    const { http, loadDefaults, load } = llama(["-m", "x.gguf"]);
    expect(http).toMatchObject({ profile: "llama-server", port: 8080, cors: { origins: "*" } });
    expect(http.endpoints).toEqual({ slots: true, props: false, metrics: false });
    expect(http.fetchesMedia).toBe(false); // where llama-server would ask whomever it is told to
    expect(loadDefaults).toMatchObject({ nParallel: 4, kvUnified: true });
    expect([load.nParallel, load.kvUnified]).toEqual([undefined, undefined]);
  });

  test.each([[["-hf", "a/b"]], [["-mu", "https://x/y.gguf"]], [["--fim-qwen-3b-default"]]])(
    "%p names a model",
    (argv) => expect(llama(argv).http.profile).toBe("llama-server"),
  );

  test("a flag first, without a model: llama-server's router", () => {
    const { http, model, catalog } = llama(["--models-max", "2", "--no-models-autoload"]);
    expect([http.profile, model, catalog.nEnginesMax]).toEqual(["router", null, 2]);
    expect(http.autoload).toBe(false);
  });

  test("the context is each request's with serve, and all slots' otherwise", () => {
    expect(serve(["-c", "512"]).load).toEqual({ nCtxSeq: 512, media: expect.anything() });
    expect(llama(["-c", "512"]).load).toEqual({ nCtx: 512, media: expect.anything() });
    expect(serve(["-c", "0"]).load.nCtx).toBe(0);
  });

  test("-np -1 leaves the number of slots open", () => {
    expect(llama(["-np", "-1"]).load).toEqual({ media: expect.anything() });
  });
});

describe("arguments", () => {
  test.each([
    [["--ctx_size", "5"], { nCtx: 5 }],
    [["--ctx-size=5"], { nCtx: 5 }],
    [["-c", "4", "-c", "5"], { nCtx: 5 }],
    [["-b", "1024", "-ub", "1024", "--embedding"], { nBatch: 1024, nUbatch: 1024 }],
    [["-b", "64", "--embedding"], { nBatch: 64 }],
  ])("%p", (argv, expected) => expect(llama(argv).load).toMatchObject(expected));

  test.each([
    [["--prot", "1"], 'unknown argument "--prot"; did you mean --port?'],
    [["-nglx", "1"], 'unknown argument "-nglx"; did you mean -ngl?'],
    [["model.gguf"], 'unknown argument "model.gguf"'],
    [["--port"], "--port needs a value: PORT"],
    [["--metrics=1"], "--metrics takes no value"],
    [["--port", "70000"], '--port must be a whole number from 0 to 65535, not "70000"'],
    [["-c", "many"], '-c must be a whole number of at least 0, not "many"'],
    [["-np", "0"], "-np must not be 0"],
    [["-np", "201"], '-np must be a whole number from -1 to 200, not "201"'],
    [["--temp", "hot"], '--temp must be a number, not "hot"'],
    [["--pooling", "max"], '--pooling must be one of none, mean, cls, last, rank, not "max"'],
    [["-fit", "maybe"], '-fit must be on or off, not "maybe"'],
    [["-ngl", "most"], '-ngl must be a number of layers, auto or all, not "most"'],
    [["--samplers", "top_k;best"], 'not "best"'],
    [["--sampler-seq", "kz"], 'not "z"'],
    [["-l", "x+1"], '-l must be like 15043+1, not "x+1"'],
    [["-ot", "CPU"], '-ot must be PATTERN=BUFFER_TYPE,…, not "CPU"'],
    [["--override-kv", "a=b"], '--override-kv must be KEY=TYPE:VALUE, not "a=b"'],
    [["--override-kv", "a=int:x"], '--override-kv must be KEY=TYPE:VALUE, not "a=int:x"'],
    [["--override-kv", "a=bool:2"], "--override-kv must be KEY=TYPE:VALUE"],
    [["-fa", "maybe"], '-fa must be on, off or auto, not "maybe"'],
    [["--rope-scale", "0"], '--rope-scale must be a number above 0, not "0"'],
    [["-mu", "ftp://x/y.gguf"], "-mu must be an address that begins with http:// or https://"],
    [["-mu", "y.gguf"], "-mu must be an address that begins with http:// or https://"],
    [["-C", "xyz"], "-C must be a mask of hexadecimal digits"],
    [["-Cr", "7-3"], "-Cr must be a range of processors"],
    [["--lora-scaled", "a:big"], '--lora-scaled must be a number, not "a:big"'],
    [["--lora-scaled", "a"], '--lora-scaled must be FILE:SCALE, not "a"'],
    [["--control-vector-layer-range", "1"], "must be two numbers, START END"],
    [["--control-vector-layer-range", "5", "2"], "must be in order, START END"],
    [["--spec-type", "guess"], 'not "guess"'],
    [["--spec-type", "none,prompt-lookup"], "prompt-lookup cannot be used with other types"],
    [["-m", "a.gguf", "--spec-type", "draft-simple"], "needs a draft model: --model-draft FILE"],
    [["--threads", "600"], "--threads must be a whole number from -512 to 512"],
    [["--spec-ngram-map-k-size-n", "1", "--spec-ngram-simple-size-n", "2"], "it was 1"],
    [["--sleep-idle-seconds", "0"], '--sleep-idle-seconds must be -1 or above 0, not "0"'],
    [["--grammar-file", "/no/such"], '--grammar-file must be a file that can be read, not "/no'],
    [["-jf", "/no/such"], "-jf must be a file"],
    [["-j", "[1]"], '-j must be a JSON object, not "[1]"'],
    [["--api-prefix", '/"'], "--api-prefix must be a path of letters and digits"],
    [["--path", "/no/such"], '--path must be a folder, not "/no/such"'],
    [["--slot-save-path", "/no/such"], "--slot-save-path must be a folder"],
    [["--ssl-key-file", "/no/such"], "HTTPS needs both --ssl-key-file and --ssl-cert-file"],
    [["--ssl-key-file", "/no/a", "--ssl-cert-file", "/no/b"], "no such file: /no/a"],
    [["--port", "0", "--host", "127.0.0.1,::1"], "--port 0 needs a single address"],
    [["-mmdev", "CUDA0"], '-mmdev: this build takes only "none"'],
    [["--mmproj", "x"], "--mmproj needs --model: a projector belongs to a model"],
  ])("%p is an error that says what to do", (argv, message) => {
    expect(() => llama(argv)).toThrow(UsageError);
    expect(() => llama(argv)).toThrow(message);
  });

  test.each([
    [["--chat-template", "llama3"], { template: "llama3", jinja: false }],
    [["--chat-template", "llama3", "--jinja"], { template: "llama3", jinja: true }],
    [["--chat-template", "chatml"], { template: "chatml" }],
    [["--chat-template", "{{ x }}"], { template: "{{ x }}" }],
  ])("%p: a name of llama.cpp's is no Jinja", (argv, chat) => {
    expect(llama(argv).load.chat).toEqual(chat);
  });

  test("an empty file of keys does not open the server to everybody", () => {
    const argv = ["--api-key-file", file("keys", "# none yet\n")];
    expect(() => llama(argv)).toThrow("--api-key-file is a file without any key");
  });
});

describe("an address that others reach", () => {
  const keys = file("some-keys", "secret\n");
  const warnings = (argv: string[], env: Record<string, string> = {}) =>
    [serve(argv, env), llama(argv, env)].map(
      ({ notes }) => notes.filter((note) => note.includes("asks for no API key")).length,
    );

  test.each([
    [["--host", "0.0.0.0"]],
    [["--host", "::"]],
    [["--host", "127.0.0.1,192.168.1.5"]],
    [["--host", "box.example"]],
  ])("%p without a key is warned of", (argv) => {
    expect(warnings(argv)).toEqual([1, 1]);
    expect(warnings([...argv, "--api-key", "secret"])).toEqual([0, 0]);
    expect(warnings([...argv, "--api-key-file", keys])).toEqual([0, 0]);
    expect(warnings(argv, { HUTCH_API_KEY: "secret" })).toEqual([0, 0]);
    expect(warnings(argv, { HUTCH_API_KEY_FILE: keys })).toEqual([0, 0]);
  });

  test.each(["127.0.0.1", "127.8.8.8", "localhost", "::1", "[::1]", "/run/hutch.sock"])(
    "%s is none",
    (host) => expect(warnings(["--host", host])).toEqual([0, 0]),
  );

  test("the warning names it", () => {
    const { notes } = serve([], { OLLAMA_HOST: "0.0.0.0:1234" });
    expect(notes.join()).toContain("everybody who reaches 0.0.0.0 can use this server");
  });
});

describe("variables", () => {
  test.each([
    ["0.0.0.0", { hostnames: ["0.0.0.0"], port: 11_434 }],
    ["0.0.0.0:8000", { hostnames: ["0.0.0.0"], port: 8000 }],
    [":9000", { hostnames: ["127.0.0.1"], port: 9000 }],
    ["http://box.lan:81/", { hostnames: ["box.lan"], port: 81 }],
    ["[::1]:5", { hostnames: ["::1"], port: 5 }],
    ["::1", { hostnames: ["::1"], port: 11_434 }],
    ["/run/h.sock", { hostnames: ["/run/h.sock"], port: 11_434 }],
  ])("HUTCH_HOST %p", (value, expected) =>
    expect(serve([], { HUTCH_HOST: value }).http).toMatchObject(expected),
  );

  test("flags win over variables, Hutch's over llama-server's, those over Ollama's", () => {
    const env = {
      OLLAMA_HOST: "1.1.1.1:1",
      LLAMA_ARG_HOST: "4.4.4.4",
      HUTCH_HOST: "2.2.2.2:2",
      HUTCH_PARALLEL: "4",
    };
    expect(serve([], env)).toMatchObject({
      http: { hostnames: ["2.2.2.2"], port: 2 },
      load: { nParallel: 4 },
    });
    expect(serve(["--host", "3.3.3.3", "--port", "3", "-np", "5"], env)).toMatchObject({
      http: { hostnames: ["3.3.3.3"], port: 3 },
      load: { nParallel: 5 },
    });
  });

  test("a list on the command line takes the variable's place", () => {
    expect(llama(["--api-key", "b"], { LLAMA_API_KEY: "a" }).http.apiKeys).toEqual([
      apiKey("b", "key-1"),
    ]);
  });

  test("Ollama's count with serve only", () => {
    const env = {
      OLLAMA_HOST: "0.0.0.0:1",
      OLLAMA_NUM_PARALLEL: "2",
      OLLAMA_CONTEXT_LENGTH: "77",
      OLLAMA_KV_CACHE_TYPE: "q8_0",
      OLLAMA_FLASH_ATTENTION: "1",
      OLLAMA_ORIGINS: "https://*.example.org",
    };
    expect(serve([], env)).toMatchObject({
      http: { port: 1, cors: { origins: [...ollamaOrigins, "https://*.example.org"] } },
      load: {
        nParallel: 2,
        nCtxSeq: 77,
        context: { type_k: "q8_0", type_v: "q8_0", flash_attn: "on" },
      },
    });
    expect(llama([], env)).toMatchObject({ http: { port: 8080, cors: { origins: "*" } } });
    expect(llama([], env).load).toEqual({ media: expect.anything() });
  });

  test.each<[string, Env, object]>([
    [
      "spaces and quotes are no part of it",
      { OLLAMA_HOST: ' "0.0.0.0:5" ' },
      { http: { port: 5 } },
    ],
    ["http:// is port 80", { OLLAMA_HOST: "http://0.0.0.0/x" }, { http: { port: 80 } }],
    ["https:// is port 443", { OLLAMA_HOST: "https://h" }, { http: { port: 443 } }],
    ["other schemes say nothing", { OLLAMA_HOST: "tcp://h:5" }, { http: { port: 5 } }],
    ["what is no port is left out", { OLLAMA_HOST: "h:1x" }, { http: { port: 11_434 } }],
    [
      "any word is true",
      { OLLAMA_FLASH_ATTENTION: "yes" },
      { load: { context: { flash_attn: "on" } } },
    ],
    ["F is not", { OLLAMA_FLASH_ATTENTION: "F" }, { load: { context: { flash_attn: "off" } } }],
    ["debug has levels", { OLLAMA_DEBUG: "2" }, { log: { level: 1 } }],
    ["a number is seconds", { OLLAMA_KEEP_ALIVE: "90" }, { catalog: { sleepIdleSeconds: 90 } }],
    ["-1 is for ever", { OLLAMA_KEEP_ALIVE: "-1" }, { catalog: { sleepIdleSeconds: -1 } }],
    [
      "types in capitals",
      { OLLAMA_KV_CACHE_TYPE: "Q8_0" },
      { load: { context: { type_k: "q8_0", type_v: "q8_0" } } },
    ],
    ["a queue", { OLLAMA_MAX_QUEUE: "3" }, { catalog: { nWaitingMax: 3 } }],
    ["a timeout", { OLLAMA_LOAD_TIMEOUT: "-1s" }, { catalog: { loadTimeoutSeconds: 0 } }],
    ["bytes", { OLLAMA_GPU_OVERHEAD: "1000" }, { catalog: { gpuOverheadBytes: 1000 } }],
  ])("Ollama's, as Ollama reads them: %s", (_, env, expected) => {
    expect(serve([], env)).toMatchObject(expected);
  });

  test("Ollama's 0 leaves a size open", () => {
    const env = { OLLAMA_CONTEXT_LENGTH: "0", OLLAMA_NUM_PARALLEL: "0" };
    expect(serve([], env).load).toEqual({ media: expect.anything() });
  });

  test("Ollama's that make no sense are told of, and the default is taken", () => {
    const env = { OLLAMA_MAX_QUEUE: "many", OLLAMA_KEEP_ALIVE: "5", OLLAMA_HOST: "a:b:c" };
    const { catalog, http, notes } = serve([], env);
    expect([catalog.nWaitingMax, catalog.sleepIdleSeconds, http.port]).toEqual([512, 5, 11_434]);
    expect(notes[0]).toBe('OLLAMA_HOST is no address: "a:b:c"; the default is taken');
    expect(notes[1]).toMatch(/^OLLAMA_MAX_QUEUE must be .*, not "many"; the default is taken$/);
    expect(() => serve([], { HUTCH_MAX_QUEUE: "many" })).toThrow("HUTCH_MAX_QUEUE must be");
  });

  test("Ollama's without meaning here are told of once, with the reason", () => {
    const env = { OLLAMA_SCHED_SPREAD: "1", OLLAMA_HOST: "h:x" };
    const { notes } = serve([], env);
    expect(notes.join("\n")).toMatch(/OLLAMA_SCHED_SPREAD has no effect: .*\n?/);
    expect(notes.join("\n")).toContain('OLLAMA_HOST: "x" is no port; the usual one is taken');
    expect(llama([], env).notes).toEqual([]);
  });

  test.each([
    [{ LLAMA_ARG_NO_MMAP: "1" }, { model: { load_mode: "none" } }],
    [{ LLAMA_ARG_NO_KV_OFFLOAD: "" }, { context: { offload_kqv: false } }],
    [{ LLAMA_ARG_KV_OFFLOAD: "0" }, { context: { offload_kqv: false } }],
    [{ LLAMA_ARG_NO_CONTEXT_SHIFT: "true" }, { contextShift: false }],
    [
      { LLAMA_ARG_MLOCK: "off", LLAMA_ARG_CTX_SIZE: "9" },
      { nCtx: 9, model: undefined },
    ],
    [{ LLAMA_ARG_CTX_SIZE: "" }, { nCtx: undefined }],
  ])("%p", (env, expected) => {
    const { load } = llama([], env as Env);
    for (const [name, value] of Object.entries(expected)) {
      expect(load[name as keyof typeof load] as unknown).toEqual(value);
    }
  });

  test("a bad one is named", () => {
    expect(() => serve([], { HUTCH_PARALLEL: "x" })).toThrow("HUTCH_PARALLEL must be");
    expect(() => serve([], { HUTCH_HOST: "a:b:c" })).toThrow("HUTCH_HOST is no address");
    expect(() => serve([], { HUTCH_HOST: "a:99999" })).toThrow("that end at 65535");
    expect(() => llama([], { LLAMA_ARG_MLOCK: "maybe" })).toThrow("LLAMA_ARG_MLOCK must be on");
    expect(() => llama([], { LLAMA_ARG_TOOLS: "all" })).toThrow("LLAMA_ARG_TOOLS: Hutch runs no");
  });

  test("Vertex AI's give the routes and the port", () => {
    const env = { AIP_MODE: "PREDICTION", AIP_HTTP_PORT: "81", AIP_PREDICT_ROUTE: "p" };
    const { vertex, port } = llama(["--port", "5"], env).http;
    expect([vertex, port]).toEqual([{ predictRoute: "/p", healthRoute: "/health" }, 81]);
    expect(llama([]).http.vertex).toBeNull();
  });

  test("the marker of pictures is random, unless it is given", () => {
    const marker = (env: Env = {}) => {
      const { http, load } = llama([], env);
      expect(load.media?.marker).toBe(http.mediaMarker);
      return http.mediaMarker;
    };
    expect(marker({ LLAMA_MEDIA_MARKER: "<__media__>" })).toBe("<__media__>");
    expect(marker()).not.toBe(marker());
  });
});

describe("presets", () => {
  const preset = (entries: Record<string, string>) => readPreset(entries, "[x] of p.ini");

  test("are read like flags, by name or by variable", () => {
    const entries = {
      "hf-repo": "a/b:Q8_0",
      LLAMA_ARG_CTX_SIZE: "512",
      np: "2",
      "no-mmap": "true",
      "kv-offload": "off",
      jinja: "0",
      mlock: "false",
      "lora-scaled": "a:0.5",
      "control-vector-layer-range": "1 4",
      "sleep-idle-seconds": "5",
    };
    expect(preset(entries)).toEqual({
      model: { hfRepo: "a/b:Q8_0", mmprojAuto: true, aliases: [], tags: [] },
      load: {
        nCtx: 512,
        nParallel: 2,
        kvUnified: false,
        model: { load_mode: "none" },
        context: { offload_kqv: false },
        chat: { jinja: false },
        lora: [{ path: "a", scale: 0.5 }],
        controlVectorLayers: [1, 4],
      },
      sleepIdleSeconds: 5,
      notes: [],
    });
  });

  test("tell what concerns the whole server", () => {
    const { notes } = preset({ port: "5", "threads-http": "3" });
    expect(notes[0]).toBe("port in [x] of p.ini has no effect: it is about the whole server");
    expect(notes).toHaveLength(2);
  });

  test.each([
    [{ sizes: "1" }, "unknown key sizes in [x] of p.ini"],
    [{ c: "many" }, 'c in [x] of p.ini must be a whole number of at least 0, not "many"'],
  ])("%p is an error", (entries, message) =>
    expect(() => preset(entries as unknown as Record<string, string>)).toThrow(message),
  );

  test("say nothing about what they do not name", () => {
    expect(preset({})).toEqual({
      model: { mmprojAuto: true, aliases: [], tags: [] },
      load: {},
      sleepIdleSeconds: undefined,
      notes: [],
    });
  });
});
