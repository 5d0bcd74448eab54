import type { Budget } from "./budget.ts";
import { templateError } from "./template-error.ts";
import { GoList, GoMap, GoStruct, type Value } from "./values.ts";
import { formatOne, plainFlags } from "./verbs.ts";

/** Go's fmt.Sprint: spaces stand between operands of which neither is a text. */
export function sprint(args: readonly Value[], budget: Budget): string {
  let text = "";
  for (const [i, arg] of args.entries()) {
    const isApart = i > 0 && typeof arg !== "string" && typeof args[i - 1] !== "string";
    text += (isApart ? " " : "") + budget.text(formatOne("v", arg, plainFlags));
  }
  return budget.text(text);
}

/** Go's fmt.Sprintln. */
export function sprintln(args: readonly Value[], budget: Budget): string {
  const texts = args.map((arg) => budget.text(formatOne("v", arg, plainFlags)));
  return budget.text(`${texts.join(" ")}\n`);
}

/** Widths and precisions above this are mistakes. Source: Go. */
const sizeMax = 1_000_000;

const directive =
  /%([#0+\- ]*)(\[[^\]]*\]?)?(\*|\d+)?(?:(\.)(\[[^\]]*\]?)?(\*|\d+)?)?(\[[^\]]*\]?)?([\s\S]?)/uy;

/** Go's fmt.Sprintf. */
export function sprintf(format: string, args: readonly Value[], budget: Budget): string {
  return new Printer(format, args, budget).print();
}

class Printer {
  readonly #format: string;
  readonly #args: readonly Value[];
  readonly #budget: Budget;
  #text = "";
  #next = 0;
  /** Operands were named by number, so that not all need to be used. */
  #isReordered = false;

  constructor(format: string, args: readonly Value[], budget: Budget) {
    this.#format = format;
    this.#args = args;
    this.#budget = budget;
  }

  print(): string {
    let at = 0;
    for (;;) {
      const found = this.#format.indexOf("%", at);
      this.#write(this.#format.slice(at, found < 0 ? undefined : found));
      if (found < 0) break;
      directive.lastIndex = found;
      const match = directive.exec(this.#format);
      if (!match) throw templateError("printf: a directive that cannot be read");
      if (isTooLong(match[3]) || isTooLong(match[6])) {
        this.#write("%!(NOVERB)"); // and Go reads no further
        break;
      }
      this.#directive(match);
      at = found + match[0].length;
    }
    if (!this.#isReordered && this.#next < this.#args.length) this.#extra();
    return this.#text;
  }

  #write(text: string): void {
    this.#text += this.#budget.text(text);
  }

  #directive(match: RegExpExecArray): void {
    const [, signs = "", index, width, dot, precisionIndex, precision, lastIndex, verb] = match;
    let isIndexGood = this.#select(index);
    const isValue = verb === "v";
    const flags = {
      isPlus: signs.includes("+") && !isValue,
      isMinus: signs.includes("-"),
      isSharp: signs.includes("#") && !isValue,
      isNamed: signs.includes("+") && isValue,
      isSyntax: signs.includes("#") && isValue,
      isSpaced: signs.includes(" "),
      isZero: signs.includes("0") && !signs.includes("-"),
      width: this.#size(width, "WIDTH"),
      precision: undefined as number | undefined,
    };
    if (flags.width !== undefined && flags.width < 0) {
      Object.assign(flags, { width: -flags.width, isMinus: true, isZero: false });
    }
    if (dot) {
      isIndexGood = this.#select(precisionIndex) && isIndexGood;
      const asked = this.#size(precision, "PREC");
      flags.precision = precision === undefined ? 0 : asked;
      if (asked !== undefined && asked < 0) {
        flags.precision = undefined;
        this.#write("%!(BADPREC)");
      }
    }
    isIndexGood = this.#select(lastIndex) && isIndexGood;
    if (!verb) this.#write("%!(NOVERB)");
    else if (verb === "%") this.#write("%");
    else if (!isIndexGood) this.#write(`%!${verb}(BADINDEX)`);
    else if (this.#next >= this.#args.length) this.#write(`%!${verb}(MISSING)`);
    else this.#write(formatOne(verb, this.#args[this.#next++], flags));
  }

  /** Follows `[2]`: the next operand is the second one. @returns false when there is none */
  #select(index: string | undefined): boolean {
    if (index === undefined) return true;
    this.#isReordered = true;
    const n = /^\[(\d{1,9})\]$/.exec(index)?.[1];
    if (n === undefined || Number(n) < 1 || Number(n) > this.#args.length) return false;
    this.#next = Number(n) - 1;
    return true;
  }

  /** A width or precision: a number, or `*`, the next operand. */
  #size(text: string | undefined, name: string): number | undefined {
    if (text === undefined) return undefined;
    if (text !== "*") return Number(text);
    const given = this.#args[this.#next++];
    const isGood = typeof given === "bigint" && given >= -sizeMax && given <= sizeMax;
    if (isGood) return Number(given);
    this.#write(`%!(BAD${name})`);
    return undefined;
  }

  #extra(): void {
    const rest = this.#args.slice(this.#next).map((arg) => {
      const text = formatOne("v", arg, plainFlags);
      return arg === null || arg === undefined
        ? text
        : `${formatOne("T", arg, plainFlags)}=${text}`;
    });
    this.#write(`%!(EXTRA ${rest.join(", ")})`);
  }
}

/** A number in a format is read digit by digit until it is above `sizeMax`. */
function isTooLong(size: string | undefined): boolean {
  return size !== undefined && size !== "*" && Number(size.slice(0, -1)) > sizeMax;
}

/** Something that has parts. */
export function isCompound(value: Value): value is GoList | GoMap | GoStruct {
  return value instanceof GoList || value instanceof GoMap || value instanceof GoStruct;
}
