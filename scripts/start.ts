import { join } from "node:path";
import { buildNative } from "./native.ts";
import { root } from "./paths.ts";
import { handOver, runMain } from "./program.ts";

/** Serves from source: builds the libraries if needed, then `hutch serve` with our arguments. */
await runMain(async () => {
  const { libDir } = await buildNative();
  const serve = [process.execPath, join(root, "src/main.ts"), "serve", ...process.argv.slice(2)];
  return await handOver(serve, { HUTCH_LIBRARY_DIR: libDir });
});
