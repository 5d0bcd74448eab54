import { describe, expect, test } from "bun:test";
import { bashCompletion } from "../../src/cli/completion.ts";
import { helpText } from "../../src/cli/help.ts";
import { flags } from "../../src/core/flags.ts";

describe("--help", () => {
  const lines = helpText().split("\n");

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

describe("--completion-bash", () => {
  const complete = (word: string) => {
    const script = `${bashCompletion()}
      COMP_WORDS=(hutch ${word}) COMP_CWORD=1; _hutch; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout } = Bun.spawnSync(["bash", "-c", script]);
    return stdout.toString().trim().split("\n");
  };

  test.skipIf(Bun.which("bash") === null)("completes flags and the command", () => {
    expect(complete("--api-k")).toEqual(["--api-key", "--api-key-file"]);
    expect(complete("ser")).toEqual(["serve"]);
  });
});
