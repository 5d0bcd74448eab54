import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { ggufName, isModelFile } from "./hub-selection.ts";

type Environment = Record<string, string | undefined>;

/** Where the hub's own tools and llama-server keep models: the first variable that is set wins. */
export function hubCacheDir(env: Environment, home: string): string {
  const { LLAMA_CACHE, HF_HUB_CACHE, HUGGINGFACE_HUB_CACHE, HF_HOME, XDG_CACHE_HOME } = env;
  const whole = LLAMA_CACHE || HF_HUB_CACHE || HUGGINGFACE_HUB_CACHE;
  if (whole) return whole;
  if (HF_HOME) return join(HF_HOME, "hub");
  return join(XDG_CACHE_HOME || join(home, ".cache"), "huggingface", "hub");
}

/** Where llama-server keeps files that were named by a plain URL. */
export function urlCacheDir(env: Environment, home: string): string {
  if (env.LLAMA_CACHE) return env.LLAMA_CACHE;
  return join(env.XDG_CACHE_HOME || join(home, ".cache"), "llama.cpp");
}

/** A file of a snapshot. */
export interface CachedFile {
  repo: string;
  /** In the repository. */
  path: string;
  localPath: string;
}

/**
 * Repositories on disk, as the hub's tools lay them out: `models--org--repo` holds
 * `refs/<branch>` (a commit), `snapshots/<commit>/<path>` (links) and `blobs/<hash>` (contents).
 */
export class HubCache {
  readonly dir: string;

  constructor(dir: string) {
    this.dir = resolve(dir);
  }

  blobPath(repo: string, hash: string): string {
    return join(this.#repoDir(repo), "blobs", hash);
  }

  /** null for a path that would leave the snapshot: a hub is not to be trusted with our disk. */
  snapshotPath(repo: string, commit: string, path: string): string | null {
    return within(join(this.#repoDir(repo), "snapshots", commit), path);
  }

  /** Notes the commit that a branch stands for. */
  saveRef(repo: string, branch: string, commit: string): void {
    const path = within(join(this.#repoDir(repo), "refs"), branch);
    if (path === null) return;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(`${path}.tmp`, commit);
    renameSync(`${path}.tmp`, path);
  }

  /** Lets a snapshot's path lead to a blob; where links cannot be made, the blob moves there. */
  link(blobPath: string, snapshotPath: string): void {
    mkdirSync(dirname(snapshotPath), { recursive: true });
    rmSync(snapshotPath, { force: true });
    try {
      symlinkSync(relative(dirname(snapshotPath), blobPath), snapshotPath);
    } catch {
      renameSync(blobPath, snapshotPath);
    }
  }

  /** Files of the snapshots that the refs point to; of one repository, or of all. */
  files(repo?: string): CachedFile[] {
    const repos = repo === undefined ? this.#repos() : [repo];
    return repos.flatMap((name) => {
      const commit = this.#commit(name);
      if (commit === null) return [];
      const snapshot = join(this.#repoDir(name), "snapshots", commit);
      return filesBelow(snapshot).map((localPath) => ({
        repo: name,
        path: relative(snapshot, localPath).replaceAll(sep, "/"),
        localPath,
      }));
    });
  }

  /** Names of the models in the cache, such as "org/repo:Q4_K_M". */
  models(): string[] {
    const names = this.files()
      .filter(({ path }) => isModelFile(path))
      .map(({ repo, path }) => ({ repo, tag: ggufName(path)?.tag ?? "" }))
      .filter(({ tag }) => tag !== "")
      .map(({ repo, tag }) => `${repo}:${tag}`);
    return [...new Set(names)].sort();
  }

  /**
   * Removes a model's files, and the blobs that nothing else links to; without a tag, the whole
   * repository.
   * @returns whether there was anything
   */
  remove(repo: string, tag: string): boolean {
    if (tag === "") {
      const isThere = existsSync(this.#repoDir(repo));
      rmSync(this.#repoDir(repo), { recursive: true, force: true });
      return isThere;
    }
    const isGone = ({ path }: CachedFile) => ggufName(path)?.tag === tag.toUpperCase();
    const gone = this.files(repo).filter(isGone);
    const blobs = gone.map(({ localPath }) => linkTarget(localPath));
    for (const { localPath } of gone) rmSync(localPath, { force: true });
    const kept = new Set(this.#snapshotFiles(repo).map(linkTarget));
    for (const blob of blobs) {
      if (blob !== null && !kept.has(blob) && this.#isBlob(repo, blob))
        rmSync(blob, { force: true });
    }
    return gone.length > 0;
  }

  #repoDir(repo: string): string {
    return join(this.dir, `models--${repo.replaceAll("/", "--")}`);
  }

  #isBlob(repo: string, path: string): boolean {
    return path.startsWith(resolve(this.#repoDir(repo), "blobs") + sep);
  }

  #repos(): string[] {
    return entriesOf(this.dir)
      .map((folder) => /^models--(.+?)--(.+)$/.exec(folder))
      .filter((match) => match !== null)
      .map(([, user, name]) => `${user}/${name}`);
  }

  /** Of every commit, not only those that the refs point to. */
  #snapshotFiles(repo: string): string[] {
    return filesBelow(join(this.#repoDir(repo), "snapshots"));
  }

  /** The commit of the branch "main", or of any other. */
  #commit(repo: string): string | null {
    const refs = join(this.#repoDir(repo), "refs");
    const branches = entriesOf(refs).sort((a, b) => Number(b === "main") - Number(a === "main"));
    for (const branch of branches) {
      const path = join(refs, branch);
      const commit = statSync(path).isFile() ? readFileSync(path, "utf8").trim() : "";
      if (/^[0-9a-f]{40}$/i.test(commit)) return commit;
    }
    return null;
  }
}

/** `path` below `dir`, or null when it leaves it. */
function within(dir: string, path: string): string | null {
  const whole = resolve(dir, path);
  return whole.startsWith(resolve(dir) + sep) ? whole : null;
}

function entriesOf(dir: string): string[] {
  return existsSync(dir) ? readdirSync(dir).sort() : [];
}

/** Files and links to files; a link that leads nowhere is none. */
function filesBelow(dir: string): string[] {
  return entriesOf(dir).flatMap((name) => {
    const path = join(dir, name);
    if (lstatSync(path).isDirectory()) return filesBelow(path);
    return existsSync(path) ? [path] : [];
  });
}

function linkTarget(path: string): string | null {
  return lstatSync(path).isSymbolicLink() ? resolve(dirname(path), readlinkSync(path)) : null;
}
