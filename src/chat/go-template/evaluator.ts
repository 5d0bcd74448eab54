import type { Budget } from "./budget.ts";
import { CallError } from "./comparisons.ts";
import { isCompound, sprint } from "./format.ts";
import { type Clock, functionNamed } from "./functions.ts";
import {
  type Branch,
  type Chain,
  type Command,
  type Field,
  type Identifier,
  type Node,
  type Operand,
  type Pipe,
  sourceOf,
  type Trees,
  type Variable,
} from "./nodes.ts";
import { quote } from "./quote.ts";
import { templateError } from "./template-error.ts";
import { GoList, GoMap, GoStruct, isTrue, typeName, type Value } from "./values.ts";

/** A parsed template with its text, which errors point into. */
export interface Source {
  text: string;
  trees: Trees;
}

/** @throws AppError invalid_request in Go's words, and when it takes or prints too much */
export function evaluate(source: Source, data: Value, clock: Clock, budget: Budget): string {
  const run: Run = { source, clock, budget, printed: [] };
  new Evaluator(run, "", data).walk(source.trees.get("") ?? [], data);
  return run.printed.join("");
}

/** What the templates of one rendering share. */
interface Run {
  source: Source;
  clock: Clock;
  budget: Budget;
  printed: string[];
}

/** How a list of nodes was left before its end. */
type Jump = "break" | "continue" | null;

/** The last argument, from the command before in a pipeline; none is not the same as nothing. */
const none = Symbol("no argument");
type Final = Value | typeof none;

interface Located {
  pos: number;
}

/** Executes one template, with the variables that it sees. */
class Evaluator {
  readonly #run: Run;
  readonly #name: string;
  readonly #variables: { name: string; value: Value }[];
  /** What is being evaluated, for errors. */
  #at: (Operand | Command | Node) & Located = { kind: "dot", pos: 0 };

  constructor(run: Run, name: string, data: Value) {
    this.#run = run;
    this.#name = name;
    this.#variables = [{ name: "$", value: data }];
  }

