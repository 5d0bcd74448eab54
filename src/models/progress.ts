/** A step of making, fetching or sending a model, as Ollama reports it. */
export interface Progress {
  /** In the peers' words, which clients know: "pulling manifest", "success" … */
  status: string;
  /** The blob that is being transferred. */
  digest?: string;
  /** Of it, bytes; absent where nothing can be counted. */
  total?: number;
  completed?: number;
}
