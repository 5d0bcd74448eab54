import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ResponseObject } from "../../src/http/responses/answer-schema.ts";
import { ResponseStore, type StoredResponse } from "../../src/http/responses/store.ts";
import { temporaryDir } from "../support/server.ts";

const bytesMax = 10_000;

/** An answer of about a hundred bytes, and as much more as `text` has. */
function answer(id: string, previousId: string | null = null, text = ""): StoredResponse {
  const item = { type: "message", id: `msg_${id}`, role: "user" as const, content: text };
  const output = [{ type: "message", id: `out_${id}`, status: "completed" }];
  return {
    response: { id, object: "response", output } as unknown as ResponseObject,
    input: [item],
    previousId,
  };
}

describe("the store of answers", () => {
  test("gives back what was put, also after it was opened again", () => {
    using dir = temporaryDir();
    const path = join(dir.path, "deep", "er", "responses.sqlite");
    const store = new ResponseStore({ path, bytesMax });
    store.put(answer("a", null, "ü🎉"));
    store.close();
    const again = new ResponseStore({ path, bytesMax });
    expect(again.get("a")).toEqual(answer("a", null, "ü🎉"));
    expect(again.get("b")).toBeNull();
    expect(again.item("msg_a")).toEqual(answer("a", null, "ü🎉").input[0] as never);
    expect(again.item("out_a")).toMatchObject({ status: "completed" });
    expect(again.item("a")).toBeNull();
    expect(statSync(path).mode & 0o777).toBe(0o600);
    again.close();
  });

  test("makes no file before it is used", async () => {
    using dir = temporaryDir();
    const path = join(dir.path, "responses.sqlite");
    new ResponseStore({ path, bytesMax });
    expect(await Bun.file(path).exists()).toBe(false);
  });

  test("follows a conversation back to its beginning, and says what is lost of it", () => {
    const store = new ResponseStore({ path: ":memory:", bytesMax });
    for (const [id, previous] of [
      ["a", null],
      ["b", "a"],
      ["c", "b"],
      ["x", "a"],
    ] as const) {
      store.put(answer(id, previous));
    }
    const ids = ({ links, lostId }: ReturnType<ResponseStore["chain"]>) => [
      ...links.map(({ response }) => response.id),
      lostId,
    ];
    expect(ids(store.chain("c"))).toEqual(["a", "b", "c", null]);
    expect(ids(store.chain("x"))).toEqual(["a", "x", null]);
    expect(ids(store.chain("y"))).toEqual(["y"]);
    expect([store.delete("b"), store.delete("b")]).toEqual([true, false]);
    expect(ids(store.chain("c"))).toEqual(["c", "b"]);
    expect(store.item("msg_b")).toBeNull();
  });

  test("drops the oldest when there is too much, and only as many as it takes", () => {
    const store = new ResponseStore({ path: ":memory:", bytesMax });
    for (let i = 0; i < 30; i++) store.put(answer(`r${i}`, null, "x".repeat(900)));
    const kept = [...Array(30).keys()].filter((i) => store.get(`r${i}`) !== null);
    expect(kept.at(-1)).toBe(29);
    expect(kept).toEqual([...Array(30).keys()].slice(-kept.length));
    expect(kept.length).toBeGreaterThan(7);
    expect(kept.length).toBeLessThan(12);
    expect(store.item("msg_r0")).toBeNull();
  });

  test("room comes back when answers are deleted", () => {
    const store = new ResponseStore({ path: ":memory:", bytesMax });
    store.put(answer("first"));
    for (let i = 0; i < 30; i++) {
      store.put(answer("big", null, "x".repeat(9000)));
      store.delete("big");
    }
    expect(store.get("first")).not.toBeNull();
  });

  test("an answer that is larger than all may be is refused, and nothing is dropped for it", () => {
    const store = new ResponseStore({ path: ":memory:", bytesMax });
    store.put(answer("a"));
    expect(() => store.put(answer("b", null, "x".repeat(bytesMax)))).toThrow(/takes 10\d+ bytes/);
    expect([store.get("a") !== null, store.get("b")]).toEqual([true, null]);
  });

  test("two servers may share a file", () => {
    using dir = temporaryDir();
    const path = join(dir.path, "responses.sqlite");
    const [one, other] = [1, 2].map(() => new ResponseStore({ path, bytesMax })) as [
      ResponseStore,
      ResponseStore,
    ];
    for (let i = 0; i < 40; i++) {
      one.put(answer(`one${i}`, null, "x".repeat(500)));
      other.put(answer(`other${i}`, `one${i}`, "x".repeat(500)));
    }
    expect(one.chain("other39").links).toHaveLength(2);
    expect(one.get("one0")).toBeNull();
    one.close();
    other.close();
    const db = new Database(path);
    expect(db.query("PRAGMA integrity_check").get()).toEqual({ integrity_check: "ok" });
    expect(db.query("SELECT sum(n_bytes) AS n_bytes FROM responses").get()).toEqual(
      db.query("SELECT n_bytes FROM total").get(),
    );
    db.close();
  });

  test("what was deleted is not in the file any more", async () => {
    using dir = temporaryDir();
    const path = join(dir.path, "responses.sqlite");
    const store = new ResponseStore({ path, bytesMax });
    store.put(answer("a", null, "very secret"));
    store.delete("a");
    store.close(); // folds the write-ahead log into the file
    expect(await Bun.file(path).text()).not.toContain("very secret");
  });

  test("a file that is no database is an error each time, until somebody mends it", () => {
    using dir = temporaryDir();
    const path = join(dir.path, "responses.sqlite");
    writeFileSync(path, "this is no database".repeat(100));
    const store = new ResponseStore({ path, bytesMax });
    for (const use of [() => store.open(), () => store.get("a"), () => store.put(answer("a"))]) {
      expect(use).toThrow(`the store of answers, ${path}, cannot be used: file is not a database`);
    }
    writeFileSync(path, "");
    store.put(answer("a"));
    expect(store.get("a")).not.toBeNull();
  });

  test("neither a folder nor another program's layout is written to", () => {
    using dir = temporaryDir();
    expect(() => new ResponseStore({ path: dir.path, bytesMax }).open()).toThrow("cannot be used");
    const path = join(dir.path, "other.sqlite");
    const db = new Database(path);
    db.run("PRAGMA user_version = 7");
    db.close();
    expect(() => new ResponseStore({ path, bytesMax }).open()).toThrow("number 7, not 2");
  });
});

