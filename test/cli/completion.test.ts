import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bashCompletion } from "../../src/cli/completion/bash.ts";
import { fishCompletion } from "../../src/cli/completion/fish.ts";
import { brief } from "../../src/cli/completion/values.ts";
import { zshCompletion } from "../../src/cli/completion/zsh.ts";

const dir = mkdtempSync(join(tmpdir(), "hutch-completion-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const scripts = { bash: bashCompletion(), zsh: zshCompletion(), fish: fishCompletion() };
writeFileSync(join(dir, "hutch.zsh"), scripts.zsh);
writeFileSync(join(dir, "hutch.fish"), scripts.fish);
writeFileSync(join(dir, "local.gguf"), "");

/** Prints why, where a shell is not there. */
function isMissing(shell: string): boolean {
  if (Bun.which(shell) !== null) return false;
  process.stdout.write(`skipping the completion for ${shell}: it is not installed\n`);
  return true;
}

/** Whatever a shell does, it is not waited for longer, milliseconds. */
const timeout = 20_000;

function output(command: string[]): string {
  const env = { PATH: process.env.PATH ?? "", HOME: dir, TERM: "xterm" };
  const { stdout } = Bun.spawnSync(command, { cwd: dir, env, timeout });
  return stdout.toString();
}

test.skipIf(isMissing("bash"))("bash completes shells, the options of commands, and files", () => {
  const complete = (...words: string[]) =>
    output([
      "bash",
      "-c",
      `${scripts.bash}
      COMP_WORDS=(hutch "$@") COMP_CWORD=$#
      _hutch; echo "\${COMPREPLY[@]}"`,
      "bash",
      ...words,
    ]).trim();
  expect(complete("completion", "")).toBe("bash zsh fish --help");
  expect(complete("doctor", "--")).toBe("--json --help");
  expect(complete("serve", "-fa", "")).toBe("on off auto");
  expect(complete("config", "--config", "loc")).toBe("local.gguf");
});

describe.skipIf(isMissing("fish"))("fish completes", () => {
  const complete = (line: string) =>
    output(["fish", "--no-config", "-c", `source hutch.fish; complete -C "${line}"`])
      .trim()
      .split("\n");

  test("commands, with what they do", () => {
    expect(complete("hutch doc")).toEqual([
      "doctor\tsay what is wrong with this machine, and how to mend it",
    ]);
    expect(complete("hutch completion ")).toEqual(["bash", "fish", "zsh"]);
  });

  test("the options of a command and no others", () => {
    expect(complete("hutch health --")).toEqual(["--help\tshow this help"]);
  });

  test("the server's flags with their words and files, with a command and without", () => {
    expect(complete("hutch --api-key-f").join()).toStartWith("--api-key-file\t");
    const words = complete("hutch serve -fa ").map((line) => line.split("\t")[0]);
    expect(words).toEqual(["auto", "off", "on"]);
    expect(complete("hutch -m loc")).toEqual(["local.gguf"]);
  });
});

/** zsh completes in a terminal only: one in a terminal of its own is typed to. */
const typed = `
  zmodload zsh/zpty
  zpty z zsh -f -i
  zpty -w z "autoload -Uz compinit; compinit -D -u; source ./hutch.zsh; print rea''dy"
  zpty -r z said '*ready*'
  zpty -w -n z "$1"$'\\t'
  zpty -r z said "*$2*" && print completed`;

describe.skipIf(isMissing("zsh"))("zsh completes", () => {
  test.each([
    ["hutch doc", "hutch doctor"],
    ["hutch completion f", "fish"],
    ["hutch config --exa", "--example"],
    ["hutch serve --api-key-f", "--api-key-file"],
    ["hutch --api-key-f", "--api-key-file"],
    ["hutch serve -fa a", "auto"],
    ["hutch -m loc", "local.gguf"],
  ])("%s to %s", (line, wanted) => {
    expect(output(["zsh", "-f", "-c", typed, "zsh", line, wanted])).toBe("completed\n");
  });
});

test("menus have the first clause of a help text, without what only goes on", () => {
  expect(brief("tokens of context, 0: the model's own")).toBe("tokens of context");
  expect(brief("print JSON")).toBe("print JSON");
});
