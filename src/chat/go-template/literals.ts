const simpleEscapes: Record<string, string> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
  "'": "'",
  '"': '"',
};

const escapeForms = [
  String.raw`([abfnrtv\\'"])`,
  "x([0-9a-fA-F]{2})",
  "u([0-9a-fA-F]{4})",
  "U([0-9a-fA-F]{8})",
  "([0-7]{3})",
  String.raw`([\s\S])`,
];
const escapes = new RegExp(String.raw`\\(?:${escapeForms.join("|")})`, "g");

/** The text of a quoted Go string, or null where it has a wrong escape. */
export function unquote(quoted: string): string | null {
  const body = quoted.slice(1, -1);
  if (quoted.startsWith("`")) return body.replaceAll("\r", "");
  const foreignQuote = quoted.startsWith('"') ? "'" : '"';
  const bytes: Uint8Array[] = [];
  let end = 0;
  for (const found of body.matchAll(escapes)) {
    const [whole, simple, hex, short, long, octal, wrong] = found;
    if (wrong !== undefined || simple === foreignQuote) return null;
    bytes.push(Buffer.from(body.slice(end, found.index)));
    end = found.index + whole.length;
    const byte = hex !== undefined ? parseInt(hex, 16) : octal ? parseInt(octal, 8) : null;
    if (byte !== null) {
      if (byte > 255) return null;
      bytes.push(Uint8Array.of(byte)); // bytes, which only together make a character
      continue;
    }
    const code = parseInt(short ?? long ?? "", 16);
    if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return null;
    const text = simple !== undefined ? simpleEscapes[simple] : String.fromCodePoint(code);
    bytes.push(Buffer.from(text ?? ""));
  }
  bytes.push(Buffer.from(body.slice(end)));
  return Buffer.concat(bytes).toString();
}

/** The code of a Go character constant such as `'a'`. A text says what is wrong. */
export function characterCode(quoted: string): bigint | { wrong: string } {
  const text = unquote(quoted);
  if (text === null || text === "") return { wrong: "invalid syntax" };
  if ([...text].length !== 1) return { wrong: `malformed character constant: ${quoted}` };
  // '\xff' is a number, not half a character
  const byte = /^'\\(?:x([0-9a-fA-F]{2})|([0-7]{3}))'$/.exec(quoted);
  if (byte) return BigInt(byte[1] ? parseInt(byte[1], 16) : parseInt(byte[2] ?? "", 8));
  return BigInt(text.codePointAt(0) ?? 0);
}

const integer =
  /^[+-]?(?:0[xX](?:_?[0-9a-fA-F])+|0[oO]?(?:_?[0-7])+|0[bB](?:_?[01])+|0|[1-9](?:_?[0-9])*)$/;
const decimal =
  /^[+-]?(?:(?:[0-9](?:_?[0-9])*)?\.?(?:[0-9](?:_?[0-9])*)?)(?:[eE][+-]?[0-9](?:_?[0-9])*)?$/;
const hexFloat = /^([+-]?)0[xX]([0-9a-fA-F_]*)\.?([0-9a-fA-F_]*)[pP]([+-]?[0-9_]+)$/;

/**
 * The value of a number as Go's untyped constants have it: a bigint is an int, a number a float64.
 * A text says what is wrong.
 */
export function numberOf(text: string): bigint | number | { wrong: string } {
  if (integer.test(text)) {
    const value = integerOf(text);
    if (value < 2n ** 64n && value >= -(2n ** 63n)) return value;
    return { wrong: `integer overflow: ${JSON.stringify(text)}` };
  }
  const hex = hexFloat.exec(text);
  if (hex) {
    const [, sign, whole = "", part = "", exponent = "0"] = hex;
    const digits = (whole + part).replaceAll("_", "");
    const scale = Number(exponent.replaceAll("_", "")) - 4 * part.replaceAll("_", "").length;
    return (sign === "-" ? -1 : 1) * parseInt(digits, 16) * 2 ** scale;
  }
  if (decimal.test(text) && /[0-9]/.test(text)) {
    // It looks like a whole number, but has no form of one: 089.
    if (!/[.eE]/.test(text)) return { wrong: `integer overflow: ${JSON.stringify(text)}` };
    const value = Number(text.replaceAll("_", ""));
    if (Number.isFinite(value)) return value;
  }
  return { wrong: `illegal number syntax: ${JSON.stringify(text)}` };
}

function integerOf(text: string): bigint {
  const [, sign = "", digits = ""] = /^([+-]?)(.*)$/.exec(text.replaceAll("_", "")) ?? [];
  const isOctal = /^0[0-7]/.test(digits);
  const value = BigInt(isOctal ? `0o${digits.slice(1)}` : digits.replace(/^0O/, "0o"));
  return sign === "-" ? -value : value;
}
