import { describe, expect, test } from "bun:test";
import type { ParsedAnswer } from "../../ffi/chat.ts";
import type { GenerateEvent } from "../../src/core/generate.ts";
import { Answer } from "../../src/engine/answer.ts";
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
    const events: GenerateEvent[] = [];
    for (const piece of pieces) answer.push(piece, (event) => events.push(event));
    answer.finish(isCut, (event) => events.push(event));
    return events;
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
    const answer = new Answer([], parser, () => "call_1");
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
    expect(collect(new Answer([], parser, () => "call_1"), [bytes("||now")])).toEqual([
      { type: "tool_call", index: 0, id: "call_1", name: "now", arguments: "" },
    ]);
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
});
