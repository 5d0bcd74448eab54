import { randomUUID } from "node:crypto";
import { existsSync, linkSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";

/** How ggml names a file of weights: by its FNV-1a hash, 64 bits. */
const hashName = /^[0-9a-f]{16}$/;
/** A folder that a process writes to, with the worker's id. */
const folderName = /^connection-(\d+)-/;

/**
 * Weights that were sent once. ggml believes whatever lies in its folder, though its process may
 * have ended in the middle of a file, or the disk be full: so each process has a folder of its own,
 * with links to what is here, and what is new there counts once its hash is that of its name.
 */
export class WeightCache {
  readonly #dir: string;

  /** @param dir made where it is not there */
  constructor(dir: string) {
    this.#dir = dir;
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    for (const name of readdirSync(dir)) {
      const pid = Number(folderName.exec(name)?.[1] ?? process.pid);
      if (pid !== process.pid && !isAlive(pid)) rmSync(join(dir, name), { recursive: true });
    }
  }

  /** A new, empty folder for one process. */
  newFolder(): string {
    const folder = join(this.#dir, `connection-${process.pid}-${randomUUID()}`);
    mkdirSync(folder, { mode: 0o700 });
    return folder;
  }

  /** Puts into a process's folder what is here by now. */
  fill(folder: string): void {
    for (const name of this.#names()) {
      const target = join(folder, name);
      if (!existsSync(target)) linkSync(join(this.#dir, name), target);
    }
  }

  /** Keeps what is whole of the folder of a process that has ended, and removes the folder. */
  async adopt(folder: string): Promise<void> {
    const known = new Set(this.#names());
    const isNew = (name: string) => hashName.test(name) && !known.has(name);
    try {
      for (const name of readdirSync(folder).filter(isNew)) {
        const path = join(folder, name);
        if ((await fnvOf(path)) === name) renameSync(path, join(this.#dir, name));
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  #names(): string[] {
    return readdirSync(this.#dir).filter((name) => hashName.test(name));
  }
}

/** FNV-1a of a file, 64 bits, in hexadecimal digits. Lets others run between its pieces. */
export async function fnvOf(path: string): Promise<string> {
  let [high, low] = [0xcbf29ce4, 0x84222325];
  for await (const piece of Bun.file(path).stream()) {
    for (let i = 0; i < piece.length; i++) {
      low = (low ^ (piece[i] ?? 0)) >>> 0;
      // times 2^40 + 435, of which each product fits a number
      const product = low * 435;
      high = (Math.imul(high, 435) + Math.floor(product / 2 ** 32) + (low << 8)) >>> 0;
      low = product >>> 0;
    }
  }
  return [high, low].map((half) => half.toString(16).padStart(8, "0")).join("");
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
