import { describe, expect, test } from "bun:test";
import type { ParsedAnswer } from "../../ffi/chat.ts";
import { Answer } from "../../src/engine/answer.ts";
import { IndentGuard } from "../../src/engine/indent.ts";
import { StopMatcher } from "../../src/engine/stop.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

describe("StopMatcher", () => {
  test.each([
    [["END"], ["a", "b"], "ab", null],
    [["END"], ["aE", "ND more"], "a", "END"],
    [["END"], ["aE", "N", "x"], "aENx", null],
    [["aab"], ["aa", "ab"], "a", "aab"],
    [["\n\n", "\n"], ["one\ntwo"], "one", "\n"],
    [["cd", "bcde"], ["abc", "d"], "ab", "cd"],
    [[""], ["any"], "any", null],
  ])("stops %p in %p show %p, met %p", (stops, pieces, shown, met) => {
    const matcher = new StopMatcher(stops);
    let text = "";
    let stop: string | null = null;
    for (const piece of pieces) {
      const now = matcher.push(piece);
      text += now.text;
      stop ??= now.stop;
    }
    expect([text + matcher.flush(), stop]).toEqual([shown, met]);
  });

  test("holds back the beginning of a stop text, and no more", () => {
    expect(new StopMatcher(["<end>"]).push("text <en").text).toBe("text ");
  });
});

describe("Answer", () => {
  const collect = (answer: Answer, pieces: Uint8Array[], isCut = false) => {
    const shown = pieces.flatMap((piece) => answer.push(piece).pieces);
    return [...shown, ...answer.finish(isCut)];
  };

  test("never splits a character, however its bytes arrive", () => {
    const pieces = [...bytes("é€😀a")].map((byte) => Uint8Array.of(byte));
    const events = collect(new Answer([], null), pieces);
    expect(events.map((event) => "text" in event && event.text)).toEqual(["é", "€", "😀", "a"]);
  });

  test("drops half a character at the very end", () => {
    expect(collect(new Answer([], null), [bytes("a"), bytes("€").slice(0, 2)], true)).toEqual([
      { type: "text", text: "a" },
    ]);
  });

  /** "think|content|name(arguments)", complete or not. */
  const parser = {
    parse(text: string, isPartial: boolean): ParsedAnswer {
      if (!isPartial && text.includes("!")) throw new Error("not of the form");
      const [reasoning = "", content = "", call] = text.split("|");
      const [name = "", args = ""] = (call ?? "").split("(");
      const tool_calls = call === undefined ? [] : [{ id: "", name, arguments: args }];
      return { reasoning, content, tool_calls };
    },
  };

  test("shows reasoning, content and tool calls as they grow", () => {
    const pieces = ["hm", "m|He", "llo|get", "_x({", '"a":1}'].map(bytes);
    const answer = new Answer([], parser, { newCallId: () => "call_1" });
    expect(collect(answer, pieces)).toEqual([
      { type: "reasoning", text: "hm" },
      { type: "reasoning", text: "m" },
      { type: "text", text: "He" },
      { type: "text", text: "llo" },
      { type: "tool_call", index: 0, id: "call_1", name: "get_x", arguments: "{" },
      { type: "tool_call", index: 0, arguments: '"a":1}' },
    ]);
    expect(answer.hasToolCalls).toBe(true);
  });

  test("a call without arguments is shown at the end", () => {
    expect(
      collect(new Answer([], parser, { newCallId: () => "call_1" }), [bytes("||now")]),
    ).toEqual([{ type: "tool_call", index: 0, id: "call_1", name: "now", arguments: "" }]);
  });

  test("an answer that breaks its form after reasoning does not repeat the reasoning", () => {
    expect(collect(new Answer([], parser), [bytes("hm|"), bytes("oh!")])).toEqual([
      { type: "reasoning", text: "hm" },
      { type: "text", text: "oh!" },
    ]);
  });

  test("an answer that breaks its form is shown as the text that it is", () => {
    const answer = new Answer([], parser);
    expect(collect(answer, [bytes("|oh!")])).toEqual([{ type: "text", text: "oh!" }]);
  });

  test("says whether a token ends in half a character", () => {
    const answer = new Answer([], null);
    const [first, second, third] = bytes("€");
    const pieces = [bytes("a"), Uint8Array.of(first!), Uint8Array.of(second!, third!), bytes("é")];
    expect(pieces.map((piece) => answer.push(piece).isWhole)).toEqual([true, false, true, true]);
  });

  test("counts what is decoded and what of it is shown", () => {
    const answer = new Answer(["END"], null);
    answer.push(bytes("aE"));
    expect([answer.nDecoded, answer.nShown]).toEqual([2, 1]);
    answer.push(bytes("N"));
    answer.push(bytes("!"));
    expect([answer.nDecoded, answer.nShown]).toEqual([4, 4]);
  });

  test("an answer that ends at its indentation shows nothing after it", () => {
    const answer = new Answer(["xyz"], null, { nIndent: 2 });
    const pieces = ["if\n", "  a\n", "b", "x"].map(bytes);
    const pushed = pieces.map((piece) => answer.push(piece));
    expect(pushed.map(({ isOutdented }) => isOutdented)).toEqual([false, false, false, true]);
    const shown = [...pushed.flatMap((one) => one.pieces), ...answer.finish(true)];
    expect(shown.map((piece) => "text" in piece && piece.text).join("")).toBe("if\n  a\n");
  });
});

describe("IndentGuard", () => {
  test.each([
    // the token that ends the answer is the second one that begins after the line is known
    [["f:\n", "a", "b", "c"], "f:\n", 3],
    [["f:\n", "    a", "b\n", "c", "d"], "f:\n    ab\n", 4],
    [["f:\n", "  ", "  a", "\n", "  ", "b", "c"], "f:\n    a\n  ", 6],
    [["f:\n", "    a\n    b\n", "    c"], "f:\n    a\n    b\n    c", null],
    [["one line", " only"], "one line only", null],
  ])("with 4 wanted, %p show %p and end at token %p", (pieces, shown, endsAt) => {
    const guard = new IndentGuard(4);
    let text = "";
    let ended: number | null = null;
    for (const [i, piece] of pieces.entries()) {
      const now = guard.push(piece);
      text += now.text;
      if (!now.isOutdented) continue;
      ended = i + 1;
      break;
    }
    if (ended === null) text += guard.flush();
    expect([text, ended]).toEqual([shown, endsAt]);
  });
});
