import type { LoraScale, LoraAdapter as LoraState } from "../core/calls.ts";
import { AppError } from "../core/errors.ts";
import { type LoraSet, noLora } from "./sequence.ts";
import type { TokenList } from "./tokens.ts";

/** What of an adapter it is used by. Implemented by ffi's LoraAdapter. */
export interface Adapter {
  readonly taskName: string;
  readonly promptPrefix: string;
  /** Of an "activated" adapter: it applies from the last of these tokens in a prompt on. */
  readonly invocationTokens: ArrayLike<number>;
}

interface Loaded {
  adapter: Adapter;
  path: string;
  scale: number;
}

/** The LoRA adapters of an engine, by their ids, and the scales that silent requests get. */
export class Adapters {
  readonly #adapters: Loaded[];

  constructor(adapters: Loaded[]) {
    this.#adapters = adapters.map((loaded) => ({ ...loaded }));
  }

  get list(): LoraState[] {
    return this.#adapters.map(({ adapter, path, scale }, id) => {
      const { taskName, promptPrefix } = adapter;
      return { id, path, scale, taskName, promptPrefix };
    });
  }

  /** Scales for silent requests; adapters that are not named get 0. @throws AppError */
  setScales(scales: LoraScale[]): void {
    const scaleOf = this.#scales(scales);
    for (const [id, loaded] of this.#adapters.entries()) loaded.scale = scaleOf.get(id) ?? 0;
  }

  /** What silent requests use, from their first token on. */
  get standard(): LoraSet {
    return loraSet(this.#adapters.map(({ scale }, id) => ({ id, scale })));
  }

  /**
   * The adapters for a prompt, and the token from which on they apply.
   * @param asked scales of the request; absent: the standard ones
   * @throws AppError for unknown ids, or several adapters that prompts activate
   */
  forPrompt(
    asked: LoraScale[] | undefined,
    tokens: TokenList,
  ): { lora: LoraSet; loraFrom: number } {
    const lora = asked === undefined ? this.standard : this.#asked(asked);
    const invocations = lora.scales.map(({ id }) => this.#adapters[id]?.adapter.invocationTokens);
    const [tokensOfFirst, ...others] = invocations;
    const isActivated = invocations.every((invocation) => invocation && invocation.length > 0);
    if (!tokensOfFirst || !isActivated) return { lora, loraFrom: 0 };
    if (others.length > 0) {
      const message = "Cannot run multiple aLoRAs in a single request";
      throw new AppError("invalid_request", message, { param: "lora" });
    }
    const start = lastIndexOf(tokens.keys, tokensOfFirst);
    if (start < 0) return { lora: noLora, loraFrom: 0 };
    return { lora, loraFrom: Math.max(0, start - 1) }; // one before, as in llama-server
  }

  #asked(asked: LoraScale[]): LoraSet {
    const scaleOf = this.#scales(asked);
    return loraSet([...scaleOf].map(([id, scale]) => ({ id, scale })));
  }

  #scales(scales: LoraScale[]): Map<number, number> {
    for (const [i, { id }] of scales.entries()) {
      if (this.#adapters[id]) continue;
      const message = `there is no LoRA adapter ${id}; the server has ${this.#adapters.length}`;
      throw new AppError("invalid_request", message, { param: `lora[${i}].id` });
    }
    return new Map(scales.map(({ id, scale }) => [id, scale]));
  }
}

function loraSet(scales: LoraScale[]): LoraSet {
  const used = scales.filter(({ scale }) => scale !== 0).toSorted((a, b) => a.id - b.id);
  return { key: used.map(({ id, scale }) => `${id}:${scale}`).join(","), scales: used };
}

/** Where `part` begins in `whole` for the last time; -1: nowhere. */
function lastIndexOf(whole: number[], part: ArrayLike<number>): number {
  for (let start = whole.length - part.length; start >= 0; start--) {
    let n = 0;
    while (n < part.length && whole[start + n] === part[n]) n++;
    if (n === part.length) return start;
  }
  return -1;
}
