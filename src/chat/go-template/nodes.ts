/** A pipeline in Go's words: `$x := .A | f 1`. */
export interface Pipe {
  kind: "pipe";
  pos: number;
  /** Variables that get its value. */
  decl: string[];
  /** `=`: the variables are there already. */
  isAssign: boolean;
  commands: Command[];
}

export interface Command {
  kind: "command";
  pos: number;
  args: Operand[];
}

export type Operand =
  | Pipe
  | { kind: "field"; pos: number; idents: string[] }
  /** The first name is the variable's, with its `$`. */
  | { kind: "variable"; pos: number; idents: string[] }
  | { kind: "chain"; pos: number; node: Operand; fields: string[] }
  | { kind: "identifier"; pos: number; name: string }
  | { kind: "dot"; pos: number }
  | { kind: "nil"; pos: number }
  | { kind: "bool"; pos: number; value: boolean }
  | { kind: "number"; pos: number; text: string; value: bigint | number }
  | { kind: "string"; pos: number; quoted: string; text: string };

export type Field = Extract<Operand, { kind: "field" }>;
export type Variable = Extract<Operand, { kind: "variable" }>;
export type Chain = Extract<Operand, { kind: "chain" }>;
export type Identifier = Extract<Operand, { kind: "identifier" }>;

/** A control structure. */
export interface Branch {
  kind: "if" | "with" | "range";
  pos: number;
  pipe: Pipe;
  list: Node[];
  elseList: Node[] | null;
}

export type Node =
  | { kind: "text"; pos: number; text: string }
  | { kind: "action"; pos: number; pipe: Pipe }
  | { kind: "break"; pos: number }
  | { kind: "continue"; pos: number }
  | { kind: "template"; pos: number; name: string; pipe: Pipe | null }
  | Branch;

/** Templates of one text by name; the text itself is "". */
export type Trees = ReadonlyMap<string, Node[]>;

/** An operand, command or pipeline as Go writes it in error messages. */
export function sourceOf(node: Operand | Command): string {
  switch (node.kind) {
    case "pipe": {
      const decl = node.decl.length > 0 ? `${node.decl.join(", ")} := ` : "";
      return decl + node.commands.map(sourceOf).join(" | ");
    }
    case "command":
      return node.args.map(argumentOf).join(" ");
    case "field":
      return node.idents.map((name) => `.${name}`).join("");
    case "variable":
      return node.idents.join(".");
    case "chain":
      return argumentOf(node.node) + node.fields.map((name) => `.${name}`).join("");
    case "identifier":
      return node.name;
    case "dot":
      return ".";
    case "nil":
      return "nil";
    case "bool":
      return String(node.value);
    case "number":
      return node.text;
    case "string":
      return node.quoted;
    default:
      return node satisfies never;
  }
}

function argumentOf(node: Operand): string {
  return node.kind === "pipe" ? `(${sourceOf(node)})` : sourceOf(node);
}
