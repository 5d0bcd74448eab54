import type { ToEngine } from "../core/protocol.ts";

/** Messages that arrived and were not handled yet. */
export class Mailbox {
  #messages: ToEngine[] = [];
  #wake: (() => void) | null = null;

  put(message: ToEngine): void {
    this.#messages.push(message);
    this.#wake?.();
    this.#wake = null;
  }

  /** Takes all messages. */
  drain(): ToEngine[] {
    const messages = this.#messages;
    this.#messages = [];
    return messages;
  }

  get isEmpty(): boolean {
    return this.#messages.length === 0;
  }

  /** Resolves when there is a message, or none for `ms` milliseconds. */
  async next(ms?: number): Promise<void> {
    if (!this.isEmpty) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    const timer = ms === undefined ? undefined : setTimeout(resolve, ms);
    await promise;
    clearTimeout(timer);
  }
}
