import { floatText } from "./numbers.ts";
import { isPrintable, quote } from "./quote.ts";
import { templateError } from "./template-error.ts";
import { GoList, GoMap, type GoStruct, typeName, type Value } from "./values.ts";

/** How fmt is to write an operand. */
export interface Flags {
  isPlus: boolean;
  isMinus: boolean;
  isSharp: boolean;
  isSpaced: boolean;
  isZero: boolean;
  /** `%+v`: with the names of fields; `%#v`: in Go's syntax. */
  isNamed: boolean;
  isSyntax: boolean;
  /** Characters at least. */
  width: number | undefined;
  precision: number | undefined;
}

export const plainFlags: Flags = {
  isPlus: false,
  isMinus: false,
  isSharp: false,
  isSpaced: false,
  isZero: false,
  isNamed: false,
  isSyntax: false,
  width: undefined,
  precision: undefined,
};

/** How deep values may lie in each other to be shown whole. */
const depthMax = 100;

/** One operand by one of fmt's verbs. */
export function formatOne(verb: string, value: Value, flags: Flags, depth = 0): string {
  if (verb === "T") return padded(typeName(value), flags);
  if (depth > depthMax) return "…";
  switch (typeof value) {
    case "undefined":
      return nothing(verb, flags, depth);
    case "boolean":
      return verb === "t" || verb === "v" ? padded(String(value), flags) : bad(verb, value, flags);
    case "bigint":
      return integer(verb, value, flags);
    case "number":
      return float(verb, value, flags);
    case "string":
      return text(verb, value, flags) ?? bad(verb, value, flags);
    default:
      return value === null ? nothing(verb, flags, depth) : compound(verb, value, flags, depth);
  }
}

function nothing(verb: string, flags: Flags, depth: number): string {
  return verb === "v" || depth > 0 ? padded("<nil>", flags) : `%!${verb}(<nil>)`;
}

/** What fmt says to a verb that does not fit. */
function bad(verb: string, value: Value, flags: Flags): string {
  return `%!${verb}(${typeName(value)}=${formatOne("v", value, flags)})`;
}

/** Fills a text up to the width. */
function padded(shown: string, { width = 0, isMinus, isZero }: Flags): string {
  const nMissing = width - [...shown].length;
  if (nMissing <= 0) return shown;
  if (isMinus) return shown + " ".repeat(nMissing);
  return (isZero ? "0" : " ").repeat(nMissing) + shown;
}

/** Fills a number: zeros come between its sign and its digits. */
function paddedNumber(sign: string, digits: string, flags: Flags): string {
  if (!flags.isZero) return padded(sign + digits, flags);
  return sign + digits.padStart((flags.width ?? 0) - sign.length, "0");
}

function signOf(isNegative: boolean, { isPlus, isSpaced }: Flags): string {
  return isNegative ? "-" : isPlus ? "+" : isSpaced ? " " : "";
}

const bases: Record<string, { base: number; prefix: string }> = {
  v: { base: 10, prefix: "" },
  d: { base: 10, prefix: "" },
  b: { base: 2, prefix: "0b" },
  o: { base: 8, prefix: "0" },
  O: { base: 8, prefix: "0o" },
  x: { base: 16, prefix: "0x" },
  X: { base: 16, prefix: "0X" },
};

const surrogates = { first: 0xd800n, last: 0xdfffn };

function integer(verb: string, value: bigint, flags: Flags): string {
  const isCharacter = value >= 0n && value <= 0x10ffffn;
  const isHalf = value >= surrogates.first && value <= surrogates.last;
  const character = isCharacter && !isHalf ? String.fromCodePoint(Number(value)) : "\ufffd";
  if (verb === "c") return padded(character, flags);
  if (verb === "q") return padded(quote(character, "'"), flags);
  if (verb === "U") {
    const code = BigInt.asUintN(64, value).toString(16).toUpperCase();
    const shown = flags.isSharp && isCharacter && isPrintable(character) ? ` '${character}'` : "";
    return padded(`U+${code.padStart(flags.precision ?? 4, "0")}${shown}`, flags);
  }
  const form = bases[verb];
  if (!form) return bad(verb, value, flags);
  const { base, prefix } = form;
  const isNegative = value < 0n;
  const plain = (isNegative ? -value : value).toString(base);
  if (flags.precision === 0 && value === 0n) return padded("", { ...flags, isZero: false });
  const cased = verb === "X" ? plain.toUpperCase() : plain;
  const digits = cased.padStart(flags.precision ?? 0, "0");
  const sign = signOf(isNegative, flags) + (flags.isSharp || verb === "O" ? prefix : "");
  const isZero = flags.isZero && flags.precision === undefined;
  return paddedNumber(sign, digits, { ...flags, isZero });
}

function float(verb: string, value: number, flags: Flags): string {
  const form = { v: "g", g: "g", G: "g", e: "e", E: "e", f: "f", F: "f" }[verb];
  if (form !== "e" && form !== "f" && form !== "g") return bad(verb, value, flags);
  const precision = flags.precision ?? (form === "g" ? undefined : 6);
  const shown = floatText(value, form, precision);
  const cased = verb === "E" || verb === "G" ? shown.toUpperCase() : shown;
  const sign = signOf(cased.startsWith("-"), flags) || (cased.startsWith("+") ? "+" : "");
  const isZero = flags.isZero && Number.isFinite(value);
  return paddedNumber(sign, cased.replace(/^[+-]/, ""), { ...flags, isZero });
}

/** A text by a verb for texts, or null. */
function text(verb: string, value: string, flags: Flags): string | null {
  const { precision } = flags;
  const cut = precision === undefined ? value : [...value].slice(0, precision).join("");
  switch (verb) {
    case "v":
      return padded(flags.isSyntax ? quote(cut) : cut, flags);
    case "s":
      return padded(cut, flags);
    case "q":
      return padded(flags.isSharp && !/[`\p{C}]/u.test(cut) ? `\`${cut}\`` : quote(cut), flags);
    case "x":
    case "X":
      return padded(hexOf(value, verb, flags), flags);
    default:
      return null;
  }
}

function hexOf(value: string, verb: string, { precision, isSpaced, isSharp }: Flags): string {
  const bytes = Buffer.from(value).subarray(0, precision);
  const pairs = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0"));
  const prefix = isSharp && pairs.length > 0 ? "0x" : "";
  const hex = prefix + pairs.join(isSpaced ? ` ${prefix}` : "");
  return verb === "X" ? hex.toUpperCase() : hex;
}

function compound(
  verb: string,
  value: GoList | GoMap | GoStruct,
  flags: Flags,
  depth: number,
): string {
  if (flags.isSyntax) {
    throw templateError(`printf: %#v of a ${value.type.name} is not supported`);
  }
  const own = value.type.text && text(verb, value.type.text(value), flags);
  if (typeof own === "string") return own;
  const inner = (item: Value) => formatOne(verb, item, flags, depth + 1);
  if (value instanceof GoList) return `[${Array.from(value, inner).join(" ")}]`;
  if (value instanceof GoMap) {
    const sorted = [...value.entries].sort(([a], [b]) => Buffer.from(a).compare(Buffer.from(b)));
    return `map[${sorted.map(([key, item]) => `${inner(key)}:${inner(item)}`).join(" ")}]`;
  }
  const fields = Object.entries(value.fields).map(([name, item]) =>
    flags.isNamed ? `${name}:${inner(item)}` : inner(item),
  );
  return `{${fields.join(" ")}}`;
}
