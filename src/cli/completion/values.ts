/** Shells that there are scripts for. */
export const shells = ["bash", "zsh", "fish"] as const;

/** Whether a value with this hint is the path of a file or folder. */
export const isPath = (hint: string) => /FILE|FOLDER/.test(hint);

/** The words that a value with this hint is one of; none: it is free. */
export function choicesOf(hint: string): string[] {
  const [, words] = /^[{[]([\w+-]+(?:[,|][\w+-]+)+)[}\]]$/.exec(hint) ?? [];
  return words?.split(/[,|]/) ?? [];
}

/** The first clause of a help text: menus have one line. */
export const brief = (help: string) => help.split(/(?:, \S+)?[:;.] |\n/)[0] ?? help;
