import type { Token, TokenKind } from "./lexer.ts";
import { characterCode, numberOf, unquote } from "./literals.ts";
import {
  type Branch,
  type Command,
  type Node,
  type Operand,
  type Pipe,
  sourceOf,
  type Trees,
} from "./nodes.ts";
import { templateError } from "./template-error.ts";
import { TokenReader } from "./token-reader.ts";

/** Longest template, characters. Those of models have up to 10,000. */
const textMax = 1_000_000;

/** How deep blocks and parentheses may lie in each other. Models' templates go down to ten. */
const depthMax = 100;

/** Variables that can be seen at once. */
const variablesMax = 1000;

/**
 * Parses a template of Go's text/template.
 * @param functions names that may be called
 * @throws AppError invalid_request in Go's words
 */
export function parse(text: string, functions: ReadonlySet<string>): Trees {
  if (text.length > textMax) throw templateError(`more than ${textMax} characters`);
  return new Parser(text, functions).parse();
}

/** How a list of nodes ended. */
type ListEnd = "end" | "else";

class Parser {
  readonly #tokens: TokenReader;
  readonly #functions: ReadonlySet<string>;
  readonly #trees = new Map<string, Node[]>();
  #variables: string[] = ["$"];
  #rangeDepth = 0;
  #depth = 0;

  constructor(text: string, functions: ReadonlySet<string>) {
    this.#tokens = new TokenReader(text);
    this.#functions = functions;
  }

  parse(): Trees {
    const root: Node[] = [];
    while (this.#tokens.peek().kind !== "eof") {
      if (this.#tokens.peek().kind === "leftDelim" && this.#isDefinition()) {
        this.#definition();
        continue;
      }
      const node = this.#textOrAction();
      if (typeof node === "string") throw this.#tokens.error(`unexpected {{${node}}}`);
      root.push(node);
    }
    this.#add("", root);
    return this.#trees;
  }

  /** Runs a rule one level deeper. */
  #deeper<T>(rule: () => T): T {
    if (++this.#depth > depthMax) throw this.#tokens.error(`nested more than ${depthMax} deep`);
    const result = rule();
    this.#depth--;
    return result;
  }

