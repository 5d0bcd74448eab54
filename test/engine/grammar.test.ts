import { expect, test } from "bun:test";
import { withCallFirst, withNamedRoot } from "../../src/engine/grammar.ts";

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
