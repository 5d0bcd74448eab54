import { join } from "node:path";
import type { Model } from "../../src/models/catalog.ts";
import { Hub } from "../../src/models/hub.ts";
import { LocalLibrary } from "../../src/models/library.ts";
import type { Store } from "../../src/models/store.ts";

/** The library of `hutch serve` over a store and no network, with models of fakes beside it. */
export function storeLibrary(store: Store, fakes: readonly Model[]): LocalLibrary {
  const hub = new Hub({
    endpoint: "http://127.0.0.1:1/",
    cacheDir: join(store.dir, "no-cache"),
    urlCacheDir: join(store.dir, "no-urls"),
    token: null,
    isOffline: true,
  });
  return new StoreLibrary(hub, {
    profile: "hutch",
    own: null,
    builtIn: fakes,
    store,
    modelsDir: null,
    presetPath: null,
    load: {},
    readPreset: () => ({ load: {}, model: { mmprojAuto: true, aliases: [], tags: [] } }),
    note: () => {},
  });
}

class StoreLibrary extends LocalLibrary {
  override fetch(...[model, onProgress, signal]: Parameters<LocalLibrary["fetch"]>) {
    return model.stored ? super.fetch(model, onProgress, signal) : Promise.resolve(model);
  }
}
