import { expect, test } from "bun:test";
import { chmodSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { History } from "../../../src/cli/run/history.ts";
import { temporaryDir } from "../../support/server.ts";

const filled = (path: string | null, ...entries: string[]) => {
  const history = new History(path);
  for (const entry of entries) history.add(entry);
  return history;
};

test("leafs back and forth, and comes back to what was being written", () => {
  const history = filled(null, "one", "two");
  expect(history.previous("dra")).toBe("two");
  expect(history.previous("two")).toBe("one");
  expect(history.previous("one")).toBeNull();
  expect([history.next(), history.next(), history.next()]).toEqual(["two", "dra", null]);
});

test("is there again in the next session, entries of several lines too", () => {
  using dir = temporaryDir();
  const path = join(dir.path, ".hutch", "history");
  filled(path, "one", 'two\nlines "quoted"', " ", 'two\nlines "quoted"');
  const next = new History(path);
  expect(next.previous("")).toBe('two\nlines "quoted"');
  expect(next.previous("")).toBe("one");
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test("a damaged line costs only itself", () => {
  using dir = temporaryDir();
  const path = join(dir.path, "history");
  writeFileSync(path, '"one"\n"tw\n17\n"three"\n');
  const history = new History(path);
  expect([history.previous(""), history.previous(""), history.previous("")]).toEqual([
    "three",
    "one",
    null,
  ]);
});

test("the oldest are forgotten", () => {
  using dir = temporaryDir();
  const path = join(dir.path, "history");
  const lines = Array.from({ length: 2001 }, (_, i) => JSON.stringify(`entry ${i}`));
  writeFileSync(path, `${lines.join("\n")}\n`);
  new History(path);
  const kept = readFileSync(path, "utf8").trim().split("\n");
  expect([kept.length, kept[0], kept.at(-1)]).toEqual([1000, '"entry 1001"', '"entry 2000"']);
});

test("nothing is kept when a variable says so, or the user, or no file can be written", () => {
  using dir = temporaryDir();
  for (const name of ["HUTCH_NOHISTORY", "OLLAMA_NOHISTORY"]) {
    expect(History.of({ [name]: "1", HOME: dir.path }).path).toBeNull();
  }
  expect(History.of({ HOME: dir.path }).path).toBe(join(dir.path, ".hutch", "history"));
  const off = filled(null, "one");
  off.isKept = false;
  off.add("two");
  expect(off.previous("")).toBe("one");
  const file = join(dir.path, "file");
  writeFileSync(file, "");
  chmodSync(file, 0o400);
  expect(filled(join(file, "history"), "one").previous("")).toBe("one");
});
