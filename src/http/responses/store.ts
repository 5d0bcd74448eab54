import { Database, SQLiteError } from "bun:sqlite";
import { closeSync, mkdirSync, openSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { AppError } from "../../core/errors.ts";
import type { ResponsesSettings } from "../../core/server.ts";
import type { ResponseObject, StoredItem } from "./answer-schema.ts";

/** What is kept of a request and its answer. */
export interface StoredResponse {
  response: ResponseObject;
  /** What the request itself brought; the conversation before it is under `previousId`. */
  input: StoredItem[];
  previousId: string | null;
}

/** Wait for another server's write at most, milliseconds: meanwhile nobody is answered. */
const busyTimeoutMs = 1000;

/** Of the tables below; a file with another number is not ours to write to. */
const layout = 2;

// The total is kept by triggers, so that it is right for several servers on one file.
const tables = `
  CREATE TABLE responses (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    previous_id TEXT,
    n_bytes INTEGER NOT NULL,
    response TEXT NOT NULL,
    owner TEXT
  );
  CREATE TABLE items (
    response_seq INTEGER NOT NULL,
    place INTEGER NOT NULL,
    is_output INTEGER NOT NULL,
    id TEXT NOT NULL,
    item TEXT NOT NULL
  );
  CREATE INDEX items_of_response ON items (response_seq, place);
  CREATE INDEX items_by_id ON items (id);
  CREATE TABLE total (n_bytes INTEGER NOT NULL);
  INSERT INTO total VALUES (0);
  CREATE TRIGGER kept AFTER INSERT ON responses BEGIN
    UPDATE total SET n_bytes = n_bytes + new.n_bytes;
  END;
  CREATE TRIGGER dropped AFTER DELETE ON responses BEGIN
    UPDATE total SET n_bytes = n_bytes - old.n_bytes;
    DELETE FROM items WHERE response_seq = old.seq;
  END;
  PRAGMA user_version = ${layout};`;

/** Layout 1 did not know whose an answer was. */
const fromLayout1 = `
  ALTER TABLE responses ADD COLUMN owner TEXT;
  PRAGMA user_version = ${layout};`;

/** What is nobody's is everybody's; and who has no key, as nobody needs one, may see all. */
const isSeen = "(owner IS NULL OR $owner IS NULL OR owner = $owner)";

interface ResponseRow {
  seq: number;
  previous_id: string | null;
  response: string;
}

interface ItemRow {
  is_output: number;
  item: string;
}

/** A file that is open, and which one that is: somebody may delete or replace it. */
interface OpenFile {
  db: Database;
  inode: number | null;
}

/**
 * Finished answers, in a SQLite file that is opened at the first use. Several servers may share it.
 * A file that was deleted meanwhile is made anew. Every method throws AppError internal when the
 * file cannot be used; the next call tries again.
 */
export class ResponseStore {
  readonly #settings: ResponsesSettings;
  readonly #owner: string | null;
  /** The same for all owners. */
  #file: { open: OpenFile | null } = { open: null };

  /** @param owner whose answers are put, and seen; null: everybody's */
  constructor(settings: ResponsesSettings, owner: string | null = null) {
    this.#settings = settings;
    this.#owner = owner;
  }

  /** The store as somebody else sees it. */
  seenBy(owner: string | null): ResponseStore {
    const store = new ResponseStore(this.#settings, owner);
    store.#file = this.#file;
    return store;
  }

  /** Opens the file, which is otherwise left to the first use. */
  open(): void {
    this.#using(() => {});
  }

  /** @throws AppError unsupported, for an answer that is larger than all may be together */
  put({ response, input, previousId }: StoredResponse): void {
    const { output, ...rest } = response;
    const text = JSON.stringify(rest);
    const items = [
      ...input.map((item) => ({ item, isOutput: 0 })),
      ...output.map((item) => ({ item, isOutput: 1 })),
    ].map(({ item, isOutput }) => ({ id: item.id, isOutput, text: JSON.stringify(item) }));
    const nBytes = [{ text }, ...items].reduce((n, one) => n + Buffer.byteLength(one.text), 0);
    const { bytesMax } = this.#settings;
    if (nBytes > bytesMax) {
      const sizes = `it takes ${nBytes} bytes, and all may take ${bytesMax}`;
      const message = `the answer was not kept: ${sizes}`;
      throw new AppError("unsupported", message);
    }
    this.#using((db) => {
      const write = db.transaction(() => {
        const seq = db
          .query(
            "INSERT INTO responses (id, previous_id, n_bytes, response, owner) " +
              "VALUES (?, ?, ?, ?, ?)",
          )
          .run(response.id, previousId, nBytes, text, this.#owner).lastInsertRowid;
        const insert = db.query("INSERT INTO items VALUES (?, ?, ?, ?, ?)");
        for (const [place, item] of items.entries()) {
          insert.run(seq, place, item.isOutput, item.id, item.text);
        }
        const total = db.query<{ n_bytes: number }, []>("SELECT n_bytes FROM total");
        const oldest = "DELETE FROM responses WHERE seq = (SELECT min(seq) FROM responses)";
        while ((total.get()?.n_bytes ?? 0) > bytesMax) db.query(oldest).run();
      });
      write.immediate();
    });
  }

  get(id: string): StoredResponse | null {
    return this.#using((db) => {
      const row = db
        .query<ResponseRow, [Asked]>(`SELECT * FROM responses WHERE id = $id AND ${isSeen}`)
        .get(this.#asked(id));
      if (!row) return null;
      const items = db
        .query<ItemRow, [number]>("SELECT * FROM items WHERE response_seq = ? ORDER BY place")
        .all(row.seq)
        .map(({ item, is_output }) => ({ isOutput: is_output === 1, item: JSON.parse(item) }));
      const ofKind = (isOutput: boolean) =>
        items.filter((one) => one.isOutput === isOutput).map(({ item }) => item);
      return {
        response: { ...JSON.parse(row.response), output: ofKind(true) },
        input: ofKind(false),
        previousId: row.previous_id,
      };
    });
  }

  /** Ends with the answer `id`. `lostId` is the one before the first, if that is not kept. */
  chain(id: string): { links: StoredResponse[]; lostId: string | null } {
    const links: StoredResponse[] = [];
    let next: string | null = id;
    while (next !== null) {
      const link = this.get(next);
      if (!link) break;
      links.unshift(link);
      next = link.previousId;
    }
    return { links, lostId: next };
  }

  /** The latest item with that id, of an input or an answer. */
  item(id: string): StoredItem | null {
    return this.#using((db) => {
      const row = db
        .query<ItemRow, [Asked]>(
          "SELECT items.* FROM items JOIN responses ON seq = response_seq " +
            `WHERE items.id = $id AND ${isSeen} ORDER BY items.rowid DESC LIMIT 1`,
        )
        .get(this.#asked(id));
      return row ? JSON.parse(row.item) : null;
    });
  }

  /** @returns whether it was there */
  delete(id: string): boolean {
    return this.#using((db) => {
      const { changes } = db
        .query<unknown, [Asked]>(`DELETE FROM responses WHERE id = $id AND ${isSeen}`)
        .run(this.#asked(id));
      return changes > 0; // those of triggers count too
    });
  }

  close(): void {
    this.#file.open?.db.close();
    this.#file.open = null;
  }

  #asked(id: string): Asked {
    return { $id: id, $owner: this.#owner };
  }

  #using<T>(work: (db: Database) => T): T {
    const { path } = this.#settings;
    try {
      if (this.#file.open?.inode !== inodeOf(path)) this.close();
      this.#file.open ??= opened(path);
      return work(this.#file.open.db);
    } catch (cause) {
      this.close(); // whoever mends or replaces the file needs no restart
      const why = cause instanceof Error ? cause.message : String(cause);
      const code = cause instanceof SQLiteError && cause.code ? ` (${cause.code})` : "";
      const message = `the store of answers, ${path}, cannot be used: ${why}${code}`;
      throw new AppError("internal", message, { cause });
    }
  }
}

