import { flags } from "../core/flags.ts";

/** A script for bash that completes flags; `source <(hutch --completion-bash)`. */
export function bashCompletion(): string {
  const words = flags.flatMap(({ spellings, negatives }) => [...spellings, ...negatives]);
  const takesFile = flags.filter(({ reader }) => reader && /FILE|FOLDER/.test(reader.hint));
  const filePattern = takesFile.flatMap(({ spellings }) => spellings).join("|");
  return `_hutch() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]}
  case "$before" in
    ${filePattern}) COMPREPLY=($(compgen -f -- "$word")) ;;
    *) COMPREPLY=($(compgen -W "serve ${words.join(" ")}" -- "$word")) ;;
  esac
}
complete -o filenames -F _hutch hutch`;
}
