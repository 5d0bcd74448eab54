import { AppError } from "../../core/errors.ts";
import { untilAborted } from "../../core/until-aborted.ts";
import { sha256 } from "../blobs.ts";
import {
  type Layer,
  type Manifest,
  manifestBytesMax,
  manifestType,
  parseManifest,
} from "../manifest.ts";
import { fullName, type ModelName } from "../name.ts";
import { persistently } from "../patience.ts";
import type { Progress } from "../progress.ts";
import type { Store, StoredModel } from "../store.ts";
import { boundedBytes } from "./answer.ts";
import type { BlobDownload } from "./blob-download.ts";
import type { RegistryClient } from "./client.ts";
import { distinct, progressOf, reports, type TransferOptions } from "./reports.ts";
import type { Repository } from "./repository.ts";

/** A manifest is asked for again when the registry is busy, but nobody waits long for it. */
const nManifestAttemptsMax = 3;

/**
 * Fetches a model: what the store lacks of its blobs, and at last its manifest, byte for byte.
 * Pulls of one blob share its download. Who ends early leaves what has come to the next.
 * @throws AppError; what `signal` was aborted with
 */
export async function* pull(
  registry: RegistryClient,
  store: Store,
  wanted: ModelName,
  { insecure = false, signal }: TransferOptions,
): AsyncGenerator<Progress> {
  const repository = registry.repository(wanted, insecure);
  yield { status: "pulling manifest" };
  const { bytes, manifest, layers } = await fetchManifest(registry, repository, signal);
  await using held = new AsyncDisposableStack();
  const downloads: BlobDownload[] = [];
  for (const layer of layers) {
    held.use(store.pin(layer.digest));
    if (store.blobs.size(layer.digest) === layer.size) {
      yield progressOf("pulling", layer, layer.size);
      continue;
    }
    const download = held.use(registry.transfers.join(store.blobs, layer, repository)).value;
    downloads.push(download);
    const report = { everyMs: registry.limits.reportMs, signal };
    yield* reports("pulling", layer, download, download.fetched, report);
  }
  yield { status: "verifying sha256 digest" };
  for (const download of downloads) await untilAborted(download.keep(), signal);
  yield { status: "writing manifest" };
  const hasReplaced = await writeManifest(store, wanted, { bytes, manifest, layers });
  if (hasReplaced) yield { status: "removing unused layers" };
  yield { status: "success" };
}

interface FetchedManifest {
  bytes: Uint8Array;
  manifest: Manifest;
  /** Its blobs, each once. */
  layers: Layer[];
}

async function fetchManifest(
  { limits }: RegistryClient,
  repository: Repository,
  signal: AbortSignal,
): Promise<FetchedManifest> {
  const url = repository.url(`manifests/${repository.name.tag}`);
  const ask = { headers: { accept: manifestType } };
  const attempt = async () => {
    const bounded = AbortSignal.any([signal, AbortSignal.timeout(limits.stallMs)]);
    const { response } = await repository.askFor(url, ask, bounded);
    return await boundedBytes(response, manifestBytesMax);
  };
  try {
    const patience = { ...limits, nAttemptsMax: nManifestAttemptsMax };
    const bytes = await persistently(attempt, () => 0, patience, signal);
    const manifest = parseManifest(bytes, fullName(repository.name));
    return { bytes, manifest, layers: distinct(manifest) };
  } catch (error) {
    signal.throwIfAborted();
    const isTheirs = !(error instanceof AppError) || error.code === "invalid_request";
    const code = isTheirs ? "internal" : error.code;
    const why = error instanceof Error ? error.message : String(error);
    throw new AppError(code, `pull model manifest: ${why}`, { cause: error });
  }
}

/**
 * A manifest that is there already is not touched: what runs is not replaced then.
 * @returns whether it took the place of one that had other blobs
 */
async function writeManifest(
  store: Store,
  name: ModelName,
  { bytes, manifest, layers }: FetchedManifest,
): Promise<boolean> {
  const missing = layers.find(({ digest, size }) => store.blobs.size(digest) !== size);
  if (missing) throw new AppError("internal", `${missing.digest} was removed during the pull`);
  const old = findReadable(store, name);
  if (`sha256:${old?.digest}` === sha256(bytes)) return false;
  await store.write(name, manifest, bytes);
  const digests = new Set(layers.map(({ digest }) => digest));
  return old !== null && distinct(old.manifest).some(({ digest }) => !digests.has(digest));
}

/** An old manifest that cannot be read is replaced like any other. */
function findReadable(store: Store, name: ModelName): StoredModel | null {
  try {
    return store.find(name);
  } catch (error) {
    if (error instanceof AppError) return null;
    throw error;
  }
}
