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
import { bestOf } from "./best-of.ts";
import type { TextHabits } from "./completion-request.ts";
import type { TextCompletion, TextCompletionChunk } from "./completion-schema.ts";
import { toFinishReason, toLogprobs, toUsage } from "./head.ts";
import { joined, LogprobsWriter } from "./text-logprobs.ts";

export interface TextAnswering extends Answering {
  habits: TextHabits;
  /** Each answer begins with the one for its prompt; there are none without `echo`. */
  echoes: readonly string[];
}

/** Answers, in the order of their indexes, in one piece. */
export function toTextCompletion(
  answers: readonly Answer[],
  answering: TextAnswering,
): TextCompletion {
  const [first] = answers;
  if (!first) throw new Error("there is at least one answer");
  const completions = answers.map((answer) => answer.completion);
  return {
    ...answering.head,
    object: "text_completion",
    choices: bestOf(answers, answering.habits).map((answer, index) => ({
      index,
      text: echoOf(index, answering) + answer.text,
      logprobs: toWholeLogprobs(answer, echoOf(index, answering), answering),
      finish_reason: toFinishReason(answer.completion),
    })),
    usage: toUsage(completions, answering.nPerPrompt),
    timings: toTimings(first.completion),
    ...verbose(first, 0, answering),
  };
}

function echoOf(index: number, { echoes, habits }: TextAnswering): string {
  return echoes[Math.floor(index / habits.nShown)] ?? "";
}

function toWholeLogprobs({ probs, completion }: Answer, echo: string, answering: TextAnswering) {
  const { showsProbs, nTop } = answering.habits;
  if (!showsProbs) return null; // some were only needed to choose the best
  if (nTop === null) return toLogprobs(probs, answering.logprobs);
  const writer = new LogprobsWriter(nTop);
  return joined(writer.prompt(completion.promptProbs ?? [], echo), writer.tokens(probs));
}

/** The chunks of streamed answers; null: the work has begun. */
export function toTextChunks(events: AsyncIterable<IndexedEvent>, answering: TextAnswering) {
  return tell<TextCompletionChunk>(events, answering, {
    stream: (index) => new TextStream(index, answering),
    last: (usage) => ({ ...answering.head, object: "text_completion", choices: [], usage }),
  });
}

/** One of the answers that a stream tells. */
class TextStream implements AnswerStream<TextCompletionChunk> {
  readonly #index: number;
  readonly #answering: TextAnswering;
  readonly #pieces = new AnswerPieces();
  readonly #writer: LogprobsWriter | null;
  #prefilled = notPrefilled;
  #echo: string;

  constructor(index: number, answering: TextAnswering) {
    this.#index = index;
    this.#answering = answering;
    this.#echo = echoOf(index, answering);
    const { nTop } = answering.habits;
    this.#writer = nTop === null ? null : new LogprobsWriter(nTop);
  }

  get answer(): Answer {
    return this.#pieces.answer;
  }

  *chunks(event: GenerateEvent): Generator<TextCompletionChunk> {
    this.#pieces.add(event);
    switch (event.type) {
      case "progress":
        yield { ...this.#chunk({ text: "" }), ...toProgress(event, this.#answering) };
        break;
      case "prefilled":
        this.#prefilled = event;
        break;
      case "text": {
        const extras = toExtras(event, this.#prefilled, this.#answering);
        const logprobs = this.#logprobs(event.probs);
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
    const { includeUsage } = this.#answering;
    const choice = {
      text: this.#takeEcho(),
      logprobs: this.#logprobs(done.probs),
      finish_reason: toFinishReason(done),
    };
    return {
      ...this.#chunk(choice),
      ...(!includeUsage && { usage: toUsage([done], 1) }),
      timings: toTimings(done),
      ...verbose(this.answer, this.#index, this.#answering),
    };
  }

  #logprobs(probs: Answer["probs"] | undefined): Choice["logprobs"] {
    if (!this.#writer) return toLogprobs(probs, this.#answering.logprobs);
    return probs?.length ? this.#writer.tokens(probs) : null;
  }

  /** The prompt, once. */
  #takeEcho(): string {
    const echo = this.#echo;
    this.#echo = "";
    return echo;
  }

  #chunk(choice: Pick<Choice, "text"> & Partial<Choice>): TextCompletionChunk {
    const choices = [{ index: this.#index, logprobs: null, finish_reason: null, ...choice }];
    return { ...this.#answering.head, object: "text_completion", choices };
  }
}

type Choice = TextCompletionChunk["choices"][number];