  #add(name: string, nodes: Node[]): void {
    const known = this.#trees.get(name);
    if (known === undefined || isEmpty(known)) this.#trees.set(name, nodes);
    else if (!isEmpty(nodes)) {
      throw this.#tokens.error(`template: multiple definition of template ${JSON.stringify(name)}`);
    }
  }

  #isDefinition(): boolean {
    const start = this.#tokens.index;
    this.#tokens.read();
    const isDefinition = this.#tokens.readNonSpace().kind === "define";
    if (!isDefinition) this.#tokens.index = start;
    return isDefinition;
  }

  #definition(): void {
    const token = this.#tokens.expect(["string", "rawString"], "define clause");
    const name = this.#unquote(token);
    this.#tokens.expect(["rightDelim"], "define clause");
    this.#add(name, this.#body("define clause"));
  }

  /** The nodes of a template of its own, up to its end: it sees none of the variables around it. */
  #body(context: string): Node[] {
    const around = { variables: this.#variables, rangeDepth: this.#rangeDepth };
    this.#variables = ["$"];
    this.#rangeDepth = 0;
    const { nodes, end } = this.#deeper(() => this.#list());
    if (end !== "end") throw this.#tokens.error(`unexpected {{${end}}} in ${context}`);
    this.#variables = around.variables;
    this.#rangeDepth = around.rangeDepth;
    return nodes;
  }

  #list(): { nodes: Node[]; end: ListEnd } {
    const nodes: Node[] = [];
    while (this.#tokens.peekNonSpace().kind !== "eof") {
      const node = this.#textOrAction();
      if (typeof node === "string") return { nodes, end: node };
      nodes.push(node);
    }
    throw this.#tokens.error("unexpected EOF");
  }

  #textOrAction(): Node | ListEnd {
    const token = this.#tokens.readNonSpace();
    if (token.kind === "text") return { kind: "text", pos: token.pos, text: token.text };
    if (token.kind !== "leftDelim") throw this.#tokens.unexpected(token, "input");
    this.#tokens.actionLine = token.line;
    const node = this.#action();
    this.#tokens.actionLine = 0;
    return node;
  }

  #action(): Node | ListEnd {
    const token = this.#tokens.readNonSpace();
    switch (token.kind) {
      case "block":
        return this.#block();
      case "break":
      case "continue":
        return this.#jump(token.kind, token.pos);
      case "else": {
        // "else if" is an else with an if inside, which needs no end of its own.
        const next = this.#tokens.peekNonSpace().kind;
        if (next !== "if" && next !== "with") this.#tokens.expect(["rightDelim"], "else");
        return "else";
      }
      case "end":
        this.#tokens.expect(["rightDelim"], "end");
        return "end";
      case "if":
      case "range":
      case "with":
        return this.#deeper(() => this.#control(token.kind));
      case "template":
        return this.#templateCall();
      default: {
        this.#tokens.index--;
        const pipe = this.#pipeline("command", "rightDelim");
        return { kind: "action", pos: pipe.pos, pipe };
      }
    }
  }

  #jump(kind: "break" | "continue", pos: number): Node {
    const token = this.#tokens.readNonSpace();
    if (token.kind !== "rightDelim") throw this.#tokens.unexpected(token, `{{${kind}}}`);
    if (this.#rangeDepth === 0) throw this.#tokens.error(`{{${kind}}} outside {{range}}`);
    return { kind, pos };
  }

  #control(kind: TokenKind): Branch {
    if (kind !== "if" && kind !== "with" && kind !== "range") throw new Error(`no block: ${kind}`);
    const nVariables = this.#variables.length;
    const pipe = this.#pipeline(kind, "rightDelim");
    if (kind === "range") this.#rangeDepth++;
    const { nodes: list, end } = this.#list();
    if (kind === "range") this.#rangeDepth--;
    const elseList = end === "else" ? this.#else(kind) : null;
    this.#variables.length = nVariables;
    return { kind, pos: pipe.pos, pipe, list, elseList };
  }

  #else(kind: Branch["kind"]): Node[] {
    if (kind !== "range" && this.#tokens.peek().kind === kind) {
      this.#tokens.read();
      return [this.#deeper(() => this.#control(kind))];
    }
    const { nodes, end } = this.#list();
    if (end !== "end") throw this.#tokens.error(`expected end; found {{${end}}}`);
    return nodes;
  }

  #block(): Node {
    const context = "block clause";
    const token = this.#tokens.readNonSpace();
    const name = this.#templateName(token, context);
    const pipe = this.#pipeline(context, "rightDelim");
    this.#add(name, this.#body(context));
    return { kind: "template", pos: token.pos, name, pipe };
  }

  #templateCall(): Node {
    const context = "template clause";
    const token = this.#tokens.readNonSpace();
    const name = this.#templateName(token, context);
    if (this.#tokens.readNonSpace().kind === "rightDelim") {
      return { kind: "template", pos: token.pos, name, pipe: null };
    }
    this.#tokens.index--;
    const pipe = this.#pipeline(context, "rightDelim");
    return { kind: "template", pos: token.pos, name, pipe };
  }

  #templateName(token: Token, context: string): string {
    if (token.kind === "string" || token.kind === "rawString") return this.#unquote(token);
    throw this.#tokens.unexpected(token, context);
  }

  #unquote({ text }: Token): string {
    const unquoted = unquote(text);
    if (unquoted === null) throw this.#tokens.error("invalid syntax");
    return unquoted;
  }

  #pipeline(context: string, end: "rightDelim" | "rightParen"): Pipe {
    const { pos } = this.#tokens.peekNonSpace();
    const declared = this.#declarations(context);
    const commands: Command[] = [];
    for (;;) {
      const token = this.#tokens.readNonSpace();
      if (token.kind === end) break;
      if (!beginsOperand.has(token.kind)) throw this.#tokens.unexpected(token, context);
      this.#tokens.index--;
      commands.push(this.#command());
    }
    if (commands.length === 0) throw this.#tokens.error(`missing value for ${context}`);
    const stage = commands.findIndex(({ args }, i) => i > 0 && isConstant(args[0]));
    if (stage > 0)
      throw this.#tokens.error(`non executable command in pipeline stage ${stage + 1}`);
    return { kind: "pipe", pos, ...declared, commands };
  }

  /** `$x :=`, `$i, $x :=` or `$x =` at the beginning of a pipeline. */
  #declarations(context: string): Pick<Pipe, "decl" | "isAssign"> {
    const decl: string[] = [];
    for (;;) {
      const variable = this.#tokens.peekNonSpace();
      if (variable.kind !== "variable") return { decl, isAssign: false };
      const start = this.#tokens.index;
      this.#tokens.read();
      const next = this.#tokens.peekNonSpace();
      if (next.kind === "assign" || next.kind === "declare") {
        this.#tokens.read();
        this.#declare(decl, variable.text);
        return { decl, isAssign: next.kind === "assign" };
      }
      if (next.kind !== "char" || next.text !== ",") {
        this.#tokens.index = start;
        return { decl, isAssign: false };
      }
      this.#tokens.read();
      this.#declare(decl, variable.text);
      if (context !== "range" || decl.length >= 2) {
        throw this.#tokens.error(`too many declarations in ${context}`);
      }
      const { kind } = this.#tokens.peekNonSpace();
      if (kind !== "variable" && kind !== "rightDelim" && kind !== "rightParen") {
        throw this.#tokens.error("range can only initialize variables");
      }
    }
  }

  #declare(decl: string[], name: string): void {
    decl.push(name);
    if (this.#variables.push(name) > variablesMax) {
      throw this.#tokens.error(`more than ${variablesMax} variables`);
    }
  }

  #command(): Command {
    const { pos } = this.#tokens.peekNonSpace();
    const args: Operand[] = [];
    for (;;) {
      this.#tokens.peekNonSpace();
      const operand = this.#operand();
      if (operand) args.push(operand);
      const token = this.#tokens.read();
      if (token.kind === "space") continue;
      if (token.kind === "rightDelim" || token.kind === "rightParen") this.#tokens.index--;
      else if (token.kind !== "pipe") throw this.#tokens.unexpected(token, "operand");
      break;
    }
    if (args.length === 0) throw this.#tokens.error("empty command");
    return { kind: "command", pos, args };
  }

  /** A term with the fields that follow it. */
  #operand(): Operand | null {
    const term = this.#term();
    const { kind, pos } = this.#tokens.peek();
    if (term === null || kind !== "field") return term;
    const fields: string[] = [];
    while (this.#tokens.peek().kind === "field") fields.push(this.#tokens.read().text.slice(1));
    if (term.kind === "field" || term.kind === "variable") {
      return { kind: term.kind, pos, idents: [...term.idents, ...fields] };
    }
    if (isConstant(term)) {
      throw this.#tokens.error(`unexpected . after term ${JSON.stringify(sourceOf(term))}`);
    }
    return { kind: "chain", pos, node: term, fields };
  }

  #term(): Operand | null {
    const token = this.#tokens.readNonSpace();
    const { kind, text, pos } = token;
    switch (kind) {
      case "identifier":
        if (this.#functions.has(text)) return { kind, pos, name: text };
        throw this.#tokens.error(`function ${JSON.stringify(text)} not defined`);
      case ".":
        return { kind: "dot", pos };
      case "nil":
        return { kind, pos };
      case "variable":
        if (this.#variables.includes(text)) return { kind, pos, idents: [text] };
        throw this.#tokens.error(`undefined variable ${JSON.stringify(text)}`);
      case "field":
        return { kind, pos, idents: [text.slice(1)] };
      case "bool":
        return { kind, pos, value: text === "true" };
      case "character":
      case "number":
        return { kind: "number", pos, text, value: this.#number(token) };
      case "leftParen":
        return this.#deeper(() => this.#pipeline("parenthesized pipeline", "rightParen"));
      case "string":
      case "rawString":
        return { kind: "string", pos, quoted: text, text: this.#unquote(token) };
      default:
        this.#tokens.index--;
        return null;
    }
  }

  #number({ kind, text }: Token): bigint | number {
    const value = kind === "character" ? characterCode(text) : numberOf(text);
    if (typeof value === "object") throw this.#tokens.error(value.wrong);
    return value;
  }
}

const beginsOperand: ReadonlySet<TokenKind> = new Set<TokenKind>([
  "bool",
  "character",
  ".",
  "field",
  "identifier",
  "number",
  "nil",
  "rawString",
  "string",
  "variable",
  "leftParen",
]);

function isConstant(node: Operand | undefined): boolean {
  return node !== undefined && ["bool", "string", "number", "nil", "dot"].includes(node.kind);
}

function isEmpty(nodes: Node[]): boolean {
  return nodes.every((node) => node.kind === "text" && node.text.trim() === "");
}
