import { describe, expect, test } from "bun:test";
import { EditBuffer } from "../../../src/cli/run/edit-buffer.ts";
import { layoutOf } from "../../../src/cli/run/input-layout.ts";
import { type Key, KeyDecoder } from "../../../src/cli/run/keys.ts";

const decoded = (...pieces: (string | Uint8Array)[]): Key[] => {
  const decoder = new KeyDecoder();
  return pieces.flatMap((piece) => decoder.decode(Buffer.from(piece)));
};
const key = (name: string) => ({ type: "key", name }) as Key;

describe("keys", () => {
  test("text, with what people take for a character in it", () => {
    expect(decoded("añ世👩‍👩‍👧")).toEqual([{ type: "text", text: "añ世👩‍👩‍👧" }]);
  });

  test.each([
    ["\r", "enter"],
    ["\n", "newline"],
    ["\x1b\r", "newline"],
    ["\x1b[A", "up"],
    ["\x1bOA", "up"],
    ["\x1b[3~", "delete"],
    ["\x1b[1;5D", "word-left"],
    ["\x1bb", "word-left"],
    ["\x7f", "backspace"],
    ["\x03", "interrupt"],
  ])("%j is %s", (bytes, name) => expect(decoded(bytes)).toEqual([key(name)]));

  test("come in pieces: a sequence, a letter of several bytes", () => {
    expect(decoded("\x1b", "[", "A")).toEqual([key("up")]);
    expect(decoded(Uint8Array.of(0xc3), Uint8Array.of(0xa9))).toEqual([
      { type: "text", text: "é" },
    ]);
  });

  test("a paste is one, lines and all", () => {
    expect(decoded("\x1b[200~a\rb", "\x03c\x1b[201~x")).toEqual([
      { type: "paste", text: "a\nb\x03c" },
      { type: "text", text: "x" },
    ]);
  });

  test("sequences that nobody knows are passed over", () => {
    expect(decoded("\x1b[99;1Zq\x1b[?1;2cw")).toEqual([
      { type: "text", text: "q" },
      { type: "text", text: "w" },
    ]);
  });
});

describe("the edit buffer", () => {
  const edited = (text: string, ...does: (keyof EditBuffer)[]) => {
    const buffer = new EditBuffer(text);
    for (const name of does) (buffer[name] as () => void).call(buffer);
    return `${buffer.before}|${buffer.after}`;
  };

  test.each<[string, (keyof EditBuffer)[], string]>([
    ["a👩‍👩‍👧", ["left"], "a|👩‍👩‍👧"],
    ["ae\u0301", ["backspace"], "a|"],
    ["ab", ["home", "delete"], "|b"],
    ["one two", ["wordLeft"], "one |two"],
    ["one two ", ["wordLeft", "wordLeft"], "|one two "],
    ["one two", ["home", "wordRight"], "one| two"],
    ["one two ", ["killWord"], "one |"],
    ["one two", ["home", "killWordRight"], "| two"],
    ["a\nbc", ["home"], "a\n|bc"],
    ["a\nbc", ["home", "left", "home"], "|a\nbc"],
    ["a\nbc", ["killToStart"], "a\n|"],
    ["a\nbc", ["killToStart", "killToStart"], "a|"],
    ["a\nbc", ["home", "killToEnd"], "a\n|"],
    ["a\nb", ["up", "killToEnd"], "a|b"],
    ["abc\nd\nefg", ["up"], "abc\nd|\nefg"],
    ["abc\nd\nefg", ["up", "up"], "a|bc\nd\nefg"],
    ["abc\nd\nefg", ["up", "up", "end", "down"], "abc\nd|\nefg"],
    ["\nx", ["up"], "|\nx"],
    ["x", ["up", "down", "left", "left"], "|x"],
    ["", ["home", "end", "killToEnd", "backspace", "delete", "wordLeft"], "|"],
  ])("%j after %p is %j", (text, does, result) => expect(edited(text, ...does)).toBe(result));

  test("what is inserted may merge with what stands before", () => {
    const buffer = new EditBuffer("e");
    buffer.insert("\u0301x");
    buffer.backspace();
    buffer.backspace();
    expect(buffer.text).toBe("");
  });
});

describe("the layout of what is written", () => {
  const prompts = { first: ">>> ", next: "... " };
  const layout = (text: string, width: number, nLeft = 0) => {
    const buffer = new EditBuffer(text);
    for (let i = 0; i < nLeft; i++) buffer.left();
    return layoutOf(buffer, prompts, width);
  };

  test("an empty message is its prompt", () => {
    expect(layout("", 10)).toEqual({ rows: [">>> "], cursor: { row: 0, column: 4 } });
  });

  test("rows are as wide as there is room, and aligned", () => {
    expect(layout("abcdefgh", 8)).toEqual({
      rows: [">>> abcd", "    efgh"],
      cursor: { row: 1, column: 8 },
    });
  });

  test("a wide character that does not fit goes to the next row whole", () => {
    expect(layout("世世", 7)).toEqual({
      rows: [">>> 世", "    世"],
      cursor: { row: 1, column: 6 },
    });
  });

  test("lines have a prompt of their own, and the cursor stands where it is", () => {
    expect(layout("ab\ncd", 20, 1)).toEqual({
      rows: [">>> ab", "... cd"],
      cursor: { row: 1, column: 5 },
    });
  });
});
