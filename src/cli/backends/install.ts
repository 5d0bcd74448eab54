import { randomUUID } from "node:crypto";
import { chmodSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import registryUrl from "registry-url";
import { UsageError } from "../../core/flags/flag.ts";
import { type DownloadProgress, downloadFile } from "../../models/download.ts";
import { makePrivateDir } from "../cache-dir.ts";
import { folderOf, installedTags, isWhole, libraryOf } from "./folder.ts";
import { backendsTag, type KnownBackend } from "./known.ts";

export interface InstallOptions {
  /** Where backends are installed. */
  dir: string;
  /** The package's file, which is here already, or the address of a registry that has it. */
  source: { file: string } | { registry: string };
  onProgress(progress: DownloadProgress): void;
  signal: AbortSignal;
}

/**
 * Fetches a backend's package, checks it against the hash that this Hutch carries, and takes the
 * one library out of it. Whatever interrupts it, there is the whole library afterwards or none, and
 * a later call goes on with what was fetched.
 * @returns false: it was there already
 * @throws Error that says what to do
 */
export async function installBackend(
  backend: KnownBackend,
  { dir, source, onProgress, signal }: InstallOptions,
): Promise<boolean> {
  checkPlatform(backend, `${process.platform}-${process.arch}`);
  makePrivateDir(dir);
  if (await isWhole(dir, backend)) return false;
  if ("file" in source) {
    await checkFile(backend, source.file);
    await unpack(backend, source.file, dir);
  } else {
    const file = join(dir, fileOf(backend));
    await fetchPackage(backend, { ...source, file, onProgress, signal });
    await unpack(backend, file, dir);
    rmSync(file);
  }
  const older = installedTags(dir, backend).filter((tag) => tag !== backendsTag);
  for (const tag of older) rmSync(join(dir, `${backend.name}-${tag}`), { recursive: true });
  return true;
}

/** @throws Error when the backend was built for other machines */
export function checkPlatform({ name, platform }: KnownBackend, here: string): void {
  if (platform === here) return;
  const built = `the backend ${name} was built for ${platform}, not for ${here}`;
  throw new Error(`${built}: docs/gpu.md says how to build it from source`);
}

/**
 * The npm registry that packages come from: the one given, or HUTCH_NPM_REGISTRY, else the one that
 * npm would ask by its variables and .npmrc files, else npm's public one.
 * @throws UsageError when it is no web address
 */
export function registryFor(
  given: string | undefined,
  env: Record<string, string | undefined>,
): string {
  const address = given || env.HUTCH_NPM_REGISTRY || registryUrl("@node-llama-cpp");
  if (!/^https?:$/.test(URL.parse(address)?.protocol ?? "")) {
    throw new UsageError(`the npm registry must be a web address, not "${address}"`);
  }
  return address.endsWith("/") ? address : `${address}/`;
}

/** As `npm pack` names it on a registry. */
const fileOf = ({ package: name, version }: KnownBackend) => `${basename(name)}-${version}.tgz`;

/** The same package by hand. */
const packCommand = ({ package: name, version }: KnownBackend) => `npm pack ${name}@${version}`;

interface Fetching extends Pick<InstallOptions, "onProgress" | "signal"> {
  registry: string;
  file: string;
}

async function fetchPackage(
  backend: KnownBackend,
  { registry, file, onProgress, signal }: Fetching,
): Promise<void> {
  const { package: name, sizeBytes, sha512 } = backend;
  const url = `${registry}${name}/-/${fileOf(backend)}`;
  try {
    const reasonFor = (status: number) => `the registry answers ${status}`;
    const download = { url, path: file, sizeBytes, sha512, reasonFor };
    await downloadFile(download, onProgress, signal);
  } catch (error) {
    signal.throwIfAborted();
    const elsewhere = `\`${packCommand(backend)}\` where there is one`;
    throw new Error(
      `${error instanceof Error ? error.message : String(error)}\n` +
        "HUTCH_NPM_REGISTRY or --registry names another registry. Without a network here: " +
        `${elsewhere}, then \`hutch backend install ${backend.name} --from FILE\` here.`,
      { cause: error },
    );
  }
}

/** @throws Error when the file is not the package that is pinned */
async function checkFile(backend: KnownBackend, path: string): Promise<void> {
  const file = Bun.file(path);
  if (!(await file.exists())) throw new UsageError(`--from: no such file: ${path}`);
  const hasher = new Bun.CryptoHasher("sha512");
  for await (const bytes of file.stream()) hasher.update(bytes);
  const found = hasher.digest("base64");
  if (found === backend.sha512) return;
  const wanted = `${backend.package}@${backend.version} (\`${packCommand(backend)}\`)`;
  throw new Error(
    `${path} is not ${wanted}, which this Hutch takes:\n` +
      `  sha512 expected ${backend.sha512}\n  sha512 found    ${found}\nNothing in it was used.`,
  );
}

/** Into a folder of another name first: it gets its own when everything is in it. */
async function unpack(backend: KnownBackend, file: string, dir: string): Promise<void> {
  const work = join(dir, `.unpacking-${randomUUID()}`);
  const made = join(work, "made");
  try {
    mkdirSync(made, { recursive: true, mode: 0o700 });
    const { library, licence } = backend;
    const archive = new Bun.Archive(await Bun.file(file).bytes());
    await archive.extract(work, { glob: [library, licence] });
    for (const path of [library, licence]) {
      renameSync(join(work, path), join(made, basename(path)));
    }
    chmodSync(join(made, basename(library)), 0o700);
    rmSync(folderOf(dir, backend), { recursive: true, force: true }); // a damaged one
    renameSync(made, folderOf(dir, backend));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  if (await isWhole(dir, backend)) return;
  throw new Error(`${libraryOf(dir, backend)} was not written as it should be: is the disk full?`);
}
