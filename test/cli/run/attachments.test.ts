import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { attach } from "../../../src/cli/run/attachments.ts";

let dir = "";
const base64 = (text: string) => Buffer.from(text).toString("base64");

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "hutch-attach-"));
  for (const name of ["a.png", "b c.JPG", "d's.webp", "s.wav"])
    writeFileSync(join(dir, name), name);
  mkdirSync(join(dir, "folder.png"));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const sees = ["completion", "vision"];
const at = (text: string) => text.replaceAll("@", dir);

test.each([
  ["What is in @/a.png?", "What is in ?", ["a.png"]],
  ["@/a.png what is it", "what is it", ["a.png"]],
  ['compare "@/b c.JPG" and @/a.png', "compare and", ["b c.JPG", "a.png"]],
  ["see @/b\\ c.JPG", "see", ["b c.JPG"]],
  ["see '@/b c.JPG'", "see", ["b c.JPG"]],
  ["see @/d\\'s.webp", "see", ["d's.webp"]],
  ["see @/b c.JPG and @/a.png", "see and", ["b c.JPG", "a.png"]],
  ["of 1/2 and ~/x, @/b c.JPG", "of 1/2 and ~/x,", ["b c.JPG"]],
  ["(@/a.png) what is it", "() what is it", ["a.png"]],
])("%p", (prompt, text, names) => {
  const found = attach(at(prompt), sees);
  expect([found.text, found.images]).toEqual([text, names.map(base64)]);
  expect(found.missing).toEqual([]);
});

test.each([
  "a .png file",
  "https://example.org/a.png",
  "what does a.pngx mean",
  "no@/a.pngs",
  "the @/folder of x",
])("%p names no file", (prompt) => {
  const found = attach(at(prompt), sees);
  expect(found).toEqual({ text: at(prompt), images: [], paths: [], missing: [] });
});

test("a path that leads nowhere stays in the text, and is told", () => {
  for (const prompt of ["see @/none.png", "see @/folder.png", "see ./none.png"]) {
    const found = attach(at(prompt), sees);
    expect([found.text, found.images]).toEqual([at(prompt), []]);
    expect(found.missing).toEqual([at(prompt).slice("see ".length)]);
  }
});

test("files go only to models that have the sense for them", () => {
  expect(attach(at("see @/a.png"), ["completion"]).images).toEqual([]);
  expect(attach(at("hear @/s.wav"), sees).images).toEqual([]);
  expect(attach(at("hear @/s.wav"), ["audio"]).images).toEqual([base64("s.wav")]);
});

test("a file that is too large is named", () => {
  const path = join(dir, "large.png");
  writeFileSync(path, "");
  truncateSync(path, 101 * 2 ** 20);
  expect(() => attach(`see ${path}`, sees)).toThrow(`${path} is larger than 100 MiB`);
});
