import { statSync } from "node:fs";

/** Another one whenever a file has changed: editors write in place, or put a new one there. */
export function fileVersion(path: string): string {
  try {
    const { ino, size, mtimeNs, ctimeNs } = statSync(path, { bigint: true });
    return [ino, size, mtimeNs, ctimeNs].join();
  } catch {
    return "none"; // reading it will say so
  }
}
