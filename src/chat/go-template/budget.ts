import { templateError } from "./template-error.ts";

/** Nodes that one rendering may walk. A long conversation takes 100,000. */
const stepsMax = 1_000_000;

/** Characters that it may print, and make in passing. No context holds so many. */
const charactersMax = 32_000_000;

/** How deep blocks, templates and expressions may call each other: JavaScript can go deeper. */
const depthMax = 400;

/** Ends renderings that would never end by themselves. */
export class Budget {
  #nSteps = 0;
  #nCharacters = 0;
  #depth = 0;

  /** Counts a step. @throws AppError invalid_request when there were too many */
  step(): void {
    if (++this.#nSteps > stepsMax) throw templateError(`it takes more than ${stepsMax} steps`);
  }

  /** Counts text that was made. @throws AppError invalid_request when it is too much */
  text(text: string): string {
    this.characters(text.length);
    return text;
  }

  characters(n: number): void {
    this.#nCharacters += n;
    if (this.#nCharacters <= charactersMax) return;
    throw templateError(`it makes more than ${charactersMax} characters`);
  }

  /** Runs something one level deeper. @throws AppError invalid_request when that is too deep */
  deeper<T>(run: () => T): T {
    if (++this.#depth > depthMax) throw templateError(`it calls itself more than ${depthMax} deep`);
    try {
      return run();
    } finally {
      this.#depth--;
    }
  }
}