type Asked = Record<"$id" | "$owner", string | null>;

/** Null: there is no such file, or it is kept in memory. */
function inodeOf(path: string): number | null {
  return statSync(path, { throwIfNoEntry: false })?.ino ?? null;
}

function opened(path: string): OpenFile {
  if (path !== ":memory:") {
    mkdirSync(dirname(path), { recursive: true });
    closeSync(openSync(path, "a", 0o600)); // conversations are nobody else's business
  }
  const db = new Database(path);
  try {
    db.run(`PRAGMA busy_timeout = ${busyTimeoutMs}`);
    db.run("PRAGMA journal_mode = WAL");
    db.run("PRAGMA synchronous = NORMAL");
    db.run("PRAGMA secure_delete = ON"); // what is deleted must not stay in the file
    prepare(db);
    return { db, inode: inodeOf(path) };
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Makes the tables, unless they are there. @throws for a file of another layout */
function prepare(db: Database): void {
  const version = () =>
    db.query<{ user_version: number }, []>("PRAGMA user_version").get()?.user_version;
  db.transaction(() => {
    if (version() === 0) db.run(tables);
    else if (version() === 1) db.run(fromLayout1);
  }).immediate();
  if (version() !== layout) throw new Error(`its layout is number ${version()}, not ${layout}`);
}
