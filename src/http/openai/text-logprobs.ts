import { type Static, Type } from "@sinclair/typebox";
import type { PromptTokenProbability, TokenProbability } from "../../core/generate.ts";
import { toLogarithm } from "../probabilities.ts";
import { object } from "../wire.ts";

/** Probabilities as OpenAI's older API has them: a column for each thing known of tokens. */
export const TextLogprobs = object(
  {
    tokens: Type.Array(
      Type.String({ description: "Their texts; half a character as `bytes:\\xe2\\x82`." }),
    ),
    token_logprobs: Type.Array(Type.Union([Type.Number(), Type.Null()]), {
      description: "Natural logarithms; null for a prompt's first token.",
    }),
    top_logprobs: Type.Array(
      Type.Union([Type.Record(Type.String(), Type.Number()), Type.Null()], {
        description: "The likeliest tokens and the one that came, by their texts.",
      }),
    ),
    text_offset: Type.Array(
      Type.Integer({ description: "Where each begins in the choice's text, in code points." }),
    ),
  },
  { title: "TextLogprobs" },
);
export type TextLogprobs = Static<typeof TextLogprobs>;

type Probability = TokenProbability | PromptTokenProbability;

/** Writes the columns of one answer, from whole or in pieces. */
export class LogprobsWriter {
  readonly #nTop: number;
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  #offset = 0;

  /** @param nTop most alternatives of each token */
  constructor(nTop: number) {
    this.#nTop = nTop;
  }

  /**
   * The tokens of a prompt, which ends where the answer begins. Counted from its end: what the
   * tokenizer puts before a text (BOS, a space) is not in it.
   */
  prompt(probs: readonly Probability[], echo: string): TextLogprobs {
    const nEcho = lengthOf(echo);
    this.#offset = 0;
    const columns = this.tokens(probs);
    const shift = nEcho - this.#offset;
    this.#offset = nEcho;
    return { ...columns, text_offset: columns.text_offset.map((at) => Math.max(at + shift, 0)) };
  }

  /** The next tokens of the answer. */
  tokens(probs: readonly Probability[]): TextLogprobs {
    return {
      tokens: probs.map(({ bytes }) => toText(bytes)),
      token_logprobs: probs.map(({ prob }) => (prob === null ? null : toLogarithm(prob))),
      top_logprobs: probs.map((token) => this.#top(token)),
      text_offset: probs.map(({ bytes }) => this.#advance(bytes)),
    };
  }

  #top({ top, ...token }: Probability): Record<string, number> | null {
    if (token.prob === null) return null;
    const shown = [...top.slice(0, this.#nTop), { ...token, prob: token.prob }];
    return Object.fromEntries(shown.map(({ bytes, prob }) => [toText(bytes), toLogarithm(prob)]));
  }

  #advance(bytes: Uint8Array): number {
    const at = this.#offset;
    this.#offset += lengthOf(this.#decoder.decode(bytes, { stream: true }));
    return at;
  }
}

/** All columns of `first`, and `second`'s below them. */
export function joined(first: TextLogprobs, second: TextLogprobs): TextLogprobs {
  return {
    tokens: [...first.tokens, ...second.tokens],
    token_logprobs: [...first.token_logprobs, ...second.token_logprobs],
    top_logprobs: [...first.top_logprobs, ...second.top_logprobs],
    text_offset: [...first.text_offset, ...second.text_offset],
  };
}

const lengthOf = (text: string) => [...text].length;

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function toText(bytes: Uint8Array): string {
  try {
    return strict.decode(bytes);
  } catch {
    const hex = [...bytes].map((byte) => `\\x${byte.toString(16).padStart(2, "0")}`);
    return `bytes:${hex.join("")}`;
  }
}
