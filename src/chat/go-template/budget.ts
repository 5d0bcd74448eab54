import { type EngineLimits, engineLimits } from "../../core/limits.ts";
import { templateError } from "./template-error.ts";

/** Characters that it may print, and make in passing. No context holds so many. */
const charactersMax = 32_000_000;

/** How deep blocks, templates and expressions may call each other: JavaScript can go deeper. */
const depthMax = 400;

/** After how many steps, and for how long a text, the time is looked at. */
const nStepsTimed = 256;
const nCharactersTimed = 4096;

/** What one rendering may take. */
export type BudgetLimits = Pick<EngineLimits, "templateSteps" | "templateSeconds">;

/** Ends renderings that would never end by themselves, or hold up everybody else. */
export class Budget {
  readonly #limits: BudgetLimits;
  readonly #endsAt: number;
  #nSteps = 0;
  #nCharacters = 0;
  #depth = 0;

  constructor(limits: BudgetLimits = engineLimits) {
    this.#limits = limits;
    this.#endsAt = performance.now() + limits.templateSeconds * 1000;
  }

  /** Counts a step. @throws AppError invalid_request when there were too many, or it is late */
  step(): void {
    const { templateSteps } = this.#limits;
    if (++this.#nSteps > templateSteps) {
      throw templateError(`it takes more than ${templateSteps} steps (--max-template-steps)`);
    }
    if (this.#nSteps % nStepsTimed === 0) this.#checkTime();
  }

  /** Counts text that was made. @throws AppError invalid_request when it is too much */
  text(text: string): string {
    this.characters(text.length);
    return text;
  }

  characters(n: number): void {
    this.#nCharacters += n;
    if (n >= nCharactersTimed) this.#checkTime();
    if (this.#nCharacters <= charactersMax) return;
    throw templateError(`it makes more than ${charactersMax} characters`);
  }

  #checkTime(): void {
    if (performance.now() <= this.#endsAt) return;
    const { templateSeconds } = this.#limits;
    throw templateError(`it takes more than ${templateSeconds} s (--max-template-time)`);
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
