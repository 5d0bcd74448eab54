import { realpathSync, type Stats, statSync } from "node:fs";
import { join, sep } from "node:path";

/**
 * Serves the files of a folder for GET and HEAD; null where there is none. A folder answers with
 * its index.html. Nothing outside of `dir` is reached, by ".." or by symbolic links.
 */
export function staticFiles(dir: string): (request: Request, path: string) => Response | null {
  const root = realpathSync(dir);
  return (request, path) => {
    const found = findFile(root, path);
    if (!found) return null;
    const { file, stats } = found;
    const etag = `W/"${stats.size.toString(16)}-${Math.floor(stats.mtimeMs).toString(16)}"`;
    const headers = { etag, "cache-control": "no-cache" };
    if (
      request.headers
        .get("if-none-match")
        ?.split(/\s*,\s*/)
        .includes(etag)
    ) {
      return new Response(null, { status: 304, headers });
    }
    const body = Bun.file(file);
    const isHead = request.method === "HEAD";
    return new Response(isHead ? null : body, {
      headers: { ...headers, "content-type": body.type },
    });
  };
}

function findFile(root: string, path: string): { file: string; stats: Stats } | null {
  try {
    const asked = join(root, decodeURIComponent(path));
    const isDir = statSync(asked).isDirectory();
    const file = realpathSync(isDir ? join(asked, "index.html") : asked);
    const stats = statSync(file);
    const isInside = file.startsWith(root.endsWith(sep) ? root : root + sep);
    return isInside && stats.isFile() ? { file, stats } : null;
  } catch {
    return null; // no such file, a name that no file can have, or one that we may not see
  }
}
