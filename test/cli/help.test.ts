import { describe, expect, test } from "bun:test";
import { parseCommand } from "../../src/cli/command.ts";
import { commandNamed, commands } from "../../src/cli/commands.ts";
import { bashCompletion } from "../../src/cli/completion/bash.ts";
import { commandHelp, helpText, overviewText, serveHelp } from "../../src/cli/help.ts";
import { flags } from "../../src/core/flags.ts";

const lines = helpText().split("\n");

describe("--help", () => {
  test("names every flag with its variables, under its section", () => {
    const text = helpText().replaceAll(/\s+/g, " ");
    for (const { spellings, negatives, env, section } of flags) {
      expect(text).toContain([...spellings, ...negatives].join(", "));
      for (const name of env) expect(text).toContain(name);
      expect(lines).toContain(`${section}:`);
    }
  });

  test("fits a terminal of 100 columns, but for names that cannot be broken", () => {
    const long = lines.filter((line) => line.length > 100 && !/^ {2}-/.test(line));
    expect(long).toEqual([]);
  });
});

test("`hutch` alone tells of the commands, `hutch serve --help` of the flags", () => {
  const nRows = overviewText().split("\n").length;
  expect(nRows).toBeLessThan(46);
  expect(overviewText()).toContain("hutch run MODEL");
  expect(overviewText()).not.toContain("--ctx-size");
  expect(serveHelp()).toStartWith("Usage: hutch serve [flags]\n");
  expect(serveHelp()).toContain("--ctx-size");
  expect(commandHelp(commandNamed("ps")!)).toStartWith("Usage: hutch ps [options]\n");
});

describe("a command", () => {
  test("stands in the help, and has one of its own with all its options", () => {
    for (const command of commands) {
      expect(lines.some((line) => line.startsWith(`  hutch ${command.name}`))).toBe(true);
      const own = commandHelp(command);
      for (const { name } of command.options) expect(own).toContain(`--${name}`);
      expect(own.split("\n").filter((line) => line.length > 100)).toEqual([]);
    }
  });

  test("is found by its other name, and by no other", () => {
    expect(commandNamed("ls")).toBe(commandNamed("list"));
    expect(commandNamed("lst")).toBeUndefined();
  });

  const run = commandNamed("run") ?? commands[0];
  const parsed = (...argv: string[]) => parseCommand(run!, argv);

  test("takes options between words, short ones, and with or without a value", () => {
    const line = parsed("tiny", "--verbose", "why", "--format=json", "--think", "so");
    expect(line.words).toEqual(["tiny", "why", "so"]);
    expect([line.has("verbose"), line.value("format"), line.value("think")]).toEqual([
      true,
      "json",
      "true",
    ]);
    expect(parsed("tiny", "--think=high").value("think")).toBe("high");
    expect(parsed("-h").has("help")).toBe(true);
  });

  test("takes values that begin with a dash", () => {
    const line = parsed("tiny", "--keepalive", "-1", "--system", "-- be brief", "--think", "hi");
    expect([line.value("keepalive"), line.value("system")]).toEqual(["-1", "-- be brief"]);
    expect(line.words).toEqual(["tiny", "hi"]);
  });

  test("takes everything after -- as words", () => {
    expect(parsed("tiny", "--", "--think", "-5").words).toEqual(["tiny", "--think", "-5"]);
  });

  test.each([
    [[], "MODEL is missing: hutch run MODEL"],
    [["tiny", "--nonsense"], "unknown option '--nonsense'"],
    [["tiny", "--format"], "--format"],
    [["tiny", "--verbose=1"], "--verbose"],
  ])("%p is a usage error", (argv, problem) => {
    expect(() => parsed(...argv)).toThrow(problem);
  });

  test("of two words wants two", () => {
    const cp = commandNamed("cp")!;
    expect(() => parseCommand(cp, ["a"])).toThrow("DESTINATION is missing");
    expect(() => parseCommand(cp, ["a", "b", "c"])).toThrow("a word too many");
  });
});

describe("--completion-bash", () => {
  const complete = (...words: string[]) => {
    const script = `${bashCompletion()}
      COMP_WORDS=(hutch ${words.join(" ")}) COMP_CWORD=${words.length}
      _hutch; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout } = Bun.spawnSync(["bash", "-c", script]);
    return stdout.toString().trim().split("\n");
  };

  test.skipIf(Bun.which("bash") === null)("completes commands, and the flags of each", () => {
    expect(complete("--api-k")).toEqual(["--api-key", "--api-key-file"]);
    expect(complete("ser")).toEqual(["serve"]);
    expect(complete("pu")).toEqual(["pull", "push"]);
    expect(complete("run", "--no")).toEqual(["--nowordwrap"]);
    expect(complete("serve", "--api-k")).toEqual(["--api-key", "--api-key-file"]);
    expect(complete("serve", "pu")).toEqual([""]);
    expect(complete("help", "pu")).toEqual(["pull", "push"]);
    expect(complete("create", "x", "-f", "packa")).toEqual(["package-lock.json", "package.json"]);
  });
});
