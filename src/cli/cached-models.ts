import { homedir } from "node:os";
import { HubCache, hubCacheDir } from "../models/hub-cache.ts";

/** The models that were downloaded from the hub, one a line, as llama-server lists them. */
export function listCachedModels(env: Record<string, string | undefined>): string {
  const names = new HubCache(hubCacheDir(env, env.HOME || homedir())).models();
  const lines = names.map((name, i) => `${String(i + 1).padStart(4)}. ${name}`);
  return [`number of models in cache: ${names.length}`, ...lines].join("\n");
}
