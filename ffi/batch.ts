/**
 * The rows of one decode step, allocated once and reused.
 * Row i: token[i] at position pos[i] of sequence seqId[i]; output[i] = 1 asks for its logits.
 */
export class Batch {
  readonly capacity: number;
  nTokens = 0;
  readonly token: Int32Array;
  readonly pos: Int32Array;
  readonly seqId: Int32Array;
  readonly output: Int8Array;

  /** @param capacity most rows of one step: the context's nBatch */
  constructor(capacity: number) {
    this.capacity = capacity;
    this.token = new Int32Array(capacity);
    this.pos = new Int32Array(capacity);
    this.seqId = new Int32Array(capacity);
    this.output = new Int8Array(capacity);
  }

  clear(): void {
    this.nTokens = 0;
  }

  /** Appends a row and returns its number. @throws Error when the batch is full */
  add(token: number, pos: number, seqId: number, wantsLogits: boolean): number {
    if (this.nTokens === this.capacity) throw new Error("batch is full");
    const row = this.nTokens++;
    this.token[row] = token;
    this.pos[row] = pos;
    this.seqId[row] = seqId;
    this.output[row] = wantsLogits ? 1 : 0;
    return row;
  }
}
