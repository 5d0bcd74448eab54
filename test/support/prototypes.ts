/** A C function as its header declares it. */
export interface Prototype {
  name: string;
  /** The declaration with white space normalised, without export macros and the final `;`. */
  text: string;
  returns: string;
  params: string[];
}

/** What is known about the C types of some headers: names that stand for other types. */
export interface Headers {
  functions: Map<string, Prototype>;
  /** typedef name → the type it stands for; a function pointer's is "function pointer". */
  typedefs: Map<string, string>;
}

/** A row of a symbol table, as bun:ffi wants it. */
export interface SymbolRow {
  args?: readonly unknown[];
  returns?: unknown;
}

/** Macros that mark a function as exported; each header has its own. */
const exportMacros = /\b(LLAMA_API|GGML_API|GGML_BACKEND_API|MTMD_API|HUTCH_SHIM_API)\b/g;

/** C arithmetic types by their 64-bit Linux and macOS sizes, and bun:ffi's names for each. */
const ffiNames: Record<string, readonly string[]> = {
  void: ["void"],
  bool: ["bool"],
  char: ["char", "i8", "int8_t"],
  "signed char": ["i8", "int8_t"],
  "unsigned char": ["u8", "uint8_t"],
  int8_t: ["i8", "int8_t"],
  uint8_t: ["u8", "uint8_t"],
  int16_t: ["i16", "int16_t"],
  uint16_t: ["u16", "uint16_t"],
  int: ["i32", "int32_t", "int"],
  int32_t: ["i32", "int32_t", "int"],
  "unsigned int": ["u32", "uint32_t"],
  uint32_t: ["u32", "uint32_t"],
  int64_t: ["i64", "int64_t", "i64_fast"],
  uint64_t: ["u64", "uint64_t", "u64_fast"],
  size_t: ["usize", "u64", "uint64_t", "u64_fast"],
  float: ["f32", "float"],
  double: ["f64", "double"],
  // All enumerators of llama.cpp fit; as a 32-bit word both signs hold them.
  enum: ["i32", "int32_t", "int", "u32", "uint32_t"],
  "function pointer": ["function", "callback", "ptr", "pointer"],
  "char pointer": ["ptr", "pointer", "cstring", "buffer"],
  pointer: ["ptr", "pointer", "buffer"],
};

/** Reads what the headers' texts declare. A later header wins where two declare the same. */
export function parseHeaders(...texts: string[]): Headers {
  const headers: Headers = { functions: new Map(), typedefs: new Map() };
  for (const text of texts) {
    const code = withoutCommentsAndMacros(text);
    for (const prototype of prototypesIn(code)) headers.functions.set(prototype.name, prototype);
    for (const [name, type] of typedefsIn(code)) headers.typedefs.set(name, type);
  }
  return headers;
}

/** White space as we compare it: none around punctuation, single elsewhere. */
export function normalise(declaration: string): string {
  return declaration
    .replace(/\s+/g, " ")
    .replace(/\s*([*,()[\]])\s*/g, "$1")
    .replace(/;$/, "")
    .trim();
}

