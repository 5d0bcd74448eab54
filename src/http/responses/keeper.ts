import { asAppError } from "../../core/errors.ts";
import type { ResponseObject } from "./answer-schema.ts";
import type { Conversation } from "./conversation.ts";
import type { ResponseStore } from "./store.ts";

/**
 * Keeps the answer to one request. A store that fails costs nobody an answer: that comes with
 * `store: false`, and a `warning` that says why.
 */
export class Keeper {
  readonly #store: ResponseStore | null;
  readonly #conversation: Conversation;
  #warning: string | undefined;

  /** @param store null: the answer is not to be kept */
  constructor(store: ResponseStore | null, conversation: Conversation) {
    this.#store = store;
    this.#conversation = conversation;
    this.#attempt(() => store?.open()); // its failure should show from the first event on
  }

  /** What the answer says of its keeping before its end. */
  get prospect(): { store: boolean; warning?: string } {
    if (this.#warning !== undefined) return { store: false, warning: this.#warning };
    return { store: this.#store !== null };
  }

  /** The finished answer, which says whether it was kept. */
  keep(response: ResponseObject): ResponseObject {
    const store = this.#store;
    if (store === null || this.#warning !== undefined) return response;
    const { input, previousId } = this.#conversation;
    this.#attempt(() => store.put({ response, input, previousId }));
    return { ...response, ...this.prospect };
  }

  #attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#warning = asAppError(error).message;
    }
  }
}
