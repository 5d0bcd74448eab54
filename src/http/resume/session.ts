import { AppError } from "../../core/errors.ts";

/** How much is kept. A block that is dropped is a session's oldest. */
export interface StreamLimits {
  /** Bytes of a block, the unit in which memory is taken. */
  blockBytes: number;
  /** Blocks of one session; what was streamed before them is forgotten. */
  nBlocksMax: number;
}

/**
 * What one request streams, kept so that a client that lost its connection can read on. It ends
 * when its source does, or by `stop`; clients come and go.
 */
export class StreamSession {
  readonly id: string;
  /** Who may read and stop it; null: everybody. */
  readonly owner: string | null;
  /** As the request named it. */
  readonly modelName: string | undefined;
  readonly startedAt = Date.now();
  /** Milliseconds since 1970; null while the answer goes on. */
  #completedAt: number | null = null;
  #headers: Headers | null = null;
  readonly #limits: StreamLimits;
  readonly #makeRoom: () => boolean;
  readonly #stop = new AbortController();
  // bytes: [0, #start)     dropped: reading them is an error
  //        [#start, #end)  kept; byte `offset` is in block (offset - #start) / blockBytes
  readonly #blocks: Uint8Array[];
  #start = 0;
  #end = 0;
  /** Resolved, and replaced, at every change that a reader may wait for. */
  #change = Promise.withResolvers<void>();

  /** @param makeRoom whether there may be another block; if not, the oldest here is dropped */
  constructor(
    { id, owner, modelName }: Pick<StreamSession, "id" | "owner" | "modelName">,
    limits: StreamLimits,
    makeRoom: () => boolean,
  ) {
    this.id = id;
    this.owner = owner;
    this.modelName = modelName;
    this.#limits = limits;
    this.#makeRoom = makeRoom;
    this.#blocks = [new Uint8Array(limits.blockBytes)];
  }

  /** Aborts, with what a client that still waits is told, when somebody stops the session. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  get completedAt(): number | null {
    return this.#completedAt;
  }

  /** Those of the answer; null until it has begun. */
  get headers(): Headers | null {
    return this.#headers;
  }

  /** Bytes that were streamed so far, dropped ones included. */
  get nBytes(): number {
    return this.#end;
  }

  get nBlocks(): number {
    return this.#blocks.length;
  }

  /** The first byte that can still be read. */
  get firstByte(): number {
    return this.#start;
  }

  /**
   * The answer for the client that asked: `source`, kept on its way. As long as that client reads,
   * it sets the pace; once it leaves, which `leaves` tells, the rest is read without it.
   */
  keep(source: Response, leaves: AbortSignal): Response {
    this.#headers = source.headers;
    this.#changed();
    const reader = (source.body ?? new Blob().stream()).getReader();
    let hasClient = true;
    const leave = async () => {
      if (!hasClient) return;
      hasClient = false;
      while (await this.#next(reader).catch(() => undefined));
    };
    const body = new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        const bytes = await this.#next(reader);
        if (!hasClient) return;
        if (bytes) controller.enqueue(bytes);
        else controller.close();
      },
      cancel: () => void leave(),
    });
    // Nobody pulls, or cancels, an answer that became ready after its client had left.
    leaves.addEventListener("abort", leave, { once: true });
    if (leaves.aborted) void leave();
    return new Response(body, source);
  }

  /**
   * Replays from byte `from`, then goes on live. A reader that falls too far behind gets an error.
   */
  read(from: number): ReadableStream<Uint8Array> {
    let offset = from;
    return new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        while (offset >= this.#end) {
          if (this.#completedAt !== null) return controller.close();
          await this.#change.promise;
        }
        if (offset < this.#start) return controller.error(offsetLost());
        const bytes = this.#bytesAt(offset);
        offset += bytes.length;
        controller.enqueue(bytes);
      },
    });
  }

  /** Resolves once the answer has begun, or never will. */
  async begun(): Promise<void> {
    while (this.#headers === null && this.#completedAt === null) await this.#change.promise;
  }

  async ended(): Promise<void> {
    while (this.#completedAt === null) await this.#change.promise;
  }

  finish(): void {
    this.#completedAt ??= Date.now();
    this.#changed();
  }

  /** Ends the work behind the session, and lets its readers come to their end. */
  stop(): void {
    const message = "the request was cancelled: its stream was stopped or replaced";
    this.#stop.abort(new AppError("invalid_request", message));
    this.finish();
  }

  /** The next piece, kept; undefined at the end, which a stop is. */
  async #next(
    reader: Pick<ReadableStreamDefaultReader<Uint8Array>, "read">,
  ): Promise<Uint8Array | undefined> {
    try {
      const { value } = await reader.read();
      if (value) this.#append(value);
      else this.finish();
      return value;
    } catch (error) {
      this.finish();
      if (this.signal.aborted) return undefined;
      throw error;
    }
  }

  #append(bytes: Uint8Array): void {
    if (this.#completedAt !== null) return; // stopped: what still comes is nobody's
    const { blockBytes } = this.#limits;
    for (let rest = bytes; rest.length > 0; ) {
      const nKept = this.#end - this.#start;
      const block = this.#blocks[Math.floor(nKept / blockBytes)] ?? this.#newBlock();
      const piece = rest.subarray(0, blockBytes - (nKept % blockBytes));
      block.set(piece, nKept % blockBytes);
      this.#end += piece.length;
      rest = rest.subarray(piece.length);
    }
    this.#changed();
  }

  #newBlock(): Uint8Array {
    const { blockBytes, nBlocksMax } = this.#limits;
    const block = new Uint8Array(blockBytes);
    if (this.#blocks.length === nBlocksMax || !this.#makeRoom()) {
      this.#blocks.shift(); // not reused: a reader may still be sending from it
      this.#start += blockBytes;
    }
    this.#blocks.push(block);
    return block;
  }

  /** What is kept from `offset` to the end of its block. A view that does not change any more. */
  #bytesAt(offset: number): Uint8Array {
    const { blockBytes } = this.#limits;
    const at = offset - this.#start;
    const block = this.#blocks[Math.floor(at / blockBytes)];
    const blockEnd = offset - (at % blockBytes) + blockBytes;
    const end = Math.min(this.#end, blockEnd);
    return block?.subarray(at % blockBytes, (at % blockBytes) + end - offset) ?? new Uint8Array();
  }

  #changed(): void {
    this.#change.resolve();
    this.#change = Promise.withResolvers();
  }
}

export function offsetLost(): AppError {
  return new AppError("invalid_request", "Stream offset lost, please restart", { param: "from" });
}
