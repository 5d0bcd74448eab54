import { type Static, Type } from "@sinclair/typebox";
import { Elysia } from "elysia";
import { AppError } from "../../core/errors.ts";
import { checkBody } from "../body.ts";
import { metered } from "../caller.ts";
import { answers } from "../docs/answers.ts";
import { checkEmbeds, embed, embeddingFields, toWireVector } from "../embedding.ts";
import { OpenAiError } from "../error-schema.ts";
import type { Gateway } from "../gateway.ts";
import { checkInputs } from "../limits.ts";
import { Prompts } from "../prompts.ts";
import { object } from "../wire.ts";
import { LlamaServerError } from "./schema.ts";

const { Optional, Integer, String: text } = Type;

const EmbeddingRequest = object(
  {
    model: Optional(text({ description: "A name from /v1/models; absent: the default model." })),
    content: Optional(Prompts),
    input: Optional(Prompts),
    ...embeddingFields,
  },
  { title: "EmbeddingRequest", examples: [{ content: "Hello" }] },
);
type EmbeddingRequest = Static<typeof EmbeddingRequest>;

const EmbeddingResponse = Type.Array(
  object({
    index: Integer(),
    embedding: Type.Array(Type.Union([Type.Array(Type.Number()), text()]), {
      description: "One vector, or, with pooling none, one for each token.",
    }),
  }),
  { title: "EmbeddingResponse" },
);

const RerankRequest = object(
  {
    model: Optional(text()),
    query: text(),
    documents: Optional(Type.Array(text(), { minItems: 1 })),
    texts: Optional(
      Type.Array(text(), { minItems: 1, description: "The documents, in TEI's form." }),
    ),
    top_n: Optional(Integer({ minimum: 1, description: "List only so many of the best." })),
    return_text: Optional(Type.Boolean({ description: "In TEI's form: repeat the texts." })),
  },
  { title: "RerankRequest", examples: [{ query: "What is a panda?", documents: ["hi", "bear"] }] },
);
type RerankRequest = Static<typeof RerankRequest>;

const RerankResponse = object(
  {
    model: text(),
    object: Type.Literal("list"),
    usage: object({ prompt_tokens: Integer(), total_tokens: Integer() }),
    results: Type.Array(object({ index: Integer(), relevance_score: Type.Number() })),
  },
  { title: "RerankResponse" },
);

/** TEI's answer: bare, best first. */
const TeiRanks = Type.Array(
  object({ index: Integer(), score: Type.Number(), text: Optional(text()) }),
  { title: "TeiRanks" },
);

/** Vectors and ranks. */
export function embedding(gateway: Gateway) {
  const vectors = async ({ body, request }: { body: EmbeddingRequest; request: Request }) => {
    const { url, signal } = request;
    const model = gateway.model(body.model, url);
    checkEmbeds(await gateway.info(model, signal), gateway.settings);
    const param = body.input === undefined ? "content" : "input";
    const inputs = body[param];
    if (inputs === undefined) throw bad("content", '"input" or "content" must be provided');
    const { embeddings } = await embed(gateway, model, { ...body, param, inputs }, signal);
    return embeddings.map((rows, index) => ({
      index,
      embedding: rows.map((row) => toWireVector(row, body.encoding_format)),
    }));
  };
  const rank = ({ body, request }: { body: RerankRequest; request: Request }) =>
    rerank(gateway, body, request);
  return new Elysia({ name: "llamacpp-embedding" })
    .post("/embedding", vectors, embeddingHook("Embeddings"))
    .post("/embeddings", vectors, embeddingHook("Embeddings (alias)"))
    .post("/rerank", rank, rerankHook("Rerank"))
    .post("/reranking", rank, rerankHook("Rerank (alias)"))
    .post("/v1/rerank", rank, rerankHook("Rerank (alias)"))
    .post("/v1/reranking", rank, rerankHook("Rerank (alias)"));
}

async function rerank(gateway: Gateway, body: RerankRequest, { url, signal }: Request) {
  const model = gateway.model(body.model, url);
  const { reranks } = await gateway.info(model, signal);
  if (!reranks) {
    const message = "This server does not support reranking. Start it with `--reranking`";
    throw new AppError("switched_off", message);
  }
  const { query, texts: teiTexts } = body;
  const documents = body.documents ?? teiTexts;
  if (!documents) throw bad("documents", '"documents" must be a non-empty string array');
  checkInputs(documents.length, "documents", gateway.settings.limits);
  const asked = { query, documents };
  const rank = () => gateway.ask(model, "rerank", asked, signal);
  const { scores, nTokens } = await metered(rank);
  const best = [...scores.entries()]
    .sort(([, a], [, b]) => b - a)
    .slice(0, body.top_n ?? scores.length);
  if (teiTexts) {
    return best.map(([index, score]) => ({
      index,
      score,
      ...(body.return_text && { text: documents[index] ?? "" }),
    }));
  }
  return {
    model: body.model ?? model.name,
    object: "list" as const,
    usage: { prompt_tokens: nTokens, total_tokens: nTokens },
    results: best.map(([index, relevance_score]) => ({ index, relevance_score })),
  };
}

function bad(param: string, message: string): AppError {
  return new AppError("invalid_request", message, { param });
}

function embeddingHook(summary: string) {
  return {
    parse: "json" as const,
    transform: checkBody(EmbeddingRequest),
    body: EmbeddingRequest,
    response: EmbeddingResponse,
    detail: {
      tags: ["llama.cpp"],
      summary,
      description:
        "One entry for each input, whatever the pooling; inputs are decoded together where they " +
        "fit. With llama-server's command line only after `--embeddings`.",
      responses: answers(
        { "application/json": EmbeddingResponse },
        LlamaServerError,
        [400, 404, 500, 501, 503],
      ),
    },
  };
}

function rerankHook(summary: string) {
  const Response = Type.Union([RerankResponse, TeiRanks]);
  return {
    parse: "json" as const,
    transform: checkBody(RerankRequest),
    body: RerankRequest,
    response: Response,
    detail: {
      tags: ["llama.cpp"],
      summary,
      description:
        "Scores documents for a query, the best first; for models loaded with rank pooling. With " +
        "`documents` in Jina's form, with `texts` in that of text-embeddings-inference.",
      responses: answers({ "application/json": Response }, OpenAiError, [400, 404, 500, 501, 503]),
    },
  };
}
