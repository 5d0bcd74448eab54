import type { AppError } from "../core/errors.ts";
import type { Engine, ModelInfo } from "../core/generate.ts";
import type { DownloadProgress } from "../models/download.ts";

export type ModelStatus =
  | { state: "unloaded" }
  /** Its files are being fetched, to be loaded then or only to be had. */
  | { state: "downloading"; files: DownloadProgress[] }
  | { state: "loading"; fraction: number }
  /** `expiresAt`: when it ends unless a request comes, ms since 1970; Infinity: never. */
  | { state: "ready"; engine: Engine; expiresAt: number }
  /** Unloaded for want of work: the next request that needs it loads it again. */
  | { state: "sleeping"; info: ModelInfo }
  /** The last attempt to load failed; the next request tries again. */
  | { state: "failed"; error: AppError };

/** Something happened to a model. */
export type ModelEvent =
  | { type: "status"; model: string; status: ModelStatus }
  /** A download by itself has ended. */
  | { type: "downloaded"; model: string; error: AppError | null }
  | { type: "removed"; model: string }
  /** The list of models was read anew. */
  | { type: "reloaded" };