describe("what belongs to one", () => {
  const all = new ResponseStore({ path: ":memory:", bytesMax });
  const [laptop, phone] = ["laptop", "phone"].map((owner) => all.seenBy(owner)) as [
    ResponseStore,
    ResponseStore,
  ];

  test("no other one finds, goes on from, or deletes", () => {
    laptop.put(answer("a"));
    laptop.put(answer("b", "a"));
    expect([phone.get("a"), phone.item("msg_a"), phone.delete("a")]).toEqual([null, null, false]);
    expect(phone.chain("b")).toEqual({ links: [], lostId: "b" });
    expect(laptop.chain("b").links.length).toBe(2);
    expect([laptop.item("msg_a")?.id, laptop.delete("a")]).toEqual(["msg_a", true]);
  });

  test("may be anybody's where nobody has a key; what was nobody's then is everybody's", () => {
    all.put(answer("open"));
    expect(phone.get("open")).not.toBeNull();
    laptop.put(answer("own"));
    expect(all.get("own")).not.toBeNull();
  });
});

test("a file that is deleted while it is used is made anew", () => {
  using dir = temporaryDir();
  const path = join(dir.path, "responses.sqlite");
  const store = new ResponseStore({ path, bytesMax });
  store.put(answer("a"));
  for (const end of ["", "-wal", "-shm"]) rmSync(path + end, { force: true });
  expect(store.get("a")).toBeNull();
  store.put(answer("b"));
  const other = new ResponseStore({ path, bytesMax });
  expect(other.get("b")).not.toBeNull();
  other.close();
  store.close();
});

test("a file of the layout before is taken on", () => {
  using dir = temporaryDir();
  const path = join(dir.path, "responses.sqlite");
  const store = new ResponseStore({ path, bytesMax });
  store.put(answer("a"));
  store.close();
  const db = new Database(path);
  db.run("ALTER TABLE responses DROP COLUMN owner");
  db.run("PRAGMA user_version = 1");
  db.close();
  const later = new ResponseStore({ path, bytesMax }, "laptop");
  expect(later.get("a")).toEqual(answer("a"));
  later.put(answer("b"));
  expect(later.get("b")).not.toBeNull();
  later.close();
});
