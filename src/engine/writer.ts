import type { Completion, TokenProbability } from "../core/generate.ts";
import type { AnswerPiece, Pushed } from "./answer.ts";
import type { Limits, Outbox } from "./limits.ts";
import type { Slice } from "./plan.ts";
import type { Runner } from "./runner.ts";
import type { PreparedRequest, Probabilities, Sequence } from "./sequence.ts";
import { canShift, isStuck } from "./shift.ts";
import type { Chosen } from "./speculate.ts";

/** How an answer ends. */
export interface Ending {
  reason: Exclude<Completion["reason"], "tool_calls">;
  /** The stop text that was met. */
  stop?: string;
  /** The context's end cut it. */
  isTruncated?: boolean;
}

/** Samples tokens, writes them into answers, and says when an answer ends. */
export class Writer {
  readonly #runner: Runner;
  readonly #outbox: Outbox;
  readonly #limits: Limits;
  readonly #now: () => number;

  constructor(runner: Runner, outbox: Outbox, limits: Limits, now: () => number) {
    this.#runner = runner;
    this.#outbox = outbox;
    this.#limits = limits;
    this.#now = now;
  }

  /** Samples from the logits of a batch row. */
  sample({ request, report }: Sequence, row: number): Chosen {
    const token = request.sampler.sample(row);
    if (report.nProbs === 0) return { token, prob: null };
    const isAfter = request.asked.report?.postSampling ?? false;
    const found = request.sampler.probabilities(row, token, report.nProbs, isAfter);
    const bytesOf = (one: number) => this.#pieceView(request, one).slice();
    return { token, prob: described(token, found, bytesOf) };
  }

  /**
   * Notes how likely the prompt's tokens are that follow those of a decoded slice.
   * @param row batch row of the slice's last token
   */
  score({ request, promptProbs, nPrompt }: Sequence, { to }: Slice, row: number): void {
    const keys = request.tokens.keys;
    const n = request.asked.report?.promptProbs ?? 0;
    const bytesOf = (token: number) => this.#runner.pieceView(token, true).slice();
    if (promptProbs.length === 0) {
      const [token = -1] = keys;
      promptProbs.push({ token, bytes: bytesOf(token), prob: null, top: [] });
    }
    // A preempted sequence is prefilled again: what it knows it keeps.
    for (let at = promptProbs.length; at <= to && at < nPrompt; at++) {
      const token = keys[at] ?? -1;
      const found = request.sampler.probabilities(row - (to - at), token, n, false);
      promptProbs.push(described(token, found, bytesOf));
    }
  }

  /** Tells how far prefill is, if that is wanted. */
  progress(sequence: Sequence): void {
    const { id, request, isPrefilled } = sequence;
    if (!request.asked.report?.progress || isPrefilled) return;
    this.#outbox.event(id, sequence.progress(this.#now()));
  }

  /** Writes the next token. @returns how the answer ends with it; null: it goes on */
  write(sequence: Sequence, { token, prob }: Chosen): Ending | null {
    const { request, report } = sequence;
    const { answer } = request;
    sequence.nPredicted++;
    if (this.#runner.isEog(token)) {
      report.add(token, prob, answer.nDecoded, true);
      return { reason: "eos" };
    }
    const pushed = answer.push(this.#pieceView(request, token));
    report.add(token, prob, answer.nDecoded, pushed.isWhole);
    sequence.hasNewLine ||= pushed.hasNewLine;
    this.#emit(sequence, pushed.pieces, pushed.isWhole);
    if (pushed.stop !== null) {
      report.cut(answer.nShown);
      return { reason: "stop", stop: pushed.stop };
    }
    return this.#limitOf(sequence, pushed);
  }

  /** Writes what was held back, and the answer's end. */
  finish(sequence: Sequence, { reason, stop = "", isTruncated = false }: Ending): void {
    const { id, answer } = sequence.request;
    this.#emit(sequence, answer.finish(reason === "length"), true);
    const told = reason === "eos" && answer.hasToolCalls ? "tool_calls" : reason;
    const completion = sequence.completion(told, stop, isTruncated, this.#now());
    const { report = {} } = sequence.request.asked;
    if (report.prompt) completion.promptText = this.#runner.detokenize(sequence.promptTokens);
    if (report.prompt && report.tokens) completion.promptTokens = [...sequence.promptTokens];
    this.#outbox.event(id, { type: "done", ...completion });
  }

  #limitOf(sequence: Sequence, { isOutdented, hasNewLine }: Pushed): Ending | null {
    const { maxDecodeMs = 0 } = sequence.request.asked;
    const nTokens = sequence.nPrompt + sequence.nPredicted;
    const canGoOn = canShift(sequence, this.#limits, this.#runner.canCut);
    const isFull = (nTokens >= sequence.nCtx && !canGoOn) || isStuck(sequence);
    const isLate = maxDecodeMs > 0 && hasNewLine && sequence.decodeMs(this.#now()) > maxDecodeMs;
    if (sequence.nRemain > 0 && !isFull && !isLate && !isOutdented) return null;
    return { reason: "length", isTruncated: isFull };
  }

  #pieceView({ shownSpecials }: PreparedRequest, token: number): Uint8Array {
    return this.#runner.pieceView(token, shownSpecials.has(token));
  }

  /** @param isWhole the last token does not end in half a character */
  #emit(sequence: Sequence, pieces: AnswerPiece[], isWhole: boolean): void {
    const { id, nPredicted, report } = sequence;
    const { answer } = sequence.request;
    // A token without text of its own is told as well, if tokens are.
    const hasTokens = isWhole && answer.isPlain && report.hasTokens(answer.nShown);
    const isSilent = pieces.length === 0 && hasTokens;
    const told: AnswerPiece[] = isSilent ? [{ type: "text", text: "" }] : pieces;
    for (const piece of told) {
      const decodeMs = sequence.decodeMs(this.#now());
      const sampled = { nPredicted, decodeMs, ...report.take(answer.nShown) };
      this.#outbox.event(id, { ...piece, ...sampled });
    }
  }
}

function described(
  token: number,
  { prob, top }: Probabilities,
  bytesOf: (token: number) => Uint8Array,
): TokenProbability {
  const others = top.map((other) => ({ ...other, bytes: bytesOf(other.token) }));
  return { token, bytes: bytesOf(token), prob, top: others };
}
