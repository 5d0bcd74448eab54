import { randomFill } from "../gguf/random-data.ts";

/** Everyday words: with the space before it, each is one token of every large vocabulary. */
const words = (
  "the of and to in for is on that by this with you it not or be are from at as your all have " +
  "new more an was we will home can us about if page my has search free but our one other do no " +
  "information time they site he up may what which their news out use any there see only so his " +
  "when contact here business who web also now help get view online first been would how were"
).split(" ");

/** Makes the prompts long enough to be a real prefill, and short beside what is decoded. */
const nWordsDefault = 64;

/**
 * A supply of prompts of about as many tokens as words, no two alike, so that no prefix cache can
 * help. The same seed gives the same prompts, so that both servers of a round do the same work.
 */
export function promptSupply(seed: number): (nWords?: number) => string {
  const fill = randomFill(seed);
  return (nWords = nWordsDefault) => {
    const random = new Uint32Array(nWords);
    fill(random);
    return Array.from(random, (word) => words[word % words.length]).join(" ");
  };
}