  walk(list: Node[], dot: Value): Jump {
    return this.#run.budget.deeper(() => {
      for (const node of list) {
        this.#run.budget.step();
        const jump = this.#walkNode(node, dot);
        if (jump) return jump;
      }
      return null;
    });
  }

  #walkNode(node: Node, dot: Value): Jump {
    this.#at = node;
    switch (node.kind) {
      case "text":
        this.#print(node.text);
        return null;
      case "action": {
        const value = this.#pipe(node.pipe, dot);
        if (node.pipe.decl.length > 0) return null;
        this.#print(value === undefined ? "<no value>" : sprint([value], this.#run.budget));
        return null;
      }
      case "break":
      case "continue":
        return node.kind;
      case "template":
        this.#call(node.name, node.pipe, dot);
        return null;
      case "if":
      case "with":
        return this.#choose(node, dot);
      case "range":
        return this.#range(node, dot);
      default:
        return node satisfies never;
    }
  }

  #print(text: string): void {
    this.#run.printed.push(this.#run.budget.text(text));
  }

  #error(message: string): Error {
    const { pos } = this.#at;
    const before = this.#run.source.text.slice(0, pos);
    const line = before.split("\n").length;
    const column = Buffer.byteLength(before.slice(before.lastIndexOf("\n") + 1));
    const context = "list" in this.#at ? sourceOf(this.#at.pipe) : contextOf(this.#at);
    const place = `template: :${line}:${column}: executing ${quote(this.#name)} at <${context}>`;
    return templateError(`${place}: ${message}`);
  }

  #choose({ kind, pipe, list, elseList }: Branch, dot: Value): Jump {
    const nVariables = this.#variables.length;
    const value = this.#pipe(pipe, dot);
    const isChosen = isTrue(value);
    const jump = isChosen
      ? this.walk(list, kind === "with" ? value : dot)
      : this.walk(elseList ?? [], dot);
    this.#variables.length = nVariables;
    return jump;
  }

  #range(branch: Branch, dot: Value): Jump {
    const { pipe, list, elseList } = branch;
    const nVariables = this.#variables.length;
    const value = this.#pipe(pipe, dot);
    const nInside = this.#variables.length;
    let isEmpty = true;
    for (const [index, element] of this.#pairs(value, pipe)) {
      isEmpty = false;
      this.#run.budget.step();
      this.#assignPair(pipe, index, element);
      const jump = this.walk(list, element);
      this.#variables.length = nInside;
      if (jump === "break") break;
    }
    const jump = isEmpty ? this.walk(elseList ?? [], dot) : null;
    this.#variables.length = nVariables;
    return jump;
  }

  /** What a loop goes over: index or key, and element. */
  *#pairs(value: Value, { decl }: Pipe): Generator<[Value, Value]> {
    if (value instanceof GoList) {
      for (let i = 0; i < value.length; i++) yield [BigInt(i), value.at(i)];
    } else if (value instanceof GoMap) {
      for (const key of value.keys) yield [key, value.entries.get(key)];
    } else if (typeof value === "bigint") {
      if (decl.length > 1) {
        throw this.#error(`can't use ${value} to iterate over more than one variable`);
      }
      for (let i = 0n; i < value; i++) yield [i, i];
    } else if (value !== undefined && value !== null) {
      throw this.#error(`range can't iterate over ${sprint([value], this.#run.budget)}`);
    }
  }

  #assignPair({ decl, isAssign }: Pipe, index: Value, element: Value): void {
    const [first, second] = decl;
    if (first === undefined) return;
    const values = second === undefined ? [element] : [index, element];
    for (const [i, value] of values.entries()) {
      if (isAssign) this.#assign(decl[i] ?? "", value);
      else {
        const variable = this.#variables[this.#variables.length - values.length + i];
        if (variable) variable.value = value;
      }
    }
  }

  #call(name: string, pipe: Pipe | null, dot: Value): void {
    const list = this.#run.source.trees.get(name);
    if (!list) throw this.#error(`template ${quote(name)} not defined`);
    const value = pipe ? this.#pipe(pipe, dot) : undefined;
    new Evaluator(this.#run, name, value).walk(list, value);
  }

  #pipe(pipe: Pipe, dot: Value): Value {
    return this.#run.budget.deeper(() => {
      this.#at = pipe;
      let value: Final = none;
      for (const command of pipe.commands) {
        this.#run.budget.step();
        value = this.#command(command, dot, value) ?? undefined;
      }
      const result = value === none ? undefined : value;
      for (const name of pipe.decl) {
        if (pipe.isAssign) this.#assign(name, result);
        else this.#variables.push({ name, value: result });
      }
      return result;
    });
  }

  #assign(name: string, value: Value): void {
    const variable = this.#variables.findLast((known) => known.name === name);
    if (!variable) throw this.#error(`undefined variable: ${name}`);
    variable.value = value;
  }

  #command(command: Command, dot: Value, final: Final): Value {
    const [first, ...rest] = command.args;
    if (!first) throw new Error("a command without words");
    const isCalled = rest.length > 0 || final !== none;
    switch (first.kind) {
      case "identifier":
        return this.#function(first.name, command, dot, final);
      case "field":
        return this.#field(first, dot, isCalled);
      case "chain":
        return this.#chain(first, dot, isCalled);
      case "variable":
        return this.#variable(first, isCalled);
      default:
        if (first.kind !== "pipe") this.#at = first;
        if (isCalled) throw this.#error(`can't give argument to non-function ${sourceOf(first)}`);
        if (first.kind === "nil") throw this.#error("nil is not a command");
        return this.#operand(first, dot);
    }
  }

  /** The value of an operand that is given to something. */
  #operand(node: Operand, dot: Value): Value {
    this.#at = node;
    switch (node.kind) {
      case "dot":
        return dot;
      case "nil":
        return null;
      case "bool":
        return node.value;
      case "number":
        if (typeof node.value !== "bigint" || node.value < 2n ** 63n) return node.value;
        throw this.#error(`${node.text} overflows int`);
      case "string":
        return node.text;
      case "field":
        return this.#field(node, dot, false);
      case "variable":
        return this.#variable(node, false);
      case "chain":
        return this.#chain(node, dot, false);
      case "identifier":
        return this.#function(node.name, node, dot, none);
      case "pipe":
        return this.#pipe(node, dot);
      default:
        return node satisfies never;
    }
  }

  #field(node: Field, dot: Value, isCalled: boolean): Value {
    this.#at = node;
    return this.#fields(dot, node.idents, isCalled);
  }

  #variable(node: Variable, isCalled: boolean): Value {
    this.#at = node;
    const [name = "", ...fields] = node.idents;
    const variable = this.#variables.findLast((known) => known.name === name);
    if (!variable) throw this.#error(`undefined variable: ${name}`);
    if (fields.length > 0) return this.#fields(variable.value, fields, isCalled);
    if (isCalled) throw this.#error(`can't give argument to non-function ${sourceOf(node)}`);
    return variable.value;
  }

  #chain(node: Chain, dot: Value, isCalled: boolean): Value {
    this.#at = node;
    if (node.node.kind === "nil") {
      throw this.#error(`indirection through explicit nil in ${sourceOf(node)}`);
    }
    const receiver = this.#operand(node.node, dot);
    return this.#fields(receiver, node.fields, isCalled);
  }

  #fields(receiver: Value, names: string[], isCalled: boolean): Value {
    let value = receiver;
    let type = receiver === null ? "interface {}" : typeName(receiver);
    for (const [i, name] of names.entries()) {
      const holder = value;
      value = this.#fieldOf(holder, name, type, isCalled && i === names.length - 1);
      const isOfAny = isCompound(holder) && holder.type.isOfAny === true;
      type = isOfAny ? "interface {}" : typeName(value);
    }
    return value;
  }

  #fieldOf(receiver: Value, name: string, type: string, isCalled: boolean): Value {
    if (receiver === undefined) return undefined;
    if (receiver === null) throw this.#error(`nil pointer evaluating ${type}.${name}`);
    if (isCompound(receiver)) {
      const { text, methods } = receiver.type;
      const own = methods && Object.hasOwn(methods, name) ? methods[name] : undefined;
      const method = name === "String" ? text : own;
      if (method) {
        if (isCalled) throw this.#error(`wrong number of args for ${name}: want 0 got 1`);
        return method(receiver);
      }
    }
    if (receiver instanceof GoStruct && Object.hasOwn(receiver.fields, name)) {
      if (!isCalled) return receiver.fields[name];
      throw this.#error(`${name} has arguments but cannot be invoked as function`);
    }
    if (receiver instanceof GoMap) {
      if (!isCalled) return receiver.entries.get(name) ?? null;
      throw this.#error(`${name} is not a method but has arguments`);
    }
    throw this.#error(`can't evaluate field ${name} in type ${type}`);
  }

  #function(name: string, node: Command | Identifier, dot: Value, final: Final): Value {
    const args = node.kind === "command" ? node.args.slice(1) : [];
    this.#at = node.kind === "command" ? (node.args[0] ?? node) : node;
    const { nMin, isVariadic, texts, call } = functionNamed(name);
    const nArgs = args.length + (final === none ? 0 : 1);
    if (isVariadic ? nArgs < nMin : nArgs !== nMin) {
      const wanted = isVariadic ? `at least ${nMin} got ${args.length}` : `${nMin} got ${nArgs}`;
      throw this.#error(`wrong number of args for ${name}: want ${wanted}`);
    }
    if (name === "and" || name === "or") return this.#logic(name, args, dot, final);
    const isText = (i: number) => texts === "all" || (texts === "first" && i === 0);
    const values = args.map((arg, i) =>
      isText(i) ? this.#text(arg, dot) : this.#operand(arg, dot),
    );
    if (final !== none) values.push(isText(values.length) ? this.#checkText(final) : final);
    const { budget, clock } = this.#run;
    try {
      return call(values, { budget, clock });
    } catch (error) {
      if (!(error instanceof CallError)) throw error;
      this.#at = node;
      throw this.#error(`error calling ${name}: ${error.message}`);
    }
  }

  /** `and` returns the first argument that is not true, `or` the first that is, else the last. */
  #logic(name: "and" | "or", args: Operand[], dot: Value, final: Final): Value {
    let value: Value;
    for (const arg of args) {
      value = this.#operand(arg, dot);
      if (isTrue(value) === (name === "or")) return value;
    }
    return final === none ? value : final;
  }

  /** An argument that must be a text. */
  #text(node: Operand, dot: Value): Value {
    this.#at = node;
    if (node.kind === "nil") throw this.#error("cannot assign nil to string");
    if (node.kind === "number" || node.kind === "bool") {
      throw this.#error(`expected string; found ${sourceOf(node)}`);
    }
    return this.#checkText(this.#operand(node, dot));
  }

  #checkText(value: Value): string {
    if (typeof value === "string") return value;
    if (value === undefined) throw this.#error("invalid value; expected string");
    const type = value === null ? "interface {}" : typeName(value);
    throw this.#error(`wrong type for value; expected string; got ${type}`);
  }
}

function contextOf(node: Exclude<Operand | Command | Node, Branch>): string {
  switch (node.kind) {
    case "text":
      return node.text;
    case "action":
      return `{{${sourceOf(node.pipe)}}}`;
    case "break":
    case "continue":
      return `{{${node.kind}}}`;
    case "template": {
      const pipe = node.pipe ? ` ${sourceOf(node.pipe)}` : "";
      return `{{template ${quote(node.name)}${pipe}}}`;
    }
    default:
      return sourceOf(node);
  }
}
