import llamaCpp from "../../native/llama-cpp.json" with { type: "json" };
import manifest from "../../package.json" with { type: "json" };

/** Set by scripts/build.ts; absent when run from source. */
declare const HUTCH_COMMIT: string | undefined;

export const version: string = manifest.version;
/** Commit that this executable was built from. */
export const commit: string = typeof HUTCH_COMMIT === "string" ? HUTCH_COMMIT : "source";
/** llama.cpp's release that the native libraries are built from. */
export const llamaCppTag: string = llamaCpp.tag;
export const llamaCppCommit: string = llamaCpp.commit;
/**
 * What llama.cpp calls a build of its source as we have it, which is one commit deep: clients look
 * for "b" and a number.
 */
export const llamaCppBuild = `b1-${llamaCpp.commit.slice(0, 7)}`;
