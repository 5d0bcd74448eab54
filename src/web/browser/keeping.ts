import type { Conversation } from "./conversation.ts";

const storeName = "conversations";

/** The conversations of this browser, in its own database. */
export class Keeping {
  readonly #database: IDBDatabase | null;

  private constructor(database: IDBDatabase | null) {
    this.#database = database;
  }

  /** Where there is none, as in some private windows, nothing is kept. */
  static async open(): Promise<Keeping> {
    try {
      const request = indexedDB.open("hutch", 1);
      request.onupgradeneeded = () =>
        void request.result.createObjectStore(storeName, { keyPath: "id" });
      return new Keeping(await settled(request));
    } catch {
      return new Keeping(null);
    }
  }

  get isKept(): boolean {
    return this.#database !== null;
  }

  /** The latest first. */
  async all(): Promise<Conversation[]> {
    const store = this.#store("readonly");
    const all: Conversation[] = store ? await settled(store.getAll()) : [];
    return all.sort((a, b) => b.changedAt - a.changedAt);
  }

  async save(conversation: Conversation): Promise<void> {
    const store = this.#store("readwrite");
    if (store) await settled(store.put(conversation));
  }

  async remove(id: string): Promise<void> {
    const store = this.#store("readwrite");
    if (store) await settled(store.delete(id));
  }

  #store(mode: IDBTransactionMode): IDBObjectStore | undefined {
    return this.#database?.transaction(storeName, mode).objectStore(storeName);
  }
}

function settled<Result>(request: IDBRequest<Result>): Promise<Result> {
  const { promise, resolve, reject } = Promise.withResolvers<Result>();
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
  return promise;
}
