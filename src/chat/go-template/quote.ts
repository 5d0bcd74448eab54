const escapes: Record<string, string> = {
  "\x07": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
  "\\": "\\\\",
};

/** A text as Go's strconv.Quote writes it. */
export function quote(text: string, mark: '"' | "'" = '"'): string {
  const shown = Array.from(text.toWellFormed(), (c) => {
    if (c === mark) return `\\${c}`;
    return escapes[c] ?? (isPrintable(c) ? c : hexEscape(c.codePointAt(0) ?? 0));
  });
  return mark + shown.join("") + mark;
}

/** Go's unicode.IsPrint: letters, marks, numbers, punctuation, symbols and the ASCII space. */
export function isPrintable(c: string): boolean {
  return c === " " || /^[\p{L}\p{M}\p{N}\p{P}\p{S}]$/u.test(c);
}

function hexEscape(code: number): string {
  const hex = code.toString(16);
  if (code < 0x80) return `\\x${hex.padStart(2, "0")}`;
  return code < 0x10000 ? `\\u${hex.padStart(4, "0")}` : `\\U${hex.padStart(8, "0")}`;
}
