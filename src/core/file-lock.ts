import { Database } from "bun:sqlite";
import { rmSync, statSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** Between two tries to get a lock that somebody else holds, milliseconds. */
const pollMs = 250;

/** A lock that is held until it is disposed of; then its file is gone. */
export interface FileLock extends Disposable {
  /** Somebody else held it before. */
  wasTaken: boolean;
}

/**
 * Takes the lock file `path`, which other processes (and others in this one) may hold. It is
 * SQLite's: the operating system drops it when its holder dies, who leaves an empty file that
 * stands for nothing; containers that share a folder share its locks. Where a file system has no
 * locks, or does not let the file be made, everybody gets it.
 * @param onWait called at once when it is taken, and again after each while
 * @throws what `signal` was aborted with
 */
export async function lockFile(
  path: string,
  signal: AbortSignal,
  onWait: () => void = () => {},
): Promise<FileLock> {
  for (let wasTaken = false; ; wasTaken = true) {
    signal.throwIfAborted();
    const taken = tryLock(path);
    if (taken) return { wasTaken, [Symbol.dispose]: () => taken[Symbol.dispose]() };
    onWait();
    await sleep(pollMs, undefined, { signal }).catch(() => {});
  }
}

/** null: somebody else has it */
function tryLock(path: string): Disposable | null {
  const opened = new DisposableStack();
  try {
    const database = opened.use(new Database(path));
    const file = inodeOf(path);
    database.run("PRAGMA journal_mode = MEMORY"); // a journal would be a second file
    database.run("BEGIN EXCLUSIVE");
    // Whoever had it before has removed the file: it is no lock any more.
    if (inodeOf(path) !== file) return opened.dispose() ?? null;
    opened.defer(() => removeLeft(path)); // before it is given up: then it is somebody else's
    return opened;
  } catch (error) {
    opened.dispose();
    return isBusy(error) ? null : { [Symbol.dispose]() {} };
  }
}

const inodeOf = (path: string) => statSync(path, { throwIfNoEntry: false, bigint: true })?.ino;

const isBusy = (error: unknown) =>
  error instanceof Error && "code" in error && String(error.code).startsWith("SQLITE_BUSY");

function removeLeft(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // An empty file that stays does no harm.
  }
}
