import { Elysia } from "elysia";
import { AppError } from "../../core/errors.ts";
import type { Model } from "../../models/catalog.ts";
import { checkBody } from "../body.ts";
import { answers } from "../docs/answers.ts";
import { checkEmbeds, embed, toWireVector } from "../embedding.ts";
import { OpenAiError } from "../error-schema.ts";
import type { Gateway } from "../gateway.ts";
import { EmbeddingList, EmbeddingsAnswer, EmbeddingsRequest } from "./embeddings-schema.ts";

/** OpenAI's embeddings. */
export function embeddings(gateway: Gateway) {
  return new Elysia({ name: "openai-embeddings" }).post(
    "/v1/embeddings",
    ({ body, request }) => embedAll(gateway, body, request),
    {
      parse: "json",
      transform: checkBody(EmbeddingsRequest),
      body: EmbeddingsRequest,
      response: EmbeddingsAnswer,
      detail: {
        tags: ["OpenAI"],
        summary: "Embeddings",
        description:
          "A vector for each input; inputs are decoded together where they fit. With " +
          "llama-server's command line only after `--embeddings`.",
        responses: answers(
          { "application/json": EmbeddingList },
          OpenAiError,
          [400, 404, 500, 501, 503],
        ),
      },
    },
  );
}

/** Embeds all inputs. @throws AppError */
export async function embedAll(
  gateway: Gateway,
  body: EmbeddingsRequest,
  { url, signal }: Request,
) {
  const model = gateway.model(body.model, url);
  const { dimensions, encoding_format: format } = body;
  if (dimensions !== undefined && (body.embd_normalize ?? euclidean) !== euclidean) {
    throw bad("dimensions", "`dimensions` excludes every `embd_normalize` but 2");
  }
  const answer = await embeddingsOf(gateway, model, body, signal);
  const vectors = answer.embeddings.map(([vector]) => {
    if (!vector) throw new Error("every input has a vector");
    return dimensions === undefined ? vector : cut(vector, dimensions);
  });
  if (body.input === undefined) {
    return vectors.map((vector, index) => ({ index, embedding: [toWireVector(vector, format)] }));
  }
  const nTokens = answer.nTokens.reduce((sum, n) => sum + n, 0);
  return {
    object: "list" as const,
    model: body.model ?? model.name,
    data: vectors.map((vector, index) => ({
      object: "embedding" as const,
      index,
      embedding: toWireVector(vector, format),
      ...(format === "base64" && { encoding_format: format }),
    })),
    usage: { prompt_tokens: nTokens, total_tokens: nTokens },
  };
}

async function embeddingsOf(
  gateway: Gateway,
  model: Model,
  body: EmbeddingsRequest,
  signal: AbortSignal,
) {
  const info = await gateway.info(model, signal);
  checkEmbeds(info, gateway.settings);
  if (info.pooling === "none") {
    const hint = "Please use a different pooling type";
    throw new AppError("invalid_request", `Pooling type 'none' is not OAI compatible. ${hint}`);
  }
  const param = body.input === undefined ? "content" : "input";
  const inputs = body[param];
  if (inputs === undefined) throw bad("input", '"input" or "content" must be provided');
  return embed(gateway, model, { ...body, param, inputs }, signal);
}

/** The 2-norm, OpenAI's. */
const euclidean = 2;

/** The first `n` numbers of a vector, made as long as 1 again. @throws AppError invalid_request */
function cut(vector: Float32Array, n: number): Float32Array {
  if (n > vector.length) {
    const message = `\`dimensions\` can be at most ${vector.length} for this model`;
    throw bad("dimensions", message);
  }
  const shorter = vector.subarray(0, n);
  const length = Math.hypot(...shorter);
  return length > 0 ? shorter.map((x) => x / length) : shorter;
}

function bad(param: string, message: string): AppError {
  return new AppError("invalid_request", message, { param });
}
