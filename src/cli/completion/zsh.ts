import type { Flag } from "../../core/flags/flag.ts";
import { flags } from "../../core/flags.ts";
import { type Command, helpOption, type Option } from "../command.ts";
import { commands } from "../commands.ts";
import { brief, choicesOf, isPath } from "./values.ts";

/** A script for zsh: a file `_hutch` in a folder of $fpath, or `source <(hutch completion zsh)`. */
export function zshCompletion(): string {
  const names = commands.flatMap(({ name, aliases = [], summary }) =>
    [name, ...aliases].map((word) => quoted(`${word}:${summary.replaceAll(":", "\\:")}`)),
  );
  return `#compdef hutch

_hutch_flags() {
  _arguments \\
${flags.flatMap(flagSpecs).map(indented).join(" \\\n")}
}

_hutch_commands() {
  local -a names
  names=(
    'serve:serve models' 'start:serve models' 'help:what a command does'
    ${names.join("\n    ")}
  )
  _describe -t commands command names
}

_hutch() {
  if (( CURRENT == 2 )) && [[ $words[2] != -* ]]; then
    _hutch_commands
    return
  fi
  [[ $words[2] == -* ]] || { shift words; (( CURRENT-- )) }
  case $words[1] in
    serve|start|hutch) _hutch_flags ;;
    help) _hutch_commands ;;
${commands.map(commandCase).join("\n")}
  esac
}

if [[ $funcstack[1] == _hutch ]]; then _hutch "$@"; else compdef _hutch hutch; fi`;
}

/** Each spelling of a flag; any may be there again, as its list may grow. */
function flagSpecs({ spellings, negatives, reader, help }: Flag): string[] {
  const about = described(help);
  const value = reader ? `:${valueSpec(reader.hint)}` : "";
  return [
    ...spellings.map((spelling) => quoted(`*${spelling}${about}${value}`)),
    ...negatives.map((spelling) => quoted(`*${spelling}${about}`)),
  ];
}

function commandCase({ name, aliases = [], options, usage, words: first }: Command): string {
  const specs = [...options, helpOption].flatMap(optionSpecs);
  const words = first ? `(${first.join(" ")})` : "_files";
  const rest = usage === "" ? [] : [quoted(`*:${escaped(usage)}:${words}`)];
  const lines = [...specs, ...rest].map((spec) => `    ${indented(spec)}`).join(" \\\n");
  return `    ${[name, ...aliases].join("|")})\n      _arguments \\\n${lines} ;;`;
}

function optionSpecs({ name, short, value, bare, help }: Option): string[] {
  const spellings = [`--${name}`, ...(short === undefined ? [] : [`-${short}`])];
  const after = value === undefined ? "" : `:${valueSpec(value)}`;
  const sign = bare === undefined ? "" : "=-";
  return spellings.map((spelling) =>
    quoted(`*${spelling}${spelling.startsWith("--") ? sign : ""}${described(help)}${after}`),
  );
}

function valueSpec(hint: string): string {
  const words = choicesOf(hint);
  const action = words.length > 0 ? `(${words.join(" ")})` : isPath(hint) ? "_files" : " ";
  return `${escaped(hint)}:${action}`;
}

const described = (help: string) => `[${escaped(brief(help))}]`;

/** What `_arguments` takes for the end of a part. */
const escaped = (text: string) => text.replace(/[[\]:\\]/g, "\\$&");

const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

const indented = (line: string) => `    ${line}`;
