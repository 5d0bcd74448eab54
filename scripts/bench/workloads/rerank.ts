import { postJson } from "../events.ts";
import type { RunningServer } from "../server.ts";
import type { Stage } from "../stage.ts";
import type { Load, Workload } from "../workload.ts";

const nDocuments = 32;
const nWordsQuery = 8;
const nWordsDocument = 64;
const nQueries = 8;

interface RerankAnswer {
  readonly results: readonly { readonly relevance_score: number }[];
}

const rerank: Workload = {
  name: `1 query, ${nDocuments} documents`,
  description:
    `One client has ${nDocuments} documents of about ${nWordsDocument} tokens ranked for a query ` +
    `of ${nWordsQuery}, over and over; every pair is new.`,
  metrics: {
    rate: { label: "documents ranked", unit: "documents/s", better: "higher" },
  },
  async run(server, load) {
    const requests = Array.from({ length: load.tokens(nQueries) }, () => requestOf(load));
    const startMs = performance.now();
    for (const request of requests) await rank(server, request, load.signal);
    return { rate: ((requests.length * nDocuments) / (performance.now() - startMs)) * 1000 };
  },
};

interface RerankRequest {
  readonly query: string;
  readonly documents: readonly string[];
}

function requestOf({ nextPrompt }: Load): RerankRequest {
  const documents = Array.from({ length: nDocuments }, () => nextPrompt(nWordsDocument));
  return { query: nextPrompt(nWordsQuery), documents };
}

/** @throws Error unless every document got a score */
async function rank(
  { baseUrl }: RunningServer,
  request: RerankRequest,
  signal: AbortSignal,
): Promise<void> {
  const response = await postJson(`${baseUrl}/v1/rerank`, request, signal);
  const { results } = (await response.json()) as RerankAnswer;
  const scores = results.map((result) => result.relevance_score).filter(Number.isFinite);
  if (scores.length !== nDocuments) throw new Error(`${scores.length} scores`);
}

export const rerankStage: Stage = {
  name: "rerank",
  models: ["reranker-small"],
  nParallel: 8,
  nCtxSeq: 512,
  flags: () => ({ both: ["--reranking"] }),
  warmUp: (server, load) => rank(server, requestOf(load), load.signal),
  workloads: [rerank],
};
