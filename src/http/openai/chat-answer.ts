import type { GenerateEvent } from "../../core/generate.ts";
import type { IndexedEvent } from "../fan-out.ts";
import { type Answer, AnswerPieces } from "../generation.ts";
import { toTimings } from "../timings.ts";
import {
  type Answering,
  type AnswerStream,
  notPrefilled,
  tell,
  toExtras,
  toProgress,
  verbose,
} from "./answering.ts";
import type { ChatCompletion, ChatCompletionChunk, Delta } from "./chat-answer-schema.ts";
import { toFinishReason, toLogprobs, toUsage } from "./head.ts";

/** What a stream of answers is made with. */
export interface ChatAnswering extends Answering {
  /** `content` of each answer's first chunk: "" is OpenAI's, null llama-server's. */
  openingContent: "" | null;
}

/** Answers, in the order of their indexes, in one piece. */
export function toChatCompletion(answers: readonly Answer[], answering: Answering): ChatCompletion {
  const [first] = answers;
  if (!first) throw new Error("there is at least one answer");
  const completions = answers.map((answer) => answer.completion);
  return {
    ...answering.head,
    object: "chat.completion",
    choices: answers.map((answer, index) => ({
      index,
      message: toMessage(answer),
      logprobs: toLogprobs(answer.probs, answering.logprobs),
      finish_reason: toFinishReason(answer.completion),
    })),
    usage: toUsage(completions, answering.nPerPrompt),
    timings: toTimings(first.completion),
    ...verbose(first, 0, answering),
  };
}

function toMessage({ text, reasoning, toolCalls }: Answer) {
  const calls = toolCalls.map((call) => ({
    id: call.id,
    type: "function" as const,
    function: { name: call.name, arguments: call.arguments },
  }));
  return {
    role: "assistant" as const,
    content: calls.length > 0 && text === "" ? null : text,
    ...(reasoning && { reasoning_content: reasoning }),
    ...(calls.length > 0 && { tool_calls: calls }),
  };
}

/** The chunks of streamed answers; null: the work has begun. */
export function toChunks(events: AsyncIterable<IndexedEvent>, answering: ChatAnswering) {
  return tell<ChatCompletionChunk>(events, answering, {
    stream: (index) => new ChoiceStream(index, answering),
    last: (usage, timings) => ({
      ...answering.head,
      object: "chat.completion.chunk",
      choices: [],
      usage,
      ...(timings && { timings }),
    }),
  });
}

/** One of the answers that a stream tells. */
class ChoiceStream implements AnswerStream<ChatCompletionChunk> {
  readonly #index: number;
  readonly #answering: ChatAnswering;
  readonly #pieces = new AnswerPieces();
  #prefilled = notPrefilled;
  #begun = false;

  constructor(index: number, answering: ChatAnswering) {
    this.#index = index;
    this.#answering = answering;
  }

  get answer(): Answer {
    return this.#pieces.answer;
  }

  *chunks(event: GenerateEvent): Generator<ChatCompletionChunk> {
    this.#pieces.add(event);
    if (event.type === "prefilled") {
      this.#prefilled = event;
    } else if (event.type === "progress") {
      yield { ...this.#chunk(this.#opening() ?? {}), ...toProgress(event, this.#answering) };
    } else {
      const opening = this.#opening();
      if (opening) yield this.#chunk(opening);
      yield event.type === "done" ? this.#ending(event) : this.#piece(event);
    }
  }

  /** What every answer begins with, the first time. */
  #opening(): Delta | null {
    if (this.#begun) return null;
    this.#begun = true;
    return { role: "assistant", content: this.#answering.openingContent };
  }

  #piece(event: Piece): ChatCompletionChunk {
    const logprobs = toLogprobs(event.probs, this.#answering.logprobs);
    const extras = toExtras(event, this.#prefilled, this.#answering);
    return { ...this.#chunk(toDelta(event), logprobs), ...extras };
  }

  #ending(done: Extract<GenerateEvent, { type: "done" }>): ChatCompletionChunk {
    const logprobs = toLogprobs(done.probs, this.#answering.logprobs);
    return {
      ...this.#chunk({}, logprobs, toFinishReason(done)),
      ...(!this.#answering.includeUsage && { timings: toTimings(done) }),
      ...verbose(this.answer, this.#index, this.#answering),
    };
  }

  #chunk(
    delta: Delta,
    logprobs: Choice["logprobs"] = null,
    finish_reason: Choice["finish_reason"] = null,
  ): ChatCompletionChunk {
    const choices = [{ index: this.#index, delta, logprobs, finish_reason }];
    return { ...this.#answering.head, object: "chat.completion.chunk", choices };
  }
}

type Choice = ChatCompletionChunk["choices"][number];
type Piece = Extract<GenerateEvent, { type: "text" | "reasoning" | "tool_call" }>;

function toDelta(event: Piece): Delta {
  switch (event.type) {
    case "text":
      return { content: event.text };
    case "reasoning":
      return { reasoning_content: event.text };
    case "tool_call": {
      const { index, id, name, arguments: text } = event;
      const opening = id === undefined ? {} : { id, type: "function" as const };
      const called = { ...(name !== undefined && { name }), arguments: text };
      return { tool_calls: [{ index, ...opening, function: called }] };
    }
    default:
      return event satisfies never;
  }
}
