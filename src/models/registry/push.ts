import { AppError } from "../../core/errors.ts";
import { manifestType } from "../manifest.ts";
import { type ModelName, shortName } from "../name.ts";
import { persistently } from "../patience.ts";
import type { Progress } from "../progress.ts";
import type { Store } from "../store.ts";
import type { RegistryClient } from "./client.ts";
import { distinct, reports, type TransferOptions } from "./reports.ts";
import { BlobUpload } from "./upload.ts";

/**
 * Sends a model: what its registry lacks of its blobs, and at last its manifest as it is.
 * @throws AppError; what `signal` was aborted with
 */
export async function* push(
  registry: RegistryClient,
  store: Store,
  wanted: ModelName,
  { insecure = false, signal }: TransferOptions,
): AsyncGenerator<Progress> {
  const repository = registry.repository(wanted, insecure);
  yield { status: "retrieving manifest" };
  const model = store.find(wanted);
  const bytes = model && store.manifestBytes(model.name);
  if (!model || !bytes) {
    yield { status: "couldn't retrieve manifest" };
    throw new AppError("model_not_found", `model '${shortName(wanted)}' not found`);
  }
  const { limits, nStreamsMax } = registry;
  using held = new DisposableStack();
  const layers = distinct(model.manifest);
  for (const { digest } of layers) held.use(store.pin(digest));
  for (const layer of layers) {
    if (store.blobs.size(layer.digest) !== layer.size) {
      throw new AppError("internal", `${layer.digest} is not there; pull or create it anew`);
    }
    const order = { layer, path: store.blobs.path(layer.digest), repository, signal };
    const upload = new BlobUpload({ ...order, limits: { ...limits, nStreamsMax } });
    yield* reports("pushing", layer, upload, upload.run(), { everyMs: limits.reportMs, signal });
  }
  yield { status: "pushing manifest" };
  const ask = { method: "PUT", headers: { "content-type": manifestType }, body: () => bytes };
  const url = repository.url(`manifests/${repository.name.tag}`);
  await persistently(
    () => repository.askFor(url, ask, signal),
    () => 0,
    limits,
    signal,
  );
  yield { status: "success" };
}
