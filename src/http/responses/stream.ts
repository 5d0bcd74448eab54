import { type AppError, asAppError } from "../../core/errors.ts";
import type { Completion, GenerateEvent, TokenProbability } from "../../core/generate.ts";
import type { OpenAiError } from "../error-schema.ts";
import { type Progress, toTimings } from "../timings.ts";
import type { ResponseObject, UnnumberedEvent } from "./answer-schema.ts";
import { obfuscated } from "./obfuscation.ts";
import { OutputItems } from "./output-items.ts";
import { type Head, toBeginning, toFailed, toLogprobs, toResponse, toStatus } from "./response.ts";

/** A streamed answer: OpenAI's typed events, numbered. */
export class ResponseStream {
  readonly #head: Head;
  #nEvents = 0;

  constructor(head: Head) {
    this.#head = head;
  }

  async *events(signal: AbortSignal): AsyncGenerator<UnnumberedEvent> {
    const hides = this.#head.body.stream_options?.include_obfuscation ?? false;
    for await (const event of toEvents(this.#head, signal)) {
      yield this.#numbered(hides ? obfuscated(event) : event);
    }
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

/** The events of a finished answer, as if it came now; numbered from 0. */
export function* replayed(response: ResponseObject): Generator<UnnumberedEvent> {
  const faceOf = (name: string) => ({ name, isCustom: false }); // items show their faces
  const items = new OutputItems({ faceOf, toLogprobs: () => [] });
  const { output, status } = response;
  const beginning = {
    ...response,
    completed_at: null,
    status: "in_progress",
    incomplete_details: null,
    output: [],
    usage: null,
  };
  yield { type: "response.created", response: beginning };
  yield { type: "response.in_progress", response: beginning };
  for (const item of output) yield* items.replay(item);
  yield { type: `response.${status}`, response };
}

async function* toEvents(head: Head, signal: AbortSignal): AsyncGenerator<UnnumberedEvent> {
  const { body, offer, followsOpenAi } = head;
  const toProbs = (probs: TokenProbability[] | undefined) => toLogprobs(probs, body);
  const items = new OutputItems({ faceOf: offer.faceOf, toLogprobs: toProbs });
  let hasBegun = false;
  try {
    for await (const event of answering(head, items, signal)) {
      hasBegun = true;
      yield event;
    }
  } catch (error) {
    // llama-server has only the event that follows this one.
    if (hasBegun && followsOpenAi) {
      const response = toFailed(head, items.finished, asAppError(error));
      yield { type: "response.failed", response };
    }
    throw error;
  }
}

async function* answering(
  head: Head,
  items: OutputItems,
  signal: AbortSignal,
): AsyncGenerator<UnnumberedEvent> {
  const { body, generation } = head;
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
