import type { Node, Operand, Pipe, Trees } from "./nodes.ts";

/** A node, and the lists and branches around it, the outermost first. */
export interface Visit {
  node: Node;
  around: Around[];
}

/** A branch, and those of its nodes that the way leads through. */
export interface Around {
  branch: Extract<Node, { list: Node[] }>;
  list: Node[];
}

/** Every node of a list and of the branches in it, in the order of the text. */
export function* nodesOf(list: Node[], around: Around[] = []): Generator<Visit> {
  for (const node of list) {
    yield { node, around };
    if (!("list" in node)) continue;
    for (const inner of [node.list, node.elseList ?? []]) {
      yield* nodesOf(inner, [...around, { branch: node, list: inner }]);
    }
  }
}

/** Names of fields and variables in a pipeline: `Messages` of `.Messages` and of `$.Messages`. */
export function namesIn(pipe: Pipe): string[] {
  const names = (node: Operand): string[] => {
    if (node.kind === "pipe") return namesIn(node);
    if (node.kind === "chain") return [...names(node.node), ...node.fields];
    return node.kind === "field" || node.kind === "variable" ? node.idents : [];
  };
  return pipe.commands.flatMap(({ args }) => args.flatMap(names));
}

/** Names that any of the templates uses. */
export function namesOf(trees: Trees): Set<string> {
  const names = new Set<string>();
  for (const list of trees.values()) {
    for (const { node } of nodesOf(list)) {
      if (!("pipe" in node) || !node.pipe) continue;
      for (const name of namesIn(node.pipe)) names.add(name);
    }
  }
  return names;
}
