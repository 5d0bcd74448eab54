import { AppError, type ErrorContext } from "./errors.ts";

/** What the server lets clients ask for: each a flag of `flags/limits.ts`. */
export interface RequestLimits {
  /** Longest body, bytes. */
  bodyBytes: number;
  /** Deepest JSON of a body. */
  jsonDepth: number;
  /** Requests with a body that are open at once. */
  nConnections: number;
  /** How long a connection may be silent without a request, or take over its headers. */
  idleSeconds: number;
  /** How long a request may wait for its model and for a slot; 0: for ever. */
  queueSeconds: number;
  nMessages: number;
  /** Pictures and sounds of a request. */
  nMedia: number;
  /** Prompts of a completion, inputs of an embedding, documents of a reranking. */
  nInputs: number;
  /** Longest grammar, or JSON schema, characters. */
  grammarChars: number;
}

/** What an engine keeps to. */
export interface EngineLimits {
  /** Largest picture that is decoded, and what a prompt's pictures may be together, pixels. */
  imagePixels: number;
  promptPixels: number;
  /** Tokens of a prompt; 0: what the context holds. */
  nPromptTokens: number;
  /** Tokens of a prompt and its answer; 0: what the context holds. */
  nRequestTokens: number;
  /** Brackets within brackets in a grammar. */
  grammarDepth: number;
  /** Pieces of an answer that may wait for a client that reads slower than its model writes. */
  nUnread: number;
  /** Nodes that one rendering of a Go template may walk, and how long it may take. */
  templateSteps: number;
  templateSeconds: number;
}

/** A long chat with several pictures, in base64, fits; real JSON is less than 30 deep. */
export const requestLimits: Readonly<RequestLimits> = {
  bodyBytes: 64 * 1024 * 1024,
  jsonDepth: 100,
  nConnections: 1000,
  idleSeconds: 30,
  queueSeconds: 0,
  nMessages: 2000,
  nMedia: 100,
  nInputs: 2048,
  grammarChars: 120_000,
};

/**
 * A pixel takes up to 12 bytes meanwhile, and a few kB of a file may promise thousands of millions.
 * A long conversation takes 100,000 steps of a template and some hundredths of a second.
 */
export const engineLimits: Readonly<EngineLimits> = {
  imagePixels: 2 ** 26,
  promptPixels: 2 ** 28,
  nPromptTokens: 0,
  nRequestTokens: 0,
  grammarDepth: 500,
  nUnread: 65_536, // about 20 MB
  templateSteps: 1_000_000,
  templateSeconds: 1,
};

/** What an engine keeps to, of which it was told `given`. */
export const engineLimitsOf = (given: Partial<EngineLimits> = {}): EngineLimits => ({
  ...engineLimits,
  ...given,
});

/** A request is given up that waited for its turn. */
export function waitedTooLong(seconds: number): AppError {
  const message = `no turn within ${seconds} s (the server's --max-queue-wait), try again later`;
  return new AppError("overloaded", message);
}

/** `what` is more than a setting allows, which the message names. */
export function beyond(what: string, flag: string, context: ErrorContext = {}): AppError {
  return new AppError("invalid_request", `${what} (the server's --${flag})`, context);
}
