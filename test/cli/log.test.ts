import { afterEach, beforeEach, describe, expect, spyOn, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Log } from "../../src/cli/log.ts";
import { requestLogged } from "../../src/cli/request-log.ts";
import { readServerSettings } from "../../src/core/settings.ts";

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

const log = (...argv: string[]) => new Log(readServerSettings(argv, {}, { isServe: true }).log, {});

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

  test("tells requests and their answers with --verbose", async () => {
    const app = requestLogged({ fetch: () => new Response(null, { status: 404 }) }, log("-v"));
    expect((await app.fetch(new Request("http://host/x?key=secret"))).status).toBe(404);
    expect(printed).toEqual([expect.stringMatching(/^GET \/x: 404 after [\d.]+ ms$/)]);
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
