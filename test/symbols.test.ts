import { beforeAll, describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { ensureSource } from "../scripts/llama-source.ts";
import {
  type Headers,
  hasPrototypeAbove,
  mismatches,
  parseHeaders,
  type SymbolRow,
} from "./support/prototypes.ts";

const root = join(import.meta.dir, "..");

/** Longest time to fetch and unpack llama.cpp's source, once per machine. */
const fetchTimeoutMs = 180_000;

/** Every table, and the headers that judge it: of llama.cpp's source, or `ours` in native/shim/. */
const tables = [
  { file: "llama", table: "llamaSymbols", headers: ["include/llama.h"] },
  {
    file: "mtmd",
    table: "mtmdSymbols",
    headers: ["tools/mtmd/mtmd.h", "tools/mtmd/mtmd-helper.h"],
  },
  {
    file: "shim",
    table: "shimSymbols",
    headers: [],
    ours: ["hutch-shim.h", "shim-sampler.h", "shim-speculation.h", "shim-chat.h", "shim-media.h"],
  },
];

/** Read with every table: they define the types that the others' prototypes use. */
const typeHeaders = ["ggml/include/ggml.h", "ggml/include/ggml-backend.h", "include/llama.h"];

const allTypes = [...typeHeaders, "tools/mtmd/mtmd.h", "tools/mtmd/mtmd-helper.h"];

async function rowsOf(file: string, table: string): Promise<[string, SymbolRow][]> {
  const path = join(root, `ffi/${file}.symbols.ts`);
  if (!existsSync(path)) return [];
  return Object.entries((await import(path))[table] as Record<string, SymbolRow>);
}

for (const { file, table, headers: names, ours } of tables) {
  const rows = await rowsOf(file, table);

  describe(`ffi/${file}.symbols.ts`, () => {
    let headers: Headers;
    let source: string;

    beforeAll(async () => {
      const folder = await ensureSource();
      const read = (name: string) => Bun.file(join(folder, name)).text();
      const types = parseHeaders(...(await Promise.all(allTypes.map(read)))).typedefs;
      const readOwn = (name: string) => Bun.file(join(root, "native/shim", name)).text();
      const own = await Promise.all((ours ?? []).map(readOwn));
      const judged = parseHeaders(...(await Promise.all(names.map(read))), ...own);
      headers = { ...judged, typedefs: new Map([...types, ...judged.typedefs]) };
      source = await Bun.file(join(root, `ffi/${file}.symbols.ts`)).text();
    }, fetchTimeoutMs);

    test(`${table} has rows`, () => expect(rows.length).toBeGreaterThan(0));

    test.each(rows)("%s has the header's types", (name, row) => {
      expect(mismatches(name, row, headers)).toEqual([]);
    });

    test.each(rows)("%s has the header's prototype above it", (name) => {
      const prototype = headers.functions.get(name)?.text;
      expect([prototype, hasPrototypeAbove(source, name, headers)]).toEqual([prototype, true]);
    });
  });
}

test("every table of ffi/ is judged by a header", async () => {
  const files = [...new Bun.Glob("ffi/*.symbols.ts").scanSync({ cwd: root })].sort();
  expect(files).toEqual(tables.map(({ file }) => `ffi/${file}.symbols.ts`).sort());
});

describe("the comparison itself", () => {
  const headers = parseHeaders(`
    #define LLAMA_API __attribute__ ((visibility ("default")))
    typedef struct thing_i * thing_t;
    typedef int32_t token;
    typedef bool (*on_progress)(float progress, void * user_data);
    enum kind { KIND_A, KIND_B };
    struct params { int32_t n; };
    typedef struct pair { int a; int b; } pair;
    LLAMA_API uint64_t wide(const struct model * model); // a 64-bit result
    LLAMA_API const char * name_of(
            const struct model * model, /* not null */
                       token   id,
                    on_progress  progress,
                        size_t  n);
    DEPRECATED(LLAMA_API enum kind kind_of(thing_t thing, uint8_t, bool flag), "use another");
    LLAMA_API void by_value(struct params params);
    LLAMA_API struct params default_params(void);
    LLAMA_API void pair_free(pair p);
    LLAMA_API void inline_callback(void (*each)(int i, void * user_data), const float values[4]);
  `);
  const wrong = (name: string, args: string[], returns: string) =>
    mismatches(name, { args, returns }, headers);

  test("accepts rows that say what the header says", () => {
    expect(wrong("wide", ["ptr"], "u64")).toEqual([]);
    expect(wrong("wide", ["ptr"], "u64_fast")).toEqual([]);
    expect(wrong("name_of", ["ptr", "i32", "function", "usize"], "cstring")).toEqual([]);
    expect(wrong("kind_of", ["ptr", "u8", "bool"], "i32")).toEqual([]);
    expect(wrong("inline_callback", ["function", "ptr"], "void")).toEqual([]);
  });

  test("reports a 64-bit result declared 32-bit", () => {
    expect(wrong("wide", ["ptr"], "u32")).toEqual([
      "wide: the result is uint64_t, so u64; the row has u32",
    ]);
  });

  test("reports a result of the wrong sign, and one that is left out", () => {
    expect(wrong("wide", ["ptr"], "i64")).toHaveLength(1);
    expect(mismatches("wide", { args: ["ptr"] }, headers)).toHaveLength(1);
  });

  test.each([
    [["ptr", "i64", "function", "usize"], "argument 2 is token, so i32; the row has i64"],
    [["ptr", "i32", "i32", "usize"], "argument 3 is on_progress, so function; the row has i32"],
    [["ptr", "i32", "function", "u32"], "argument 4 is size_t, so usize; the row has u32"],
    [["cstring", "i32", "function", "usize"], "argument 1 is const struct model*, so ptr"],
  ])("reports a wrong argument in %j", (args, message) => {
    expect(wrong("name_of", args, "cstring").join()).toContain(message);
  });

  test("reports a missing and a surplus argument", () => {
    expect(wrong("wide", [], "u64")).toEqual(["wide takes 1 arguments, the row has 0"]);
    expect(wrong("wide", ["ptr", "i32"], "u64")).toEqual(["wide takes 1 arguments, the row has 2"]);
  });

  test("reports a function that the header does not have", () => {
    expect(wrong("gone", [], "void")).toEqual(["gone is not in the headers"]);
  });

  test("reports structs that cross by value", () => {
    for (const [name, args, returns] of [
      ["by_value", ["ptr"], "void"],
      ["default_params", [], "ptr"],
      ["pair_free", ["ptr"], "void"],
    ] as const) {
      expect(wrong(name, [...args], returns).join()).toContain("crosses by value");
    }
  });

  test("wants the prototype directly above the row, in the header's words", () => {
    const good = `
      // Prose may come first.
      // const char * name_of(const struct model * model, token id,
      //   on_progress progress, size_t n)
      name_of: { args: [] },
      // uint64_t wide(const struct model * m)
      wide: { args: [] },

      kind_of: { args: [] },`;
    expect(hasPrototypeAbove(good, "name_of", headers)).toBe(true);
    expect(hasPrototypeAbove(good, "wide", headers)).toBe(false);
    expect(hasPrototypeAbove(good, "kind_of", headers)).toBe(false);
  });
});
