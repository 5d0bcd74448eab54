import { describe, expect, test } from "bun:test";
import { clipped, printable } from "../../../src/cli/terminal/graphemes.ts";
import { ago, bytes, duration, fromNow, remaining } from "../../../src/cli/terminal/human.ts";
import { table } from "../../../src/cli/terminal/table.ts";
import { WordWrap } from "../../../src/cli/terminal/word-wrap.ts";

test.each([
  [0, "0 B"],
  [999, "999 B"],
  [1429, "1.4 KB"],
  [999_960, "1.0 MB"],
  [3_112_345, "3.1 MB"],
  [274_290_656, "274 MB"],
  [2_019_393_189, "2.0 GB"],
  [1e15, "1000 TB"],
])("%i bytes are %p", (n, text) => expect(bytes(n)).toBe(text));

const now = Date.parse("2026-06-01T00:00:00Z");
const before = (seconds: number) => new Date(now - seconds * 1000).toISOString();

test.each([
  [0.2, "Less than a second ago"],
  [1, "1 second ago"],
  [59, "59 seconds ago"],
  [90, "About a minute ago"],
  [45 * 60, "45 minutes ago"],
  [3600, "About an hour ago"],
  [9 * 3600, "9 hours ago"],
  [3 * 86_400, "3 days ago"],
  [20 * 86_400, "2 weeks ago"],
  [100 * 86_400, "3 months ago"],
  [800 * 86_400, "2 years ago"],
])("%i seconds are %p", (seconds, text) => expect(ago(before(seconds), now)).toBe(text));

test("times that are none, and that are to come", () => {
  expect(ago("0001-01-01T00:00:00Z", now)).toBe("Never");
  expect(fromNow(before(-4 * 60 - 1), now)).toBe("4 minutes from now");
  expect(fromNow("2318-01-01T00:00:00Z", now)).toBe("Forever");
  expect(fromNow(before(1), now)).toBe("Stopping...");
});

test.each([
  [0, "0s"],
  [950, "950ns"],
  [12_300, "12.3µs"],
  [130_079_000, "130.079ms"],
  [4_535_599_667, "4.535599667s"],
  [63_250_000_000, "1m3.25s"],
  [3_600_000_000_000, "1h0m0s"],
])("%i nanoseconds are %p", (ns, text) => expect(duration(ns)).toBe(text));

test.each([
  [8.2, "9s"],
  [65, "1m05s"],
  [7800, "2h10m"],
  [1e9, ""],
])("%d seconds are left: %p", (s, text) => expect(remaining(s)).toBe(text));

describe("a table", () => {
  test("has columns as wide as their widest cell, and no spaces at the ends of lines", () => {
    expect(
      table([
        ["NAME", "ID"],
        ["a", ""],
        ["longer", "x"],
      ]),
    ).toBe("NAME      ID\na\nlonger    x");
  });

  test("counts what characters take", () => {
    expect(
      table(
        [
          ["世界", "x"],
          ["abcd", "y"],
        ],
        { gap: 1, indent: 2 },
      ),
    ).toBe("  世界 x\n  abcd y");
  });
});

test("text is clipped between characters, by their width", () => {
  expect(clipped("世界abc", 5)).toBe("世界a");
  expect(clipped("世界", 3)).toBe("世");
  expect(clipped("a👩‍👩‍👧b", 2)).toBe("a");
});

test("what steers a terminal is taken out of a text", () => {
  expect(printable("a\x1b[31mb\x07\tc\nd\x9b2J")).toBe("a[31mb\tc\nd2J");
});

describe("word wrap", () => {
  /** What stands on a terminal after these pieces: a word that is taken back is gone. */
  const shown = (width: number, ...pieces: string[]) => {
    const wrap = new WordWrap(() => width);
    let text = "";
    for (const piece of pieces) {
      const [rest = "", ...taken] = wrap.wrap(piece).split("\x1b[K").reverse();
      for (const part of taken.reverse()) {
        const start = part.lastIndexOf("\x1b[");
        text = (text + part.slice(0, start)).slice(0, -Number.parseInt(part.slice(start + 2), 10));
      }
      text += rest;
    }
    return text;
  };

  test("takes a word along that does not fit", () => {
    expect(shown(11, "one two three four")).toBe("one two \nthree four");
  });

  test("does so when the word comes in pieces", () => {
    expect(shown(11, "one two t", "hr", "ee four")).toBe("one two \nthree four");
  });

  test("breaks a word that no line can hold", () => {
    expect(shown(5, "abcdefghijkl")).toBe("abcde\nfghij\nkl");
  });

  test("keeps the lines that there are, and begins to count anew", () => {
    expect(shown(6, "ab\ncd ef gh")).toBe("ab\ncd ef \ngh");
  });

  test("a space at the end of a line becomes the break", () => {
    expect(shown(3, "one two")).toBe("one\ntwo");
  });

  test("counts what characters take", () => {
    expect(shown(5, "世界世")).toBe("世界\n世");
  });
});
