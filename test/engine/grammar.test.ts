import { describe, expect, test } from "bun:test";
import type { RenderedChat } from "../../ffi/chat.ts";
import {
  checkRepetitions,
  withCallFirst,
  withNamedRoot,
  withoutThoughts,
} from "../../src/engine/grammar.ts";

test("a call that must come has no text before it, but thinking", () => {
  const rest = "until-9 ::= [a-z]*\nuntil-12 ::= [a-z]*";
  const root = 'root ::= "<think>" (until-9 "</think>")? space until-12? tool-calls';
  const changed = 'root ::= "<think>" (until-9 "</think>")? space tool-calls';
  expect(withCallFirst(`${root}\n${rest}`)).toBe(`${changed}\n${rest}`);
});

test("what has no such text stays", () => {
  const grammar = "root ::= until-1 tool-calls\nuntil-1 ::= until-2? x";
  expect(withCallFirst(grammar)).toBe(grammar);
});

test("a model that was told not to think has no room for a thought", () => {
  const rule = (thought: string) => `root ::= "<|im_start|>" space${thought} space json\nx ::= "y"`;
  const thought = ' ("<think>" "\\n"? until-13 "\\n"? "</think>" "\\n"?)?';
  const rendered = { thinking_start_tag: "<think>", grammar: rule(thought) } as RenderedChat;
  expect(withoutThoughts(rendered).grammar).toBe(rule(""));
  for (const tag of ["", "<other>"]) {
    const other = { ...rendered, thinking_start_tag: tag };
    expect(withoutThoughts(other).grammar).toBe(rule(thought));
  }
});

test("a schema that refers to itself names itself", () => {
  const tree = (self: string) => ({
    type: "object",
    properties: {
      name: { $ref: "#/$defs/n" },
      child: { anyOf: [{ $ref: self }, { type: "null" }] },
    },
  });
  const $defs = { n: { type: "string" } };
  const named = tree("#/$defs/the_whole");
  expect(withNamedRoot({ ...tree("#"), $defs })).toEqual({
    ...named,
    $defs: { ...$defs, the_whole: named },
  });
  const plain = { type: "object", properties: { $ref: { const: "#" } } };
  expect(withNamedRoot(plain)).toBe(plain);
});

describe("a repetition that llama.cpp would never end", () => {
  test.each([
    'root ::= "a"{5,2}',
    'root ::= "\\"" [^\\]"]{ 3 ,\n 0 }',
    "root ::= [0-9]{19,15}",
    'root ::= "a"{5, # a comment\n 2}',
  ])("%j is refused", (grammar) => {
    expect(() => checkRepetitions(grammar, "grammar")).toThrow("`grammar`: the repetition");
  });

  test.each(['root ::= "a"{2,5} [b]{3,3} "c"{4,} "d"{9}', 'root ::= "{5,2}" [{5,2}] # {5,2}'])(
    "%j is none",
    (grammar) => expect(() => checkRepetitions(grammar, "grammar")).not.toThrow(),
  );
});
