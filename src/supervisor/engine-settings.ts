import type { LoadOptions } from "../core/load.ts";
import type { Library } from "../models/library.ts";
import type { MemorySettings } from "./memory-budget.ts";

export interface EngineSettings {
  /** Where models come from; absent: the catalog is all there is, and its files are in place. */
  library?: Library;
  /** Options of every model, below its own. */
  load?: LoadOptions;
  /** An engine idle for this long is ended until a request needs it, seconds; below 0: never. */
  sleepIdleSeconds?: number;
  /** A load that makes no progress for so long is given up, seconds; absent, 0 or below: never. */
  loadTimeoutSeconds?: number;
  /** Absent: memory is not looked at. */
  memory?: MemorySettings;
}
