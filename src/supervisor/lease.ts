import type { Engine } from "../core/generate.ts";
import type { LoadOptions } from "../core/load.ts";
import type { Model } from "../models/catalog.ts";

/** A request's hold on a loaded engine: while it lasts, the engine is not evicted. */
export interface Lease extends Disposable {
  readonly engine: Engine;
  readonly model: Model;
}

/** What a request wants of its engine, beside the model. */
export interface Wish {
  /**
   * Tokens that one sequence must be able to hold; what the model was trained for is enough. An
   * engine with fewer is loaded anew with that many, once its requests are done.
   */
  nCtx?: number | undefined;
  /**
   * Options of loading that the request has words for (n_gpu_layers, nBatch …). An engine that was
   * loaded otherwise is loaded anew, once its requests are done. Absent fields: as it is.
   */
  load?: LoadOptions | undefined;
  /**
   * How long the engine stays when it falls idle, milliseconds, until another request says
   * otherwise; 0: it ends then; Infinity: for ever. Absent: as it was.
   */
  keepAliveMs?: number | undefined;
}
