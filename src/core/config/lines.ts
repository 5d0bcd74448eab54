/** A text of TOML that ends after a whole statement. */
interface Part {
  /** Line on which its last statement begins, from 1. */
  line: number;
  table: object;
}

/** Lines on which nothing can begin. */
const isIdle = (line: string) => /^\s*(#|$)/.test(line);

/**
 * The beginnings of `text` that are TOML by themselves, each a statement longer than the one before
 * it. Bun's parser does not say where things are: this does, for files as short as settings are.
 */
function* parts(text: string): Generator<Part, number> {
  const lines = text.split("\n");
  let first = 0;
  for (const [i, line] of lines.entries()) {
    if (isIdle(line)) {
      if (first === i) first++;
      continue;
    }
    const table = parsed(lines.slice(0, i + 1).join("\n"));
    if (table === null) continue; // in the middle of a statement, or wrong
    yield { line: first + 1, table };
    first = i + 1;
  }
  return Math.min(first + 1, lines.length);
}

function parsed(text: string): object | null {
  try {
    return Bun.TOML.parse(text);
  } catch {
    return null;
  }
}

/** The line of every key at the top, from 1. */
export function keyLines(text: string): Map<string, number> {
  const lines = new Map<string, number>();
  for (const { line, table } of parts(text)) {
    for (const key of Object.keys(table)) if (!lines.has(key)) lines.set(key, line);
  }
  return lines;
}

/** The line where the statement begins that keeps `text` from being TOML, from 1. */
export function brokenLine(text: string): number {
  const walk = parts(text);
  for (;;) {
    const step = walk.next();
    if (step.done) return step.value;
  }
}
