/**
 * The texts by which an answer's form leaves free text: content or thinking, of which one character
 * is like the other until such a text comes.
 */
export class TextBounds {
  readonly #bounds: readonly string[];
  readonly #starts: ReadonlySet<string>;
  readonly #ends: ReadonlySet<string>;
  readonly #last: readonly string[];

  /**
   * @param marks what else the form consists of, such as what stands around thinking
   * @param last bounds after which nothing counts as free text any more
   */
  constructor(
    bounds: readonly string[],
    { marks = [], last = [] }: { marks?: readonly string[]; last?: readonly string[] } = {},
  ) {
    this.#bounds = [...bounds, ...last].filter((bound) => bound !== "");
    this.#last = last;
    this.#starts = new Set(this.#bounds.map((bound) => bound.charAt(0)));
    this.#ends = new Set([...this.#bounds, ...marks].map((mark) => mark.charAt(mark.length - 1)));
  }

  /** A bound may begin in `text`. */
  mayBeginIn(text: string): boolean {
    for (let i = 0; i < text.length; i++) if (this.#starts.has(text.charAt(i))) return true;
    return false;
  }

  occurIn(text: string): boolean {
    return this.#bounds.some((bound) => text.includes(bound));
  }

  /** Nothing that follows `text` is free. */
  endIn(text: string): boolean {
    return this.#last.some((bound) => text.includes(bound));
  }

  /** `text` may end with a part of the form. */
  mayEnd(text: string): boolean {
    return this.#ends.has(text.charAt(text.length - 1));
  }
}

/** A node of a parser of llama-common's. Source: `serialize_parser_variant` in peg-parser.cpp. */
interface ParserNode {
  type: string;
  child?: number;
  children?: number[];
  /** Of a "ref": of a rule. */
  name?: string;
  tag?: string;
  literal?: string;
  delimiters?: string[];
}

interface ParserTree {
  parsers: ParserNode[];
  rules: Record<string, number>;
}

/** Tags of nodes whose text is shown as it is. */
const freeTags = new Set(["content", "reasoning"]);

/** @param parser `RenderedChat.parser` @returns null where content is more than free text */
export function textBoundsOf(parser: string): TextBounds | null {
  if (parser === "") return new TextBounds([]);
  const tree: ParserTree = JSON.parse(parser);
  const free = tree.parsers.filter(({ tag }) => tag !== undefined && freeTags.has(tag));
  if (!free.every(({ child }) => isFree(tree, child, 0))) return null;
  const bounds = tree.parsers.flatMap(({ type, delimiters }) =>
    type === "until" && delimiters ? delimiters : [],
  );
  const marks = tree.parsers.flatMap(({ literal }) => literal ?? []);
  return new TextBounds(bounds, { marks });
}

/** Deepest chain of nodes that is followed: rules may name each other in circles. */
const depthMax = 16;

/** The node ends in text up to a bound, or in a text of its own. */
function isFree(tree: ParserTree, id: number | undefined, depth: number): boolean {
  const node = id === undefined ? undefined : tree.parsers[id];
  if (!node || depth > depthMax) return false;
  const { type, child, children = [], name } = node;
  const next = (one: number | undefined) => isFree(tree, one, depth + 1);
  if (type === "until" || type === "literal" || type === "epsilon") return true;
  if (type === "sequence") return next(children.at(-1));
  if (type === "choice") return children.every(next);
  if (type === "ref") return name !== undefined && next(tree.rules[name]);
  return (type === "rule" || type === "gbnf" || type === "atomic") && next(child);
}
