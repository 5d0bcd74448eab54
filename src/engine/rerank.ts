/** What of a model the prompts of reranking are made of. */
export interface RerankVocabulary {
  bos: number;
  eos: number;
  sep: number;
  addsBos: boolean;
  addsEos: boolean;
  addsSep: boolean;
  tokenize(text: string, addSpecial: boolean, parseSpecial: boolean): Iterable<number>;
}

/**
 * What a reranker reads of a query and a document: its file's own template, or
 * [BOS] query [EOS] [SEP] document [EOS], as far as the vocabulary has them.
 * @param template the file's, with {query} and {document} in it; null: it has none
 * Source: `format_prompt_rerank` in llama.cpp's server-common.cpp.
 */
export function rerankTokens(
  vocabulary: RerankVocabulary,
  template: string | null,
  query: string,
  document: string,
): number[] {
  if (template !== null) {
    const text = template
      .replaceAll("{query}", () => query)
      .replaceAll("{document}", () => document);
    return [...vocabulary.tokenize(text, false, true)];
  }
  const { bos, sep, addsBos, addsEos, addsSep } = vocabulary;
  const eos = vocabulary.eos >= 0 ? vocabulary.eos : sep;
  const end = addsEos ? [eos] : [];
  return [
    ...(addsBos ? [bos] : []),
    ...vocabulary.tokenize(query, false, false),
    ...end,
    ...(addsSep ? [sep] : []),
    ...vocabulary.tokenize(document, false, false),
    ...end,
  ];
}
