import { type Static, Type } from "@sinclair/typebox";
import { Elysia } from "elysia";
import { AppError } from "../../core/errors.ts";
import { metered } from "../caller.ts";
import { answers } from "../docs/answers.ts";
import type { Gateway } from "../gateway.ts";
import { checkInputs } from "../limits.ts";
import { optionFields } from "../ollama-options.ts";
import { object } from "../wire.ts";
import { askedFields, asking } from "./asking.ts";
import { bodyHook } from "./body.ts";
import { OllamaError } from "./schema.ts";

const { Optional, Integer, Boolean: bool, Number: number, String: text } = Type;

const RerankRequest = object(
  {
    model: Optional(text({ description: "Absent: the default model." })),
    query: text(),
    documents: Type.Array(text(), { minItems: 1 }),
    top_n: Optional(Integer({ minimum: 0, description: "List only so many of the best; 0: all." })),
    return_documents: Optional(bool({ default: false, description: "Repeat the documents." })),
    ...optionFields,
  },
  { title: "OllamaRerankRequest", examples: [{ query: "What is a panda?", documents: ["hi"] }] },
);
type RerankRequest = Static<typeof RerankRequest>;

const RerankResponse = object(
  {
    ...askedFields,
    results: Type.Array(
      object({ index: Integer(), relevance_score: number(), document: Optional(text()) }),
      { description: "The best first." },
    ),
    prompt_eval_count: Integer({ description: "Tokens of all pairs of query and document." }),
  },
  { title: "OllamaRerankResponse" },
);

/** POST /api/rerank, which Ollama's users have asked for since 2024 (ollama/ollama#3368). */
export function rerank(gateway: Gateway) {
  const rank = ({ body, request }: { body: RerankRequest; request: Request }) =>
    ranked(gateway, body, request);
  return new Elysia().post("/api/rerank", rank, {
    ...bodyHook(RerankRequest, gateway),
    response: RerankResponse,
    detail: {
      tags: ["Ollama"],
      summary: "Rerank",
      description: "Scores documents for a query, for models that are rerankers. Beyond Ollama.",
      responses: answers({ "application/json": RerankResponse }, OllamaError, [400, 404, 500, 503]),
    },
  });
}

/** @throws AppError unsupported for a model that is no reranker */
function ranked(gateway: Gateway, body: RerankRequest, request: Request) {
  checkInputs(body.documents.length, "documents", gateway.settings.limits);
  const { query, documents, top_n: nTop = 0, return_documents: repeats = false } = body;
  return asking(gateway, body, request, async ({ engine, model }) => {
    if (!engine.info.reranks) {
      const message = `${JSON.stringify(body.model || model.name)} does not support rerank`;
      throw new AppError("unsupported", message, { param: "model" });
    }
    const question = { query, documents };
    const rank = () => engine.call("rerank", question, request.signal);
    const { scores, nTokens } = await metered(rank);
    const best = [...scores.entries()].sort(([, a], [, b]) => b - a);
    const results = best.slice(0, nTop || best.length).map(([index, relevance_score]) => ({
      index,
      relevance_score,
      ...(repeats && { document: documents[index] ?? "" }),
    }));
    return { results, prompt_eval_count: nTokens };
  });
}
