import type { Flag } from "../../core/flags/flag.ts";
import { flags } from "../../core/flags.ts";
import { type Command, helpOption, type Option } from "../command.ts";
import { commandNames, commands } from "../commands.ts";
import { brief, choicesOf, isPath } from "./values.ts";

/** A script for fish, for ~/.config/fish/completions/hutch.fish, or to be sourced. */
export function fishCompletion(): string {
  const names = ["serve", "start", "help", ...commandNames].join(" ");
  return `function __hutch_command
    set -l words (commandline -opc)
    test (count $words) -ge 2; and echo $words[2]
end

function __hutch_serves
    set -l command (__hutch_command)
    test -z "$command"; or string match -q -- '-*' $command; or contains -- $command serve start
end

function __hutch_in
    set -l command (__hutch_command)
    test -n "$command"; and contains -- $command $argv
end

complete -c hutch -f
complete -c hutch -n 'not __hutch_command' -a 'serve start' -d 'serve models'
complete -c hutch -n 'not __hutch_command' -a help -d 'what a command does'
complete -c hutch -n '__hutch_in help' -a '${names}'
${commands.flatMap(commandLines).join("\n")}
${flags.flatMap(flagLines).join("\n")}`;
}

function commandLines({ name, aliases = [], summary, options, usage, words }: Command): string[] {
  const names = [name, ...aliases];
  const condition = `-n '__hutch_in ${names.join(" ")}'`;
  const first = `complete -c hutch -n 'not __hutch_command' -a '${names.join(" ")}'`;
  const own = [...options, helpOption].map((option) => optionLine(option, condition));
  const files = usage === "" || words ? [] : [`complete -c hutch ${condition} -F`];
  const choices = words ? [`complete -c hutch ${condition} ${among(words)}`] : [];
  return [`${first} ${about(summary)}`, ...choices, ...files, ...own];
}

function optionLine({ name, short, value, bare, help }: Option, condition: string): string {
  const spelled = `-l ${name}${short === undefined ? "" : ` -s ${short}`}`;
  const taken = value === undefined || bare !== undefined ? "" : ` ${valueSpec(value)}`;
  return `complete -c hutch ${condition} ${spelled}${taken} ${about(help)}`;
}

function flagLines({ spellings, negatives, reader, help }: Flag): string[] {
  const line = (names: readonly string[], taken: string) =>
    `complete -c hutch -n __hutch_serves ${names.map(spelledFor).join(" ")}${taken} ${about(help)}`;
  const positive = line(spellings, reader ? ` ${valueSpec(reader.hint)}` : "");
  return negatives.length === 0 ? [positive] : [positive, line(negatives, "")];
}

/** `--long`, `-x`, and what fish calls an old style: `-ngl`. */
function spelledFor(spelling: string): string {
  if (spelling.startsWith("--")) return `-l ${spelling.slice(2)}`;
  return spelling.length === 2 ? `-s ${spelling.slice(1)}` : `-o ${spelling.slice(1)}`;
}

function valueSpec(hint: string): string {
  const words = choicesOf(hint);
  if (words.length > 0) return `-x ${among(words)}`;
  return isPath(hint) ? "-r -F" : "-x";
}

const among = (words: readonly string[]) => `-a '${words.join(" ")}'`;

const about = (help: string) => `-d '${brief(help).replace(/[\\']/g, "\\$&")}'`;
