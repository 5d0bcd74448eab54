import { flags } from "../../core/flags.ts";
import { helpOption } from "../command.ts";
import { commandNames, commands } from "../commands.ts";
import { choicesOf, isPath } from "./values.ts";

/** A script for bash that completes commands and flags; `source <(hutch completion bash)`. */
export function bashCompletion(): string {
  const words = flags.flatMap(({ spellings, negatives }) => [...spellings, ...negatives]);
  const takesFile = flags.filter(({ reader }) => reader && isPath(reader.hint));
  const ofCommands = commands
    .flatMap(({ options }) => options)
    .filter(({ value = "" }) => isPath(value))
    .flatMap(({ name, short }) => [`--${name}`, ...(short === undefined ? [] : [`-${short}`])]);
  const filePattern = [...takesFile.flatMap(({ spellings }) => spellings), ...ofCommands].join("|");
  return `_hutch() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} words
  words=${quoted(words)}
  case "\${COMP_WORDS[1]}" in
${commandCases()}
  esac
  ((COMP_CWORD > 1)) || words="serve start help ${commandNames.join(" ")} $words"
  case "$before" in
    ${filePattern}) COMPREPLY=($(compgen -f -- "$word")) ;;
${choiceCases()}
    *) COMPREPLY=($(compgen -W "$words" -- "$word")) ;;
  esac
}
complete -o filenames -F _hutch hutch`;
}

/** After a flag of a few words, those. */
function choiceCases(): string {
  return flags
    .flatMap(({ spellings, reader }) => {
      const words = choicesOf(reader?.hint ?? "").join(" ");
      const pattern = spellings.join("|");
      return words === ""
        ? []
        : `    ${pattern}) COMPREPLY=($(compgen -W "${words}" -- "$word")) ;;`;
    })
    .join("\n");
}

/** After a command, its own options. */
function commandCases(): string {
  const help = `    help) words=${quoted(["serve", ...commandNames])} ;;\n`;
  const cases = commands
    .map(({ name, aliases = [], options, words: first = [] }) => {
      const words = [...first, ...[...options, helpOption].map((option) => `--${option.name}`)];
      return `    ${[name, ...aliases].join("|")}) words=${quoted(words)} ;;`;
    })
    .join("\n");
  return help + cases;
}

const quoted = (words: readonly string[]) => `"${words.join(" ")}"`;
