import type { CallAnswer, CallQuestion } from "../core/calls.ts";
import { AppError } from "../core/errors.ts";
import type { TextPrompt } from "../core/generate.ts";
import type { Embedder } from "./embedder.ts";
import { normalize } from "./pooling.ts";
import { type Loaded, nTokensAtLeast } from "./prepare.ts";
import { tokenizeParts } from "./prompt.ts";
import { rerankTokens } from "./rerank.ts";
import { TokenList } from "./tokens.ts";

type Vectors = Float32Array[][];

/** Tells the tokens of one input after the other, and then what their vectors are for. */
type Inputs = Generator<TokenList, (vectors: Vectors) => CallAnswer<"embed" | "rerank">>;

/** A question whose inputs are turned into tokens one by one, and into vectors some at a time. */
export class Job implements Disposable {
  readonly #inputs: Inputs;
  readonly #resources: DisposableStack;
  readonly #tokens: TokenList[] = [];
  readonly #vectors: Vectors = [];
  #toAnswer: ((vectors: Vectors) => CallAnswer<"embed" | "rerank">) | null = null;

  private constructor(inputs: Inputs, resources: DisposableStack) {
    this.#inputs = inputs;
    this.#resources = resources;
  }

  static embed(loaded: Loaded, embedder: Embedder, question: CallQuestion<"embed">): Job {
    const resources = new DisposableStack();
    return new Job(embed(loaded, embedder, question, resources), resources);
  }

  static rerank(loaded: Loaded, embedder: Embedder, question: CallQuestion<"rerank">): Job {
    return new Job(rerank(loaded, embedder, question), new DisposableStack());
  }

  get isTokenized(): boolean {
    return this.#toAnswer !== null;
  }

  /** @throws AppError for an input that cannot be embedded */
  tokenizeNext(): void {
    const { done, value } = this.#inputs.next();
    if (done) this.#toAnswer = value;
    else this.#tokens.push(value);
  }

  /** The next `n` inputs that have no vectors yet. */
  next(n: number): TokenList[] {
    return this.#tokens.slice(this.#vectors.length, this.#vectors.length + n);
  }

  /** Takes the vectors of the next input. */
  put(vectors: Float32Array[]): void {
    this.#vectors.push(vectors);
  }

  /** null while vectors are missing */
  get answer(): CallAnswer<"embed" | "rerank"> | null {
    if (this.#vectors.length < this.#tokens.length) return null;
    return this.#toAnswer?.(this.#vectors) ?? null;
  }

  [Symbol.dispose](): void {
    this.#resources.dispose();
  }
}

function* embed(
  loaded: Loaded,
  embedder: Embedder,
  { inputs, normalize: norm, truncate = false, nCtx = Infinity }: CallQuestion<"embed">,
  resources: DisposableStack,
): Inputs {
  const nTokens: number[] = [];
  let nDropped = 0;
  for (const [i, input] of inputs.entries()) {
    const param = inputs.length === 1 ? "input" : `input[${i}]`;
    const limits = { truncate, nCtx, param };
    const whole = inputTokens(loaded, embedder, input, limits, resources);
    const kept = keptOf(whole, loaded, embedder, limits);
    nDropped += whole.length - kept.length;
    nTokens.push(kept.length);
    yield kept;
  }
  const isScaled = embedder.pooling !== "none";
  return (vectors) => ({
    embeddings: vectors.map((of) => (isScaled ? of.map((v) => normalize(v, norm)) : of)),
    nTokens,
    ...(nDropped > 0 && { nDropped }),
  });
}

interface InputLimits {
  truncate: boolean;
  nCtx: number;
  param: string;
}

function inputTokens(
  loaded: Loaded,
  embedder: Embedder,
  { parts }: TextPrompt,
  { truncate, param }: InputLimits,
  stack: DisposableStack,
): TokenList {
  const nAtLeast = nTokensAtLeast(loaded.model, parts);
  if (!truncate) embedder.check({ length: Math.max(1, nAtLeast) }, param);
  const options = { addSpecial: true, parseSpecial: true, param };
  return tokenizeParts(loaded, parts, options, stack);
}

/** What of an input is embedded. @throws AppError for one that is empty or too long */
function keptOf(
  tokens: TokenList,
  { model }: Loaded,
  embedder: Embedder,
  { truncate, nCtx, param }: InputLimits,
): TokenList {
  const nMax = Math.min(embedder.nTokensMax, nCtx);
  const isCut = truncate && tokens.length > nMax && tokens.media.length === 0;
  const frame = [...model.tokenize("", true, true)];
  if (isCut && nMax <= frame.length) {
    const message = "input after truncation exceeds maximum context length";
    throw new AppError("context_length_exceeded", message, { param });
  }
  const input = isCut ? cutTo(tokens, nMax, frame) : tokens;
  embedder.check(input, param);
  if (input.length <= nCtx) return input;
  const message = `input (${input.length} tokens) is larger than the context asked for (${nCtx})`;
  const details = { n_prompt_tokens: input.length, n_ctx: nCtx };
  throw new AppError("context_length_exceeded", message, { param, details });
}

/**
 * The first tokens of an input; the last one stays last if it is there to end all inputs.
 * @param frame tokens of an empty input: what begins and ends them all
 */
function cutTo({ keys }: TokenList, nTokensMax: number, frame: readonly number[]): TokenList {
  const nBegin = frame.length > 0 && keys[0] === frame[0] ? 1 : 0;
  const nEnd = frame.length > nBegin && keys.at(-1) === frame.at(-1) ? 1 : 0;
  return TokenList.fromTokens([
    ...keys.slice(0, nTokensMax - nEnd),
    ...keys.slice(keys.length - nEnd),
  ]);
}

function* rerank(
  { model, info }: Loaded,
  embedder: Embedder,
  { query, documents }: CallQuestion<"rerank">,
): Inputs {
  if (!info.reranks) {
    const message = "This server does not support reranking. Start it with `--reranking`";
    throw new AppError("switched_off", message);
  }
  const template = model.metaString("tokenizer.chat_template.rerank");
  let nTokens = 0;
  for (const [i, document] of documents.entries()) {
    const param = `documents[${i}]`;
    embedder.check({ length: Math.max(1, nTokensAtLeast(model, [query, document])) }, param);
    const tokens = TokenList.fromTokens(rerankTokens(model, template, query, document));
    embedder.check(tokens, param);
    nTokens += tokens.length;
    yield tokens;
  }
  return (vectors) => ({ scores: vectors.map(([vector]) => vector?.[0] ?? 0), nTokens });
}
