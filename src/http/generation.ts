import { AppError } from "../core/errors.ts";
import type { Completion, GenerateEvent, GenerateRequest } from "../core/generate.ts";
import type { ToolCall } from "../core/messages.ts";
import type { Model } from "../models/catalog.ts";
import type { Supervisor } from "../supervisor/supervisor.ts";

/** One request on its way through an engine. */
export class Generation {
  readonly #supervisor: Supervisor;
  readonly #request: GenerateRequest;
  readonly model: Model;
  readonly createdAt = new Date();
  readonly #startedMs = performance.now();
  /** What waiting for the engine took (loading included), milliseconds; known once events flow. */
  loadMs = 0;

  /** @throws AppError model_not_found */
  constructor(supervisor: Supervisor, name: string | undefined, request: GenerateRequest) {
    this.#supervisor = supervisor;
    this.#request = request;
    this.model = supervisor.catalog.find(name);
  }

  /** Since the request came in, milliseconds. */
  get elapsedMs(): number {
    return performance.now() - this.#startedMs;
  }

  /**
   * The engine's events up to `done`. The lease is held exactly as long as somebody iterates:
   * it ends with the last event, an error, the iterator's `return()`, or `signal`.
   */
  async *events(signal: AbortSignal): AsyncGenerator<GenerateEvent> {
    using lease = await this.#supervisor.acquire(this.model.name, signal);
    this.loadMs = this.elapsedMs;
    const { vision, audio } = lease.engine.info;
    if (!vision && !audio) refuseMedia(this.#request, this.model.name);
    for await (const event of lease.engine.generate(this.#request, signal)) {
      yield event;
      if (event.type === "done") return;
    }
    if (signal.aborted) throw new AppError("cancelled", "the client closed the request");
    throw new AppError("engine_crashed", "the engine stopped in the middle of its answer");
  }
}

function refuseMedia({ prompt }: GenerateRequest, model: string): void {
  if (prompt.type !== "chat") return;
  const index = prompt.messages.findIndex((m) => m.parts.some((part) => part.type === "media"));
  if (index < 0) return;
  throw new AppError("unsupported", `the model "${model}" takes no images: it has no mmproj`, {
    param: `messages[${index}]`,
  });
}

/** A whole answer, for clients that do not stream. */
export interface Answer {
  text: string;
  reasoning: string;
  toolCalls: ToolCall[];
  completion: Completion;
}

/** Reads events to their `done`. */
export async function collect(events: AsyncIterable<GenerateEvent>): Promise<Answer> {
  let text = "";
  let reasoning = "";
  const toolCalls = new ToolCallPieces();
  for await (const event of events) {
    if (event.type === "text") text += event.text;
    else if (event.type === "reasoning") reasoning += event.text;
    else if (event.type === "tool_call") toolCalls.add(event);
    else if (event.type === "done") {
      return { text, reasoning, toolCalls: toolCalls.calls, completion: event };
    } else event.type satisfies "prefilled";
  }
  throw new AppError("engine_crashed", "the engine stopped in the middle of its answer");
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
