import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UsageError } from "../../src/core/flags/flag.ts";
import { flagSpelled, flags } from "../../src/core/flags.ts";
import { readServerSettings } from "../../src/core/settings.ts";
import documented from "../golden/llama-server-flags.json" with { type: "json" };
import { flagCases } from "./flag-cases.ts";

const read = (argv: string[], env: Record<string, string> = {}) =>
  readServerSettings(argv, env, { isServe: false });

const dir = mkdtempSync(join(tmpdir(), "hutch-flags-"));
const [text, json, keys] = [join(dir, "a.txt"), join(dir, "a.json"), join(dir, "keys")];
const files = { dir, text, json, keys, empty: join(dir, "empty.toml") };
writeFileSync(files.empty, "");
writeFileSync(files.text, "root ::= x\n");
writeFileSync(files.json, '{"type":"object"}');
writeFileSync(files.keys, "secret name=laptop\n");
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** Flags of llama-server's that this program refuses, with reasons that `--help` gives. */
const refused = [
  "agent",
  "docker-repo",
  "fit-ctx",
  "log-prompts-dir",
  "mcp-servers-config",
  "mcp-servers-json",
  "tools",
  "tools-runtime",
  "ui-mcp-proxy",
  "video-ffmpeg-dir",
  "video-fps",
  "video-timestamp-interval",
];

/** What ends the program before any settings are made. */
const commands = ["help", "version", "cache-list", "list-devices", "completion-bash"];

describe("the table of flags", () => {
  test.each(Object.entries(documented))("knows every flag and variable of %s", (_, rows) => {
    const unknown = rows.flatMap(({ spellings, env }) =>
      spellings.filter((spelling) => {
        const flag = flagSpelled(spelling)?.flag;
        const negative = env?.replace("LLAMA_ARG_NO_", "LLAMA_ARG_");
        const names = [env, ...(flag?.negatives.length ? [negative] : [])];
        return !flag || (env !== null && !flag.env.some((name) => names.includes(name)));
      }),
    );
    expect([rows.length > 100, unknown]).toEqual([true, []]);
  });

  test("takes a value where they do", () => {
    const differing = Object.values(documented)
      .flat()
      .flatMap(({ spellings, hint }) =>
        spellings.filter((spelling) => !flagSpelled(spelling)?.flag.reader !== (hint === "")),
      );
    // Older versions had no value there, and one may still be left out.
    expect(differing).toEqual(["-fa", "--flash-attn", "--log-colors"]);
  });

  test("refuses nothing but what it has a reason to refuse", () => {
    const names = flags.filter((flag) => flag.refused !== null).map(({ name }) => name);
    expect(names.sort()).toEqual(refused);
  });

  test("names nothing twice", () => {
    const all = flags.flatMap(({ spellings, negatives }) => [...spellings, ...negatives]);
    expect(all.filter((name, i) => all.indexOf(name) !== i)).toEqual([]);
    const shared = flags.flatMap(({ env }) => env).filter((name) => !/KV_CACHE_TYPE/.test(name));
    expect(shared.filter((name, i) => shared.indexOf(name) !== i)).toEqual([]);
  });
});

describe("every flag sets what it says", () => {
  const cases = flagCases(files);

  test.each(cases)("%p", (argv, expected) => expect(read(argv)).toMatchObject(expected));

  test("and there is a case for each", () => {
    const tested = new Set(cases.map(([[first = ""]]) => flagSpelled(first)?.flag.name));
    const open = flags.filter((flag) => flag.refused === null && flag.noEffect === null);
    const missing = open.map(({ name }) => name).filter((name) => !tested.has(name));
    expect(missing).toEqual([...commands, "escape"].filter((name) => !tested.has(name)));
  });

  test.each(cases.filter(([argv]) => flagSpelled(argv[0] ?? "")?.flag.env.length))(
    "%p through its variable",
    (argv, expected) => {
      const { flag, isNegative } = flagSpelled(argv[0] ?? "")!;
      const rest = argv.slice(flag.reader ? 2 : 1);
      if (rest.includes(argv[0] ?? "") || flag.reader?.bare?.(argv[1]) != null) return;
      const text = flag.reader ? (argv[1] ?? "") : isNegative ? "off" : "on";
      const env = { [flag.env.find((name) => !name.startsWith("OLLAMA_")) ?? ""]: text };
      if ("" in env) return; // only Ollama's, which counts with `serve`
      expect(read(rest, env)).toMatchObject(expected);
    },
  );
});

describe("flags without effect", () => {
  test.each(flags.filter((flag) => flag.noEffect !== null))("$name says why", (flag) => {
    const [spelling = ""] = flag.spellings;
    const value = flag.name.includes("range") ? "0-1" : "1";
    const { notes } = read([spelling, ...(flag.reader ? [value] : [])]);
    expect(notes).toEqual([`${spelling} has no effect: ${flag.noEffect}`]);
  });
});

describe("flags that are refused", () => {
  test.each(flags.filter((flag) => flag.refused !== null))("$name says why", (flag) => {
    const [spelling = ""] = flag.spellings;
    const argv = [spelling, ...(flag.reader ? ["x"] : [])];
    expect(() => read(argv)).toThrow(new UsageError(`${spelling}: ${flag.refused}`));
  });

  test("may be switched off", () => expect(read(["--no-agent"]).notes).toEqual([]));
});
