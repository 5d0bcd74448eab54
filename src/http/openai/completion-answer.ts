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
import type { TextCompletion, TextCompletionChunk } from "./completion-schema.ts";
import { toFinishReason, toLogprobs, toUsage } from "./head.ts";

/** Each answer begins with the one of `echoes` for its prompt; there are none without `echo`. */
export interface Echoing extends Answering {
  echoes: readonly string[];
}

/** Answers, in the order of their indexes, in one piece. */
export function toTextCompletion(answers: readonly Answer[], echoing: Echoing): TextCompletion {
  const [first] = answers;
  if (!first) throw new Error("there is at least one answer");
  const completions = answers.map((answer) => answer.completion);
  return {
    ...echoing.head,
    object: "text_completion",
    choices: answers.map((answer, index) => ({
      index,
      text: echoOf(index, echoing) + answer.text,
      logprobs: toLogprobs(answer.probs, echoing.logprobs),
      finish_reason: toFinishReason(answer.completion),
    })),
    usage: toUsage(completions, echoing.nPerPrompt),
    timings: toTimings(first.completion),
    ...verbose(first, 0, echoing),
  };
}

function echoOf(index: number, { echoes, nPerPrompt }: Echoing): string {
  return echoes[Math.floor(index / nPerPrompt)] ?? "";
}

/** The chunks of streamed answers; null: the work has begun. */
export function toTextChunks(events: AsyncIterable<IndexedEvent>, echoing: Echoing) {
  return tell<TextCompletionChunk>(events, echoing, {
    stream: (index) => new TextStream(index, echoing),
    last: (usage) => ({ ...echoing.head, object: "text_completion", choices: [], usage }),
  });
}

/** One of the answers that a stream tells. */
class TextStream implements AnswerStream<TextCompletionChunk> {
  readonly #index: number;
  readonly #echoing: Echoing;
  readonly #pieces = new AnswerPieces();
  #prefilled = notPrefilled;
  #echo: string;

  constructor(index: number, echoing: Echoing) {
    this.#index = index;
    this.#echoing = echoing;
    this.#echo = echoOf(index, echoing);
  }

  get answer(): Answer {
    return this.#pieces.answer;
  }

  *chunks(event: GenerateEvent): Generator<TextCompletionChunk> {
    this.#pieces.add(event);
    switch (event.type) {
      case "progress":
        yield { ...this.#chunk({ text: "" }), ...toProgress(event, this.#echoing) };
        break;
      case "prefilled":
        this.#prefilled = event;
        break;
      case "text": {
        const { logprobs, ...extras } = toExtras(event, this.#prefilled, this.#echoing);
        yield { ...this.#chunk({ text: this.#takeEcho() + event.text, logprobs }), ...extras };
        break;
      }
      case "reasoning": // a plain prompt has no chat format that could tell these apart
      case "tool_call":
        break;
      case "done":
        yield this.#ending(event);
        break;
      default:
        event satisfies never;
    }
  }

  #ending(done: Extract<GenerateEvent, { type: "done" }>): TextCompletionChunk {
    const { includeUsage, logprobs: options } = this.#echoing;
    const choice = {
      text: this.#takeEcho(),
      logprobs: toLogprobs(done.probs, options),
      finish_reason: toFinishReason(done),
    };
    return {
      ...this.#chunk(choice),
      ...(!includeUsage && { usage: toUsage([done], 1) }),
      timings: toTimings(done),
      ...verbose(this.answer, this.#index, this.#echoing),
    };
  }

  /** The prompt, once. */
  #takeEcho(): string {
    const echo = this.#echo;
    this.#echo = "";
    return echo;
  }

  #chunk(choice: Pick<Choice, "text"> & Partial<Choice>): TextCompletionChunk {
    const choices = [{ index: this.#index, logprobs: null, finish_reason: null, ...choice }];
    return { ...this.#echoing.head, object: "text_completion", choices };
  }
}

type Choice = TextCompletionChunk["choices"][number];
