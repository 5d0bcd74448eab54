import type { RequestRecord } from "./request-record.ts";

/** So many are remembered. */
const nErrorsMax = 50;
/** As much of a message, characters: it may repeat what a client sent. */
const messageLengthMax = 500;

export interface RecentError {
  /** Milliseconds since 1970. */
  at: number;
  requestId: string;
  method: string;
  path: string;
  status: number;
  code: string;
  message: string;
  model: string | null;
}

/** What went wrong lately. Requests that their clients gave up are no errors. */
export class RecentErrors {
  readonly #errors: RecentError[] = [];

  note({ id, method, path, status, model, error }: RequestRecord): void {
    if (!error || error.code === "cancelled") return;
    const message = error.message.slice(0, messageLengthMax);
    const { code } = error;
    const at = Date.now();
    this.#errors.unshift({ at, requestId: id, method, path, status, code, message, model });
    this.#errors.splice(nErrorsMax);
  }

  /** The latest first. */
  get list(): readonly RecentError[] {
    return this.#errors;
  }
}
