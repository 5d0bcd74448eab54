import type { CallAnswer, CallQuestion, EngineCallName } from "../core/calls.ts";
import type { TextPrompt } from "../core/generate.ts";
import { type CallMessage, type FromEngine, toWire } from "../core/protocol.ts";
import { Job } from "./embed-jobs.ts";
import { EmbedQueue } from "./embed-queue.ts";
import type { Embedder } from "./embedder.ts";
import { type Loaded, refuseHopeless, renderChat, renderFitting, renderPrompt } from "./prepare.ts";
import type { Scheduler } from "./scheduler.ts";
import { nCtxOf } from "./sequence.ts";
import { detokenize, tokenize } from "./vocabulary-calls.ts";

type Answer = CallAnswer<EngineCallName>;

/**
 * Answers the questions of `EngineCalls`: most at once, those about slots when the slots are idle,
 * and embeddings part by part between the steps of generation.
 */
export class Calls {
  readonly #loaded: Loaded;
  readonly #scheduler: Scheduler;
  readonly #embedder: Embedder;
  readonly #send: (message: FromEngine) => void;
  readonly #jobs: EmbedQueue;
  /** Questions that wait for a slot. */
  readonly #waiting = new Set<number>();

  constructor(
    loaded: Loaded,
    scheduler: Scheduler,
    embedder: Embedder,
    send: (message: FromEngine) => void,
  ) {
    this.#loaded = loaded;
    this.#scheduler = scheduler;
    this.#embedder = embedder;
    this.#send = send;
    this.#jobs = new EmbedQueue(embedder, {
      answer: (id, answer) => send({ type: "answer", id, answer }),
      refuse: (id, error) => this.#refuse(id, error),
    });
  }

  /** Nothing is left to be done in `step`. */
  get isIdle(): boolean {
    return this.#jobs.isIdle;
  }

  /** Answers a question, now or later. */
  receive(message: CallMessage): void {
    const { id } = message;
    try {
      this.#begin(message);
    } catch (error) {
      this.#refuse(id, error);
    }
  }

  /** Forgets a question that nobody waits for any more. */
  abort(id: number): void {
    this.#waiting.delete(id);
    this.#jobs.remove(id);
  }

  /** Does one part of the questions about vectors. */
  step(): void {
    this.#jobs.step();
  }

  #begin(message: CallMessage): void {
    const { id } = message;
    switch (message.name) {
      case "embed":
        this.#jobs.add(id, Job.embed(this.#loaded, this.#embedder, message.question));
        break;
      case "rerank":
        this.#jobs.add(id, Job.rerank(this.#loaded, this.#embedder, message.question));
        break;
      case "saveSlot":
        this.#answerLater(id, this.#scheduler.saveSlot(message.question));
        break;
      case "restoreSlot": {
        const { standard } = this.#loaded.adapters;
        this.#answerLater(id, this.#scheduler.restoreSlot(message.question, standard));
        break;
      }
      case "eraseSlot":
        this.#answerLater(id, this.#scheduler.eraseSlot(message.question));
        break;
      default:
        this.#send({ type: "answer", id, answer: this.#answer(message) });
    }
  }

  /** What can be answered at once. */
  #answer(message: Exclude<CallMessage, { name: SlowName }>): Answer {
    const { adapters } = this.#loaded;
    switch (message.name) {
      case "tokenize":
        return tokenize(this.#loaded, message.question);
      case "detokenize":
        return detokenize(this.#loaded, message.question);
      case "applyTemplate":
        return { text: this.#applyTemplate(message.question) };
      case "countTokens":
        return this.#countTokens(message.question);
      case "slots":
        return { slots: this.#scheduler.slots() };
      case "loraAdapters":
        return { adapters: adapters.list };
      case "setLora":
        adapters.setScales(message.question.scales);
        return {};
      case "metrics":
        return this.#scheduler.metrics();
      case "endReasoning":
        return { isEnded: this.#scheduler.endReasoning(message.question.tag) };
      default:
        return message satisfies never;
    }
  }

  #applyTemplate(question: CallQuestion<"applyTemplate">): string {
    const { prompt, truncate } = question;
    const { model, info } = this.#loaded;
    const { context = [] } = prompt.type === "chat" ? prompt : {};
    const before = detokenize(this.#loaded, { tokens: context }).text;
    if (prompt.type === "chat" && !truncate) {
      return before + renderChat(this.#loaded, prompt).prompt;
    }
    const { nCtxSeq } = info;
    const room = { nCtx: nCtxOf(question, nCtxSeq), nCtxSeq };
    using stack = new DisposableStack();
    const { tokens, chat, dropped } = renderFitting(this.#loaded, question, room, stack);
    const isWhole = dropped.nPromptDropped === undefined;
    if (isWhole && chat) return before + chat.prompt;
    if (prompt.type === "text" && (isWhole || !truncate)) return textOf(prompt);
    return model.joinPieces(tokens.textTokens, true);
  }

  #countTokens({ prompt }: CallQuestion<"countTokens">): CallAnswer<"countTokens"> {
    const { nCtxSeq } = this.#loaded.info;
    refuseHopeless(this.#loaded, prompt, { nCtx: nCtxSeq, nCtxSeq });
    using stack = new DisposableStack();
    return { nTokens: renderPrompt(this.#loaded, prompt, stack).tokens.length };
  }

  #answerLater(id: number, later: Promise<Answer>): void {
    this.#waiting.add(id);
    const isWanted = () => this.#waiting.delete(id);
    later.then(
      (answer) => isWanted() && this.#send({ type: "answer", id, answer }),
      (error) => isWanted() && this.#refuse(id, error),
    );
  }

  #refuse(id: number, error: unknown): void {
    this.#send({ type: "error", id, error: toWire(error) });
  }
}

/** Without pictures. */
function textOf({ parts }: TextPrompt): string {
  return parts.filter((part) => typeof part === "string").join("");
}

type SlowName = "embed" | "rerank" | "saveSlot" | "restoreSlot" | "eraseSlot";
