import { join, resolve } from "node:path";
import { type UsableBackends, usableBackends } from "./backends/folder.ts";
import { cacheDirs } from "./cache-dir.ts";
import { embedded } from "./embedded.ts";
import { unpack } from "./unpack.ts";

/** Where the native libraries and the model `tiny` lie on this machine. */
export interface Resources {
  libraryDir: string;
  /** ggml backends that were installed beside them. */
  backends: UsableBackends;
  tinyModelPath: string;
  tinyMmprojPath: string;
}

const tinyModel = "tiny-text.gguf";
const tinyMmproj = "tiny-mmproj.gguf";

/**
 * Unpacks what the executable carries; from source, finds it in the checkout.
 * @throws UnpackError
 */
export async function findResources(env: Record<string, string | undefined>): Promise<Resources> {
  if (embedded) {
    const dir = await unpack(embedded, cacheDirs(env));
    return {
      libraryDir: dir,
      backends: usableBackends(env),
      tinyModelPath: join(dir, tinyModel),
      tinyMmprojPath: join(dir, tinyMmproj),
    };
  }
  const { HUTCH_LIBRARY_DIR } = env;
  if (!HUTCH_LIBRARY_DIR) {
    throw new Error("HUTCH_LIBRARY_DIR is not set: start from source with `npm start`");
  }
  const assets = resolve(import.meta.dir, "../../assets");
  return {
    libraryDir: HUTCH_LIBRARY_DIR,
    backends: usableBackends(env),
    tinyModelPath: join(assets, tinyModel),
    tinyMmprojPath: join(assets, tinyMmproj),
  };
}
