const segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** What people take for characters: an emoji with its skin colour is one. */
export function graphemes(text: string): string[] {
  return [...segmenter.segment(text)].map(({ segment }) => segment);
}

/** The beginning of `text` that fits into `width` columns. `text` holds no escape codes. */
export function clipped(text: string, width: number): string {
  if (Bun.stringWidth(text) <= width) return text;
  let fits = "";
  let used = 0;
  for (const grapheme of graphemes(text)) {
    used += Bun.stringWidth(grapheme);
    if (used > width) break;
    fits += grapheme;
  }
  return fits;
}

/**
 * Text of a peer's with nothing in it that steers a terminal: control characters other than line
 * ends and tabs.
 */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is about
  return text.replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/g, "");
}
