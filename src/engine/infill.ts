import type { InfillPrompt } from "../core/generate.ts";

/** What of a model's vocabulary an infill prompt is made of. */
export interface InfillVocabulary {
  /** -1 where the vocabulary has no such token. */
  fim: { pre: number; suf: number; mid: number; rep: number; sep: number };
  bos: number;
  addsBos: boolean;
  tokenize(text: string, addSpecial: boolean, parseSpecial: boolean): Iterable<number>;
}

export interface InfillLimits {
  /** Tokens of a batch as they were asked for: the text around the gap must fit into it. */
  nBatch: number;
  nCtx: number;
  /** Tokens of an answer that room is left for; -1: no limit was set. */
  nPredict: number;
  /** The suffix comes before the prefix. */
  isSuffixFirst: boolean;
}

/** llama-server knows no name of a project, nor of the file with the gap. */
const projectName = "myproject\n";
const fileName = "filename\n";
/** What separates other files for models without a token for that. */
const snippetSeparator = "\n\n--- snippet ---\n\n";

/**
 * A fill-in-the-middle prompt as llama-server lays it out:
 *
 *   [REP]project [SEP]name text … [SEP]filename [PRE]prefix prompt [SUF]suffix [MID]
 *
 * The text far from the gap is cut to three quarters of a batch before it and one after it, and
 * other files, those first named first, to what the context leaves.
 * Source: `format_prompt_infill` in llama.cpp's server-common.cpp.
 */
export function infillTokens(
  vocabulary: InfillVocabulary,
  { prefix, suffix, prompt, extra }: InfillPrompt,
  { nBatch, nCtx, nPredict, isSuffixFirst }: InfillLimits,
): number[] {
  const { fim, bos, addsBos } = vocabulary;
  const plain = (text: string) => [...vocabulary.tokenize(text, false, false)];
  const begun = [...vocabulary.tokenize(prompt, false, true)];
  const quarter = Math.floor(nBatch / 4);
  const nSuffix = Math.max(0, quarter - (2 + begun.length));
  const before = [fim.pre, ...lastOf(plain(prefix), 3 * quarter), ...begun];
  const after = [fim.suf, ...plain(suffix).slice(0, nSuffix)];
  const nExtra = Math.max(0, nCtx - nBatch - 2 * nPredict);
  return [
    ...lastOf(otherFiles(vocabulary, extra, plain), nExtra),
    ...(addsBos ? [bos] : []),
    ...(isSuffixFirst ? [...after, ...before] : [...before, ...after]),
    fim.mid,
  ];
}

function otherFiles(
  { fim }: InfillVocabulary,
  extra: InfillPrompt["extra"],
  plain: (text: string) => number[],
): number[] {
  const tokens = fim.rep >= 0 ? [fim.rep, ...plain(projectName)] : [];
  for (const { filename, text } of extra) {
    if (fim.sep >= 0) tokens.push(fim.sep, ...plain(`${filename}\n`));
    else tokens.push(...plain(snippetSeparator));
    tokens.push(...plain(text));
  }
  if (fim.sep >= 0) tokens.push(fim.sep, ...plain(fileName));
  return tokens;
}

function lastOf(tokens: number[], n: number): number[] {
  return tokens.slice(Math.max(0, tokens.length - n));
}

/** Fill-in-the-middle tokens that a vocabulary lacks, in llama-server's words. */
export function missingFim({ pre, suf, mid }: InfillVocabulary["fim"]): string[] {
  const named = { prefix: pre, suffix: suf, middle: mid };
  return Object.entries(named).flatMap(([name, token]) =>
    token < 0 ? [`${name} token is missing.`] : [],
  );
}
