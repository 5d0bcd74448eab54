import { AppError } from "../core/errors.ts";
import type {
  Completion,
  GenerateEvent,
  GenerateRequest,
  ModelInfo,
  TokenProbability,
} from "../core/generate.ts";
import type { ToolCall } from "../core/messages.ts";
import type { Model } from "../models/catalog.ts";
import { UnheardError } from "../supervisor/running-engine.ts";
import type { Wish } from "../supervisor/supervisor.ts";
import { currentCaller } from "./caller.ts";
import type { Gateway } from "./gateway.ts";
import { checkRequest } from "./limits.ts";
import { currentRecord } from "./request-record.ts";

/** A request, or what makes it once the model is loaded. @throws AppError */
export type ToRequest = GenerateRequest | ((info: ModelInfo) => GenerateRequest);

/** One request on its way through an engine. */
export class Generation {
  readonly #gateway: Gateway;
  readonly #request: ToRequest;
  readonly #wish: Wish;
  readonly #caller = currentCaller();
  readonly model: Model;
  readonly createdAt = new Date();
  readonly #startedMs = performance.now();
  readonly #record = currentRecord();
  /** What waiting for the engine took (loading included), milliseconds; known once events flow. */
  loadMs = 0;
  /** Tokens of context that it has; known once events flow. */
  nCtx = 0;

  /** @throws AppError rate_limited when the caller's key has no tokens left */
  constructor(gateway: Gateway, model: Model, request: ToRequest, wish: Wish = {}) {
    this.#gateway = gateway;
    this.#request = request;
    this.#wish = wish;
    this.model = model;
    this.#caller?.checkTokens();
  }

  /** Since the request came in, milliseconds. */
  get elapsedMs(): number {
    return performance.now() - this.#startedMs;
  }

  /**
   * The engine's events up to `done`; of another engine, if the first ended before it heard of the
   * request. The lease is held exactly as long as somebody iterates:
   * it ends with the last event, an error, the iterator's `return()`, or `signal`.
   * @param isWhole nobody shows the answer before its end
   */
  async *events(signal: AbortSignal, isWhole = false): AsyncGenerator<GenerateEvent> {
    const { traffic } = this.#gateway;
    using watch = traffic.begin(this.model.name);
    using bill = this.#caller?.bill();
    // One generator, not one around another: every token passes through here.
    try {
      for (;;) {
        using lease = await this.#gateway.acquire(this.model, signal, this.#wish);
        this.loadMs = this.elapsedMs;
        watch.leased();
        const request = this.#requestFor(lease.engine.info);
        try {
          for await (const event of lease.engine.generate(request, signal, isWhole)) {
            watch.see(event);
            bill?.see(event);
            if (event.type === "done") this.#record?.count(event.nPrompt, event.nPredicted);
            yield event;
            if (event.type === "done") return;
          }
        } catch (error) {
          if (error instanceof UnheardError) continue;
          throw error;
        }
        if (signal.aborted) throw new AppError("cancelled", "the client closed the request");
        throw silence();
      }
    } finally {
      if (signal.aborted) watch.cancelled();
    }
  }

  #requestFor(info: ModelInfo): GenerateRequest {
    const request = typeof this.#request === "function" ? this.#request(info) : this.#request;
    checkRequest(request, this.#gateway.settings.limits);
    this.nCtx = Math.min(request.nCtx ?? info.nCtxSeq, info.nCtxSeq);
    if (!info.vision && !info.audio && hasMedia(request)) throw this.#blind(request);
    const { queueSeconds } = this.#gateway.settings.limits;
    return queueSeconds > 0 ? { ...request, wait: { queueSeconds, ms: this.loadMs } } : request;
  }

  /** llama-server's chat routes answer 500 here, and clients may know; our own habit is a 400. */
  #blind({ prompt }: GenerateRequest): AppError {
    const isChat = prompt.type === "chat";
    const { profile } = this.#gateway.settings;
    const code = isChat && profile !== "hutch" ? "internal" : "unsupported";
    const hint = "if this is unexpected, you may need to provide the mmproj";
    return new AppError(code, `image input is not supported - hint: ${hint}`);
  }
}

function hasMedia({ prompt }: GenerateRequest): boolean {
  if (prompt.type === "infill") return false;
  if (prompt.type === "text") return prompt.parts.some((part) => part instanceof Uint8Array);
  return prompt.messages.some(({ parts }) => parts.some((part) => part.type === "media"));
}

/** A whole answer, for clients that do not stream. */
export interface Answer {
  text: string;
  reasoning: string;
  toolCalls: ToolCall[];
  /** Sampled tokens and their probabilities, where the request's `report` asked for them. */
  tokens: number[];
  probs: TokenProbability[];
  completion: Completion;
}

/** Reads events to their `done`. */
export async function collect(events: AsyncIterable<GenerateEvent>): Promise<Answer> {
  const pieces = new AnswerPieces();
  for await (const event of events) pieces.add(event);
  return pieces.answer;
}

/** Puts an answer together from its events. */
export class AnswerPieces {
  readonly #toolCalls = new ToolCallPieces();
  readonly #tokens: number[] = [];
  readonly #probs: TokenProbability[] = [];
  #text = "";
  #reasoning = "";
  #completion: Completion | null = null;

  add(event: GenerateEvent): void {
    if (event.type === "progress" || event.type === "prefilled") return;
    if (event.type === "text") this.#text += event.text;
    else if (event.type === "reasoning") this.#reasoning += event.text;
    else if (event.type === "tool_call") this.#toolCalls.add(event);
    else this.#completion = event;
    for (const token of event.tokens ?? []) this.#tokens.push(token);
    for (const prob of event.probs ?? []) this.#probs.push(prob);
  }

  /** @throws AppError engine_crashed before `done` came */
  get answer(): Answer {
    if (!this.#completion) throw silence();
    return {
      text: this.#text,
      reasoning: this.#reasoning,
      toolCalls: this.#toolCalls.calls,
      tokens: this.#tokens,
      probs: this.#probs,
      completion: this.#completion,
    };
  }
}

function silence(): AppError {
  return new AppError("engine_crashed", "the engine stopped in the middle of its answer");
}

/** Puts tool calls together from the pieces in which the engine gives them. */
export class ToolCallPieces {
  readonly #calls = new Map<number, ToolCall>();

  /** The calls so far, in the order of their indexes. */
  get calls(): ToolCall[] {
    return [...this.#calls].sort(([a], [b]) => a - b).map(([, call]) => call);
  }

  add(piece: Extract<GenerateEvent, { type: "tool_call" }>): void {
    const call = this.#calls.get(piece.index) ?? { id: "", name: "", arguments: "" };
    call.id ||= piece.id ?? "";
    call.name ||= piece.name ?? "";
    call.arguments += piece.arguments;
    this.#calls.set(piece.index, call);
  }
}
