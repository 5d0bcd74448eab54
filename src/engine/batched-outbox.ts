import type { AppError } from "../core/errors.ts";
import type { GenerateEvent } from "../core/generate.ts";
import { type FromEngine, type SentEvent, toWire } from "../core/protocol.ts";
import type { Outbox } from "./limits.ts";

type Piece = Extract<GenerateEvent, { type: "text" | "reasoning" | "tool_call" }>;

/**
 * How long a piece of text may wait for the next one, milliseconds. Nobody reads that fast, and a
 * message costs the server and the client more than a small model's step.
 */
const patienceMs = 5;

/**
 * One IPC message for a step, or for some that are very short, with every sequence's events. The
 * text of answers that nobody shows before their end waits for that.
 */
export class BatchedOutbox implements Outbox {
  readonly #send: (message: FromEngine) => void;
  readonly #now: () => number;
  readonly #kept = new Map<number, Piece[]>();
  #events: SentEvent[] = [];
  /** When the first of them came. */
  #since = 0;
  /** One of them begins or ends something. */
  #isUrgent = false;
  /** No event holds bytes, which JSON has no word for. */
  #isJson = true;

  constructor(send: (message: FromEngine) => void, now = () => performance.now()) {
    this.#send = send;
    this.#now = now;
  }

  /** Nobody shows the request's answer before its end. */
  keepWhole(id: number): void {
    this.#kept.set(id, []);
  }

  /** Nobody waits for the request's answer any more. */
  forget(id: number): void {
    this.#kept.delete(id);
  }

  event(id: number, event: GenerateEvent): void {
    const kept = this.#kept.size > 0 ? this.#kept.get(id) : undefined;
    if (kept && isPiece(event)) {
      addPiece(kept, event);
      return;
    }
    if (kept && event.type === "done") {
      for (const piece of kept) this.#add(id, piece);
      this.#kept.delete(id);
    }
    this.#add(id, event);
  }

  error(id: number, error: AppError): void {
    this.flush(); // what was generated before the error comes before it
    this.#kept.delete(id);
    this.#send({ type: "error", id, error: toWire(error) });
  }

  /** Sends what there is. @param nextMs but it may wait for the next step, which takes so long */
  flush(nextMs = Number.POSITIVE_INFINITY): void {
    if (this.#events.length === 0) return;
    const waited = this.#now() - this.#since;
    if (!this.#isUrgent && waited + nextMs <= patienceMs) return;
    const events = this.#isJson ? JSON.stringify(this.#events) : this.#events;
    this.#send({ type: "events", events });
    this.#events = [];
    this.#isJson = true;
    this.#isUrgent = false;
  }

  #add(id: number, event: GenerateEvent): void {
    if (this.#events.length === 0) this.#since = this.#now();
    this.#events.push({ id, event });
    this.#isUrgent ||= !isPiece(event);
    if (event.type === "done" || (isPiece(event) && event.probs)) this.#isJson = false;
  }
}

function isPiece(event: GenerateEvent): event is Piece {
  return event.type === "text" || event.type === "reasoning" || event.type === "tool_call";
}

/** Adds a piece to the last one, if that is of the same kind. */
function addPiece(pieces: Piece[], piece: Piece): void {
  const last = pieces.at(-1);
  if (!last || !joined(last, piece)) {
    pieces.push(piece);
    return;
  }
  last.nPredicted = piece.nPredicted;
  last.decodeMs = piece.decodeMs;
  if (piece.tokens) last.tokens = append(last.tokens, piece.tokens);
  if (piece.probs) last.probs = append(last.probs, piece.probs);
}

/** Appends what a piece says to `last`; false: it is of another kind. */
function joined(last: Piece, piece: Piece): boolean {
  if (last.type === "tool_call") {
    if (piece.type !== "tool_call" || piece.index !== last.index) return false;
    last.arguments += piece.arguments;
    return true;
  }
  if (piece.type !== last.type) return false;
  last.text += piece.text;
  return true;
}

function append<T>(items: T[] = [], more: readonly T[]): T[] {
  for (const one of more) items.push(one);
  return items;
}
