import type { AppError } from "../../core/errors.ts";
import type { Completion, GenerateEvent } from "../../core/generate.ts";
import type { OpenAiError } from "../error-schema.ts";
import { type Progress, toTimings } from "../timings.ts";
import { OutputItems } from "./output-items.ts";
import { type Head, toBeginning, toResponse, toStatus } from "./response.ts";
import type { UnnumberedEvent } from "./schema.ts";

/** A streamed answer: OpenAI's typed events, numbered. */
export class ResponseStream {
  readonly #head: Head;
  #nEvents = 0;

  constructor(head: Head) {
    this.#head = head;
  }

  async *events(signal: AbortSignal): AsyncGenerator<UnnumberedEvent> {
    for await (const event of toEvents(this.#head, signal)) yield this.#numbered(event);
  }

  /** The object of `body` is there for clients that look for one, as llama-server sends it. */
  toErrorEvent(error: AppError, body: OpenAiError): UnnumberedEvent {
    const { code, message } = error;
    const param = error.param ?? null;
    return this.#numbered({ type: "error", code, message, param, ...body });
  }

  #numbered({ type, ...rest }: UnnumberedEvent): UnnumberedEvent {
    return { type, sequence_number: this.#nEvents++, ...rest };
  }
}

async function* toEvents(head: Head, signal: AbortSignal): AsyncGenerator<UnnumberedEvent> {
  const { body, generation } = head;
  const items = new OutputItems(body);
  const inProgress = { type: "response.in_progress", response: toBeginning(head) };
  let prefilled: Omit<Progress, "nPredicted" | "decodeMs"> | null = null;
  let hasBegun = false;
  for await (const event of generation.events(signal)) {
    if (!hasBegun) {
      hasBegun = true;
      yield { type: "response.created", response: toBeginning(head) };
      yield inProgress;
    }
    if (event.type === "progress") {
      if (body.return_progress) yield { ...inProgress, prompt_progress: toProgress(event) };
    } else if (event.type === "prefilled") {
      prefilled = event;
    } else if (event.type === "done") {
      yield* items.close(toStatus(head, event));
      yield toLast(head, items, event);
    } else {
      // llama-server puts them in the last event of each token.
      const timings = body.timings_per_token && prefilled && toTimings({ ...prefilled, ...event });
      const events = [...items.add(event)];
      const last = events.pop();
      yield* events;
      if (last) yield timings ? { ...last, timings } : last;
    }
  }
}

function toLast(head: Head, items: OutputItems, done: Completion): UnnumberedEvent {
  const response = toResponse(head, items.finished, done);
  return { type: `response.${response.status}`, response, timings: toTimings(done) };
}

function toProgress(progress: Extract<GenerateEvent, { type: "progress" }>) {
  const { nPrompt: total, nCached: cache, nProcessed: processed, ms: time_ms } = progress;
  return { total, cache, processed, time_ms };
}
