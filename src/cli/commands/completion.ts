import { UsageError } from "../../core/flags/flag.ts";
import type { Command } from "../command.ts";
import { shells } from "../completion/values.ts";

export const completion: Command = {
  name: "completion",
  usage: "SHELL",
  words: shells,
  summary: "print a script that completes commands and flags",
  about:
    "SHELL is bash, zsh or fish. To try it: `source <(hutch completion bash)`, the same with " +
    "zsh, or `hutch completion fish | source`. docs/install.md says where scripts are kept.",
  options: [],
  nWords: { min: 1, max: 1 },
  run: async ({ words: [shell = ""] }) => console.log(await scriptFor(shell)),
};

/** @throws UsageError for another shell */
async function scriptFor(shell: string): Promise<string> {
  if (shell === "bash") return (await import("../completion/bash.ts")).bashCompletion();
  if (shell === "zsh") return (await import("../completion/zsh.ts")).zshCompletion();
  if (shell === "fish") return (await import("../completion/fish.ts")).fishCompletion();
  throw new UsageError(`there is no script for "${shell}", but for ${shells.join(", ")}`, {
    cause: completion,
  });
}
