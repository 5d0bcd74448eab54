import { Elysia } from "elysia";
import { AppError } from "../core/errors.ts";
import type { Profile } from "../core/server.ts";
import { envelopeOf } from "./envelopes.ts";
import { errorResponse, toAppError } from "./errors.ts";
import type { Handler } from "./gate/gate.ts";
import { currentRecord, RequestRecord, recorded } from "./request-record.ts";

/** When clients should ask again that were refused for a reason which may be over soon, seconds. */
const retryAfterSeconds = 1;

/** Requests that only look change nothing and are short: they are answered to the end. */
const looks: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

/** The requests that are being answered. */
export class Requests {
  readonly #onEnd: (record: RequestRecord) => void;
  #nWorking = 0;
  /** When the server ends at the latest, milliseconds of performance.now(); null: it goes on. */
  #endsAt: number | null = null;
  #idle = Promise.withResolvers<void>();

  /** @param onEnd told of every request once its answer is complete, or given up */
  constructor(onEnd: (record: RequestRecord) => void) {
    this.#onEnd = onEnd;
  }

  /** Why nothing new is begun, or null. */
  get refusal(): AppError | null {
    if (this.#endsAt === null) return null;
    const seconds = Math.ceil((this.#endsAt - performance.now()) / 1000);
    const context = { retryAfterSeconds: Math.max(retryAfterSeconds, seconds) };
    return new AppError("overloaded", "the server is shutting down", context);
  }

  /** Requests in progress that do work. */
  get nWorking(): number {
    return this.#nWorking;
  }

  /** Keeps a record of what passes through, and gives every answer its request's id. */
  followed(next: Handler): Handler {
    return async (request) => {
      const record = new RequestRecord(request, (ended) => this.#ended(ended));
      if (!looks.has(record.method)) this.#nWorking++;
      const release = record.hold();
      try {
        const response = await recorded(record, () => next(request));
        const { status, headers } = response;
        record.status = status;
        headers.set("x-request-id", record.id);
        if (status === 503 && !headers.has("retry-after")) {
          headers.set("retry-after", String(retryAfterSeconds));
        }
        return response;
      } finally {
        release();
      }
    };
  }

  /** Refuses new work, in whoever's words, once the server is to end. */
  refusing(profile: Profile, next: Handler): Handler {
    return (request) => {
      const { refusal } = this;
      if (!refusal || looks.has(request.method)) return next(request);
      currentRecord()?.failed(refusal);
      return errorResponse(refusal, envelopeOf(request, profile));
    };
  }

  /** Begins no more work. Resolves when all that was begun is done, or after `seconds`. */
  async drain(seconds: number): Promise<void> {
    this.#endsAt = performance.now() + seconds * 1000;
    if (this.#nWorking > 0) await Promise.race([this.#idle.promise, Bun.sleep(seconds * 1000)]);
  }

  #ended(record: RequestRecord): void {
    this.#onEnd(record);
    if (!looks.has(record.method)) this.#nWorking--;
    if (this.#nWorking > 0) return;
    this.#idle.resolve();
    this.#idle = Promise.withResolvers();
  }
}

/** Notes what goes wrong in routes, whoever's words it is told in then. */
export const errorsNoted = () =>
  new Elysia({ name: "errors-noted" }).onError({ as: "global" }, ({ error }) => {
    currentRecord()?.failed(toAppError(error));
  });
