import { lstatSync, realpathSync } from "node:fs";
import { dirname, relative, resolve, sep } from "node:path";

/**
 * Whether `path` lies in one of the folders whose files clients may name: by its name, and, as far
 * as it is there, by what its links lead to. Of what lies elsewhere nothing can be learnt.
 * @param path an absolute one
 */
export function isInDirs(path: string, dirs: readonly string[]): boolean {
  const roots = dirs.map((dir) => resolve(dir));
  const realRoots = roots.flatMap((dir) => realPath(dir) ?? []);
  if (![...roots, ...realRoots].some((root) => isWithin(root, path))) return false;
  const real = realPath(nearestExisting(path));
  return real !== null && realRoots.some((root) => isWithin(root, real));
}

/** Something is there, be it a link to nowhere. */
export function isThere(path: string): boolean {
  try {
    lstatSync(path);
    return true;
  } catch {
    return false;
  }
}

function isWithin(root: string, path: string): boolean {
  const way = relative(root, path);
  return way !== ".." && !way.startsWith(`..${sep}`) && resolve(root, way) === path;
}

/** The path itself, if anything is there, or the folder that is. */
function nearestExisting(path: string): string {
  return isThere(path) || dirname(path) === path ? path : nearestExisting(dirname(path));
}

function realPath(path: string): string | null {
  try {
    return realpathSync(path);
  } catch {
    return null; // it is not there, or a link to nowhere
  }
}