function withoutCommentsAndMacros(text: string): string {
  return text
    .replace(/\/\*[\s\S]*?\*\//g, " ")
    .replace(/\/\/[^\n]*/g, " ")
    .replace(/^[ \t]*#(?:[^\n]*\\\n)*[^\n]*/gm, " ");
}

function* prototypesIn(code: string): Generator<Prototype> {
  for (const { index } of code.matchAll(exportMacros)) {
    const open = code.indexOf("(", index);
    const close = closingParenthesis(code, open);
    const text = code.slice(index, close + 1).replace(exportMacros, " ");
    // An exported variable, or a macro's definition: no parameter list before the `;`.
    if (open < 0 || code.slice(index, open).includes(";")) continue;
    yield parsePrototype(text);
  }
}

function closingParenthesis(code: string, open: number): number {
  let depth = 0;
  for (let i = open; i < code.length; i++) {
    if (code[i] === "(") depth++;
    if (code[i] === ")" && --depth === 0) return i;
  }
  throw new Error(`unbalanced parentheses: ${code.slice(open, open + 80)}`);
}

/** Parses one declaration, `int32_t f(const char * text, size_t n)`. */
export function parsePrototype(declaration: string): Prototype {
  const text = normalise(declaration);
  const open = text.indexOf("(");
  const [, returns = "", name = ""] = /^(.*?)(\w+)$/.exec(text.slice(0, open)) ?? [];
  const list = text.slice(open + 1, -1);
  const params = list === "" || list === "void" ? [] : splitAtTopLevel(list).map(typeOfParameter);
  return { name, text, returns: returns.trim(), params };
}

function splitAtTopLevel(list: string): string[] {
  const parts = [""];
  let depth = 0;
  for (const character of list) {
    if (character === "(") depth++;
    if (character === ")") depth--;
    if (character === "," && depth === 0) parts.push("");
    else parts[parts.length - 1] += character;
  }
  return parts;
}

/** Words that can end a type without being a parameter's name. */
const typeWords = /^(void|bool|char|short|int|long|float|double|signed|unsigned|\w+_t)$/;

function typeOfParameter(parameter: string): string {
  if (/\(\*/.test(parameter)) return "function pointer";
  const array = /\[[^\]]*\]$/.test(parameter);
  const words = parameter
    .replace(/(\[[^\]]*\])+$/, "")
    .replace(/\*/g, " * ")
    .trim()
    .split(/\s+/);
  const last = words.at(-1) ?? "";
  const before = words.filter((word) => !/^(const|struct|enum)$/.test(word)).length;
  if (last !== "*" && before > 1 && !typeWords.test(last)) words.pop();
  return normalise(words.join(" ")) + (array ? "*" : "");
}

function* typedefsIn(code: string): Generator<[string, string]> {
  for (const [, name] of code.matchAll(/\btypedef\b[^;{}()]*\(\s*\*\s*(\w+)\s*\)\s*\(/g)) {
    if (name !== undefined) yield [name, "function pointer"];
  }
  for (const [, type, name] of code.matchAll(/\btypedef\s+([^;{}()]*?)(\w+)\s*;/g)) {
    if (type !== undefined && name !== undefined) yield [name, normalise(type)];
  }
  for (const [, kind, name] of code.matchAll(
    /\btypedef\s+(struct|enum)[^;{}()]*\{[^{}]*\}\s*(\w+)/g,
  )) {
    if (kind !== undefined && name !== undefined) yield [name, kind === "enum" ? "enum" : kind];
  }
}

/**
 * bun:ffi's names for a C type, the usual first.
 * @throws Error for a struct by value, which bun:ffi cannot pass, and for a type it does not know
 */
export function ffiTypes(type: string, { typedefs }: Headers): readonly string[] {
  let name = type;
  for (let i = 0; ; i++) {
    name = name
      .replace(/\b(const|volatile)\b/g, " ")
      .replace(/\s+/g, " ")
      .trim();
    name = name.replace(/\s*\*/g, "*");
    if (name.endsWith("*")) return ffiNames[name === "char*" ? "char pointer" : "pointer"] ?? [];
    if (/^enum\b/.test(name)) return ffiNames.enum ?? [];
    const known = ffiNames[name];
    if (known !== undefined) return known;
    const target = typedefs.get(name);
    if (target === undefined || i > 10) break;
    name = target;
  }
  if (/^struct\b/.test(name)) throw new Error(`${type} crosses by value; the shim must flatten it`);
  throw new Error(`${type} is not a type that the test knows`);
}

/** Everything that is wrong with one row of a table; nothing when it is the header's function. */
export function mismatches(name: string, row: SymbolRow, headers: Headers): string[] {
  const prototype = headers.functions.get(name);
  if (prototype === undefined) return [`${name} is not in the headers`];
  const wrong: string[] = [];
  const args = row.args ?? [];
  if (args.length !== prototype.params.length) {
    wrong.push(`${name} takes ${prototype.params.length} arguments, the row has ${args.length}`);
  }
  const compare = (what: string, type: string, given: unknown) => {
    try {
      const allowed = ffiTypes(type, headers);
      if (typeof given === "string" && allowed.includes(given)) return;
      wrong.push(`${name}: ${what} is ${type}, so ${allowed[0]}; the row has ${String(given)}`);
    } catch (error) {
      wrong.push(`${name}: ${what}: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  prototype.params.forEach((type, i) => {
    if (i < args.length) compare(`argument ${i + 1}`, type, args[i]);
  });
  compare("the result", prototype.returns, row.returns ?? "void");
  return wrong;
}

/** The comment lines directly above the row `name` of a table's source text, outermost first. */
export function commentAbove(source: string, name: string): string[] {
  const lines = source.split("\n");
  const at = lines.findIndex((line) => new RegExp(`^\\s*${name}:\\s*\\{`).test(line));
  const comment: string[] = [];
  for (let i = at - 1; i >= 0 && /^\s*\/\//.test(lines[i] ?? ""); i--) {
    comment.unshift((lines[i] ?? "").replace(/^\s*\/\/\s?/, ""));
  }
  return comment;
}

/** True if the comment above the row ends with the header's prototype; prose may come first. */
export function hasPrototypeAbove(source: string, name: string, headers: Headers): boolean {
  const expected = headers.functions.get(name)?.text;
  const comment = commentAbove(source, name);
  return comment.some((_, i) => normalise(comment.slice(i).join(" ")) === expected);
}
