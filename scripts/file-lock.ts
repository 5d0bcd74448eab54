import { Database } from "bun:sqlite";

/** How long to wait before asking again for a lock that another process holds. */
const pollMs = 250;

/**
 * Runs `work` while holding the lock file `path`; waits while another process holds it. The lock
 * is SQLite's: the operating system drops it when its holder dies, so none is ever left behind.
 */
export async function withLock<T>(
  path: string,
  onWait: () => void,
  work: () => Promise<T>,
): Promise<T> {
  using database = new Database(path);
  let waited = false;
  while (!tryLock(database)) {
    if (!waited) onWait();
    waited = true;
    await Bun.sleep(pollMs);
  }
  return await work();
}

function tryLock(database: Database): boolean {
  try {
    database.run("BEGIN EXCLUSIVE");
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "SQLITE_BUSY") return false;
    throw error;
  }
}
