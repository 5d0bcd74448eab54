import type { CallAnswer, CallQuestion, EngineCallName } from "../core/calls.ts";
import { AppError } from "../core/errors.ts";
import type { TextPrompt } from "../core/generate.ts";
import type { Embedder } from "./embedder.ts";
import { normalize } from "./pooling.ts";
import { type Loaded, nTokensAtLeast } from "./prepare.ts";
import { tokenizeParts } from "./prompt.ts";
import { rerankTokens } from "./rerank.ts";
import { TokenList } from "./tokens.ts";

type Parts<Name extends EngineCallName> = Generator<void, CallAnswer<Name>>;

/** Work on a question that takes long, done part by part. */
export class Job implements Disposable {
  readonly #parts: Parts<EngineCallName>;
  readonly #resources: DisposableStack;

  private constructor(parts: Parts<EngineCallName>, resources: DisposableStack) {
    this.#parts = parts;
    this.#resources = resources;
  }

  static embed(loaded: Loaded, embedder: Embedder, question: CallQuestion<"embed">): Job {
    const resources = new DisposableStack();
    return new Job(embed(loaded, embedder, question, resources), resources);
  }

  static rerank(loaded: Loaded, embedder: Embedder, question: CallQuestion<"rerank">): Job {
    return new Job(rerank(loaded, embedder, question), new DisposableStack());
  }

  /** Does the next part. @returns the answer, or null while there is more to do @throws AppError */
  step(): CallAnswer<EngineCallName> | null {
    const { done, value } = this.#parts.next();
    return done ? value : null;
  }

  [Symbol.dispose](): void {
    this.#resources.dispose();
  }
}

/** Tokenizes inputs one by one, then embeds as many at once as fit. */
function* embed(
  loaded: Loaded,
  embedder: Embedder,
  { inputs, normalize: norm, truncate = false }: CallQuestion<"embed">,
  resources: DisposableStack,
): Parts<"embed"> {
  const tokens: TokenList[] = [];
  for (const [i, input] of inputs.entries()) {
    const param = inputs.length === 1 ? "input" : `input[${i}]`;
    tokens.push(inputTokens(loaded, embedder, input, { truncate, param }, resources));
    yield;
  }
  const vectors = yield* embedder.embed(tokens);
  const isScaled = embedder.pooling !== "none";
  return {
    embeddings: vectors.map((of) => (isScaled ? of.map((v) => normalize(v, norm)) : of)),
    nTokens: tokens.map(({ length }) => length),
  };
}

function inputTokens(
  loaded: Loaded,
  embedder: Embedder,
  { parts }: TextPrompt,
  { truncate, param }: { truncate: boolean; param: string },
  stack: DisposableStack,
): TokenList {
  const { nTokensMax } = embedder;
  const nAtLeast = nTokensAtLeast(loaded.model, parts);
  if (!truncate) embedder.check({ length: Math.max(1, nAtLeast) }, param);
  const options = { addSpecial: true, parseSpecial: true, param };
  const tokens = tokenizeParts(loaded, parts, options, stack);
  const isCut = truncate && tokens.length > nTokensMax && tokens.media.length === 0;
  const input = isCut ? cutTo(tokens, nTokensMax, loaded.model.addsEos) : tokens;
  embedder.check(input, param);
  return input;
}

/** The first tokens of an input; the last one stays last if it is there to end all inputs. */
function cutTo({ keys }: TokenList, nTokensMax: number, hasEnd: boolean): TokenList {
  const nEnd = hasEnd ? 1 : 0;
  return TokenList.fromTokens([
    ...keys.slice(0, nTokensMax - nEnd),
    ...keys.slice(keys.length - nEnd),
  ]);
}

/** Scores documents for a query. */
function* rerank(
  { model, info }: Loaded,
  embedder: Embedder,
  { query, documents }: CallQuestion<"rerank">,
): Parts<"rerank"> {
  if (!info.reranks) {
    const message = "This server does not support reranking. Start it with `--reranking`";
    throw new AppError("switched_off", message);
  }
  const template = model.metaString("tokenizer.chat_template.rerank");
  const inputs: TokenList[] = [];
  for (const [i, document] of documents.entries()) {
    const param = `documents[${i}]`;
    embedder.check({ length: Math.max(1, nTokensAtLeast(model, [query, document])) }, param);
    const tokens = TokenList.fromTokens(rerankTokens(model, template, query, document));
    embedder.check(tokens, param);
    inputs.push(tokens);
    yield;
  }
  const vectors = yield* embedder.embed(inputs);
  return {
    scores: vectors.map(([vector]) => vector?.[0] ?? 0),
    nTokens: inputs.reduce((n, { length }) => n + length, 0),
  };
}
