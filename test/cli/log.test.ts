import { afterEach, beforeEach, describe, expect, spyOn, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Log } from "../../src/cli/log.ts";
import { requestLogger } from "../../src/cli/request-log.ts";
import { AppError } from "../../src/core/errors.ts";
import { readServerSettings } from "../../src/core/settings.ts";
import { RequestRecord } from "../../src/http/request-record.ts";

let dir = "";
let printed: string[] = [];
let complained: string[] = [];
const spies: { mockRestore(): void }[] = [];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "hutch-log-"));
  [printed, complained] = [[], []];
  spies.push(spyOn(console, "log").mockImplementation((line) => void printed.push(line)));
  spies.push(spyOn(console, "error").mockImplementation((line) => void complained.push(line)));
});

afterEach(() => {
  for (const spy of spies.splice(0)) spy.mockRestore();
  rmSync(dir, { recursive: true, force: true });
});

/** Makes stdout a terminal or not, until it is disposed of. */
function terminal(isOne: boolean): Disposable {
  const before = process.stdout.isTTY;
  process.stdout.isTTY = isOne;
  return {
    [Symbol.dispose]: () => {
      process.stdout.isTTY = before;
    },
  };
}

const requestOf = (path: string, method = "GET") =>
  new RequestRecord(
    new Request(`http://host${path}`, { method, headers: { "x-request-id": "abc" } }),
    () => {},
  );

const log = (...argv: string[]) => made("--no-log-jsonl", ...argv);
const made = (...argv: string[]) =>
  new Log(readServerSettings(argv, {}, { isServe: true }).log, {});

describe("the log", () => {
  test("tells the terminal, warnings and errors on stderr", () => {
    const all = log("--log-colors", "off");
    all.debug("not asked for");
    all.info("a");
    all.warning("b");
    all.error("c");
    expect([printed, complained]).toEqual([["a"], ["b", "c"]]);
  });

  test.each([
    [
      ["-lv", "1"],
      [[], ["c"]],
    ],
    [
      ["-lv", "2"],
      [[], ["b", "c"]],
    ],
    [["--log-disable"], [[], []]],
    [
      ["-v"],
      [
        ["0", "a"],
        ["b", "c"],
      ],
    ],
  ])("%p chooses what is told", (argv, expected) => {
    const some = log(...argv);
    some.debug("0");
    some.info("a");
    some.warning("b");
    some.error("c");
    expect([printed, complained]).toEqual(expected as [string[], string[]]);
  });

  test("tells requests and how they ended, without what they said", () => {
    const record = requestOf("/v1/chat/completions?key=secret", "POST");
    Object.assign(record, { status: 200, model: "tiny", nPrompt: 7, nPredicted: 3, keyName: "me" });
    record.failed(new AppError("engine_crashed", "secret"));
    requestLogger(log())(record);
    const ms = String.raw`[\d.]+ ms`;
    expect(printed).toEqual([
      expect.stringMatching(
        new RegExp(
          `^POST /v1/chat/completions: 200 after ${ms}, engine_crashed, tiny, 7 . 3 tokens, key me, id abc$`,
        ),
      ),
    ]);
    requestLogger(log("--log-jsonl"))(record);
    expect(JSON.parse(printed[1] ?? "")).toEqual({
      time: expect.any(String),
      level: "info",
      message: expect.any(String),
      request_id: "abc",
      method: "POST",
      path: "/v1/chat/completions",
      status: 200,
      outcome: "engine_crashed",
      model: "tiny",
      ms: expect.any(Number),
      prompt_tokens: 7,
      completion_tokens: 3,
      key: "me",
    });
    expect(printed.join()).not.toContain("secret");
  });

  test("tells of whoever asks every few seconds only when it fails", () => {
    const record = requestOf("/ready");
    record.status = 200;
    requestLogger(log())(record);
    expect(printed).toEqual([]);
    record.status = 503;
    requestLogger(log())(record);
    expect(printed).toEqual([expect.stringMatching(/^GET \/ready: 503/)]);
  });

  test("writes a file as well, without colours", () => {
    const path = join(dir, "x.log");
    const both = log("--log-file", path, "--log-prefix", "--log-colors", "on");
    both.info("a");
    both.error("b");
    expect(complained).toEqual(["\x1b[31merror: b\x1b[0m"]);
    expect(readFileSync(path, "utf8")).toBe("info: a\nerror: b\n");
  });

  test("passes llama.cpp's lines on as they are", () => {
    const path = join(dir, "x.log");
    log("--log-file", path, "--log-prefix", "-lv", "1").native("llama_load: x");
    expect([complained, readFileSync(path, "utf8")]).toEqual([
      ["llama_load: x"],
      "llama_load: x\n",
    ]);
  });

  test("is text on a terminal and JSON elsewhere, unless a flag says otherwise", () => {
    using _ = terminal(true);
    made().info("a");
    made("--log-jsonl").info("b");
    terminal(false);
    made().info("c");
    log().info("d");
    made().native("e");
    const jsonOf = (message: string) => expect.stringContaining(`"message":"${message}"`);
    expect(printed).toEqual(["a", jsonOf("b"), jsonOf("c"), "d"]);
    expect(complained).toEqual([jsonOf("e")]);
  });

  test("has times, and lines of JSON", () => {
    log("--log-timestamps").info("a");
    log("--log-jsonl").info('"a"\n');
    expect(printed[0]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z a$/);
    expect(JSON.parse(printed[1] ?? "")).toEqual({
      time: expect.any(String),
      level: "info",
      message: '"a"\n',
    });
  });

  test("a file that cannot be written is an error at once", () => {
    expect(() => log("--log-file", dir)).toThrow(`--log-file ${dir} cannot be written`);
  });
});
