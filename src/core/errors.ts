/**
 * Every way a request can fail, and the HTTP status it becomes. The only place statuses are chosen.
 */
export const statusOf = {
  invalid_request: 400,
  /** The prompt does not fit the model's context; `details` has both numbers. */
  context_length_exceeded: 400,
  /** Valid for the dialect, but this model or this version of Hutch cannot do it. */
  unsupported: 400,
  /** No key, or a wrong one. */
  unauthorized: 401,
  forbidden: 403,
  model_not_found: 404,
  not_found: 404,
  /** The path is right, but not for this HTTP method. */
  wrong_method: 405,
  /** What is asked for contradicts what is there: a model that is loaded already. */
  conflict: 409,
  /** The body did not arrive in time. */
  body_too_late: 408,
  body_too_large: 413,
  /** Too much of the key's allowance was used. */
  rate_limited: 429,
  /** A Content-Encoding that is not known. */
  unsupported_encoding: 415,
  /** The client hung up; nobody reads the answer. 499 is nginx's convention. */
  cancelled: 499,
  internal: 500,
  engine_crashed: 500,
  model_load_failed: 500,
  /** The model is still loading, where the dialect does not wait for it. */
  loading: 503,
  /** A feature that a flag of the command line switches on. */
  switched_off: 501,
  overloaded: 503,
  /** The model's engine crashes again and again; the next attempt is some time away. */
  crash_loop: 503,
  /** A machine that the model is spread over does not answer. */
  worker_unreachable: 503,
} as const;

export type ErrorCode = keyof typeof statusOf;

export interface ErrorContext {
  /** The request field at fault, as the client wrote it: `messages[0].content`. */
  param?: string;
  /** Numbers that a dialect may show beside the message, under their wire names. */
  details?: Record<string, number>;
  /** When the same request may succeed. */
  retryAfterSeconds?: number;
  cause?: unknown;
}

/** A message to a client. Bugs of ours are assertion errors instead. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly param: string | undefined;
  readonly details: Record<string, number>;
  readonly retryAfterSeconds: number | undefined;

  constructor(code: ErrorCode, message: string, context: ErrorContext = {}) {
    super(message, context.cause === undefined ? undefined : { cause: context.cause });
    this.name = "AppError";
    this.code = code;
    this.param = context.param;
    this.details = context.details ?? {};
    this.retryAfterSeconds = context.retryAfterSeconds;
  }

  get status(): number {
    return statusOf[this.code];
  }
}

/**
 * Whatever was thrown, as an AppError. Unknown errors keep their message: this is a private server.
 */
export function asAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  if (error instanceof DOMException && error.name === "AbortError") {
    return new AppError("cancelled", "The client closed the request", { cause: error });
  }
  return new AppError("internal", error instanceof Error ? error.message : String(error), {
    cause: error,
  });
}
