import { AppError, asAppError, type ErrorCode } from "../../core/errors.ts";
import type { Model } from "../../models/catalog.ts";
import type { Gateway } from "../gateway.ts";

interface Held {
  model: Model;
  isLoaded: boolean;
  /** Settings of the request that the engine knows nothing of. */
  embeds: boolean;
}

/** The one model that clients of Nitro have loaded. */
export class LoadedModel {
  readonly #gateway: Gateway;
  #held: Held | null = null;

  constructor(gateway: Gateway) {
    this.#gateway = gateway;
  }

  /** As it is known by now; null: none has been loaded. */
  get model(): Model | null {
    if (!this.#held?.isLoaded) return null;
    return this.#gateway.supervisor.catalog.find(this.#held.model.name);
  }

  /** @throws AppError conflict */
  expect(): Held {
    if (this.#held?.isLoaded) return this.#held;
    const problem = "Model has not been loaded, please load model into nitro";
    throw new AppError("conflict", problem);
  }

  /** @throws AppError conflict */
  expectNone(): void {
    if (this.#held) throw new AppError("conflict", "Model already loaded");
  }

  /** Resolves when the model is loaded. @throws AppError; nothing is kept then */
  async load(model: Model, embeds: boolean, signal: AbortSignal): Promise<void> {
    this.expectNone();
    const held = { model, isLoaded: false, embeds };
    this.#gateway.supervisor.curator.adopt(model);
    this.#held = held;
    const failure = await this.#gateway.info(model, signal).then(() => null, asAppError);
    if (this.#held !== held) throw failed("conflict", "it was unloaded meanwhile", failure);
    if (failure) {
      await this.unload();
      throw failed(failure.code, failure.message, failure);
    }
    held.isLoaded = true;
    this.#gateway.standIn = model.name;
  }

  /** Resolves when the engine is gone. @returns false when there was none */
  async unload(): Promise<boolean> {
    if (!this.#held) return false;
    const { name } = this.#held.model;
    this.#held = null;
    this.#gateway.standIn = null;
    await this.#gateway.supervisor.curator.release(name);
    return true;
  }
}

function failed(code: ErrorCode, why: string, cause: AppError | null): AppError {
  return new AppError(code, `Failed to load model: ${why}`, { cause });
}
