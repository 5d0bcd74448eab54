import { AsyncLocalStorage } from "node:async_hooks";
import type { AppError, ErrorCode } from "../core/errors.ts";

/** What is known of one request while it is served, and when it is over. Nothing that it said. */
export class RequestRecord {
  /** The client's own X-Request-Id, or a new one. */
  readonly id: string;
  readonly method: string;
  /** Without its query, which may hold anything. */
  readonly path: string;
  readonly startedMs = performance.now();
  /** 0: there is no answer yet. */
  status = 0;
  /** The model that it was for; null: none, or it is not known. */
  model: string | null = null;
  /** Tokens of its prompts and answers, as far as they were counted. */
  nPrompt = 0;
  nPredicted = 0;
  /** Name of the key that it came with; null: none was needed. */
  keyName: string | null = null;
  /** What went wrong, before the answer began or in the middle of it. */
  error: AppError | null = null;
  readonly #onEnd: (record: RequestRecord) => void;
  #nHolds = 0;

  constructor({ method, url, headers }: Request, onEnd: (record: RequestRecord) => void) {
    this.id = idOf(headers);
    this.method = method;
    this.path = new URL(url).pathname;
    this.#onEnd = onEnd;
  }

  /** The outcome in a word: "done", or the code of what went wrong. */
  get outcome(): "done" | ErrorCode {
    return this.error?.code ?? "done";
  }

  /** The request is not over before what this returns was called; calling it twice is fine. */
  hold(): () => void {
    let isHeld = true;
    this.#nHolds++;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.#nHolds--;
      if (this.#nHolds === 0) this.#onEnd(this);
    };
  }

  count(nPrompt: number, nPredicted: number): void {
    this.nPrompt += nPrompt;
    this.nPredicted += nPredicted;
  }

  failed(error: AppError): void {
    this.error ??= error;
  }
}

/** Ids that clients choose end up in logs and headers, so they can be neither long nor odd. */
const niceId = /^[\w.:+/=@-]{1,128}$/;

function idOf(headers: Headers): string {
  const given = headers.get("x-request-id") ?? "";
  return niceId.test(given) ? given : crypto.randomUUID();
}

const records = new AsyncLocalStorage<RequestRecord>();

/** The record of the request that this code runs for; undefined outside of requests. */
export function currentRecord(): RequestRecord | undefined {
  return records.getStore();
}

/** Runs `work` and all that comes of it for the request. */
export function recorded<Result>(record: RequestRecord, work: () => Result): Result {
  return records.run(record, work);
}
