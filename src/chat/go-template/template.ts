import { Budget } from "./budget.ts";
import { evaluate } from "./evaluator.ts";
import { type Clock, functionNames } from "./functions.ts";
import type { Node, Trees } from "./nodes.ts";
import { parse } from "./parser.ts";
import type { GoMap } from "./values.ts";

const systemClock: Clock = { now: () => new Date() };

/** A template of Go's text/template, with the functions that Ollama's have. */
export class GoTemplate {
  readonly #text: string;
  readonly trees: Trees;

  private constructor(text: string, trees: Trees) {
    this.#text = text;
    this.trees = trees;
  }

  /** @throws AppError invalid_request, `template error: …` in Go's words */
  static parse(text: string): GoTemplate {
    return new GoTemplate(text, parse(text, functionNames));
  }

  /** The nodes of the text itself, without the templates that it defines. */
  get root(): Node[] {
    return this.trees.get("") ?? [];
  }

  /** The same with other nodes for the text itself. */
  withRoot(root: Node[]): GoTemplate {
    return new GoTemplate(this.#text, new Map([...this.trees, ["", root]]));
  }

  /** @throws AppError invalid_request in Go's words, and when it takes or prints too much */
  render(data: GoMap, clock: Clock = systemClock, budget = new Budget()): string {
    return evaluate({ text: this.#text, trees: this.trees }, data, clock, budget);
  }
}
