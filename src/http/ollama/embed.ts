import { Elysia } from "elysia";
import type { EmbedAnswer } from "../../core/calls.ts";
import { AppError } from "../../core/errors.ts";
import type { ModelInfo } from "../../core/generate.ts";
import type { Lease } from "../../supervisor/supervisor.ts";
import { metered } from "../caller.ts";
import { answers } from "../docs/answers.ts";
import type { Gateway } from "../gateway.ts";
import { checkInputs } from "../limits.ts";
import type { OllamaOptions } from "../ollama-options.ts";
import { asking } from "./asking.ts";
import { bodyHook } from "./body.ts";
import {
  EmbeddingsRequest,
  EmbeddingsResponse,
  EmbedRequest,
  EmbedResponse,
} from "./embed-schema.ts";
import { OllamaError } from "./schema.ts";

/** POST /api/embed, and /api/embeddings, its predecessor. */
export function embed(gateway: Gateway) {
  return new Elysia()
    .post("/api/embed", ({ body, request }) => embedAll(gateway, body, request), {
      ...bodyHook(EmbedRequest, gateway, checkInput),
      response: EmbedResponse,
      detail: {
        tags: ["Ollama"],
        summary: "Embeddings",
        description: "A vector for each input; inputs are decoded together where they fit.",
        responses: answers({ "application/json": EmbedResponse }, OllamaError, statuses),
      },
    })
    .post("/api/embeddings", ({ body, request }) => embedOne(gateway, body, request), {
      ...bodyHook(EmbeddingsRequest, gateway),
      response: EmbeddingsResponse,
      detail: {
        tags: ["Ollama"],
        summary: "Embedding (older route)",
        description: "The vector of one text. That of an encoder such as BERT is not normalised.",
        responses: answers({ "application/json": EmbeddingsResponse }, OllamaError, statuses),
      },
    });
}

const statuses = [400, 404, 500, 503];

/** @throws AppError invalid_request, in Ollama's words */
function checkInput({ input }: Record<string, unknown>): void {
  const isText = (one: unknown) => typeof one === "string";
  if (input === undefined || input === null || isText(input)) return;
  if (Array.isArray(input) && input.every(isText)) return;
  throw new AppError("invalid_request", "invalid input type", { param: "input" });
}

const missing = (name: string) => `model "${name}" not found, try pulling it first`;

function embedAll(gateway: Gateway, body: EmbedRequest, request: Request) {
  const { input = [], truncate = true, dimensions = 0, options } = body;
  const inputs = typeof input === "string" ? [input].filter((text) => text !== "") : input;
  checkInputs(inputs.length, "input", gateway.settings.limits);
  const asked = { inputs, truncate, options, normalize: () => euclidean };
  const ask = async (lease: Lease) => {
    const { embeddings, nTokens, nDropped = 0 } = await vectorsOf(lease, asked, request.signal);
    return {
      embeddings: embeddings.map((vector) => [...cut(vector, dimensions)]),
      prompt_eval_count: nTokens.reduce((sum, n) => sum + n, 0),
      ...(nDropped > 0 && { prompt_tokens_dropped: nDropped }),
    };
  };
  return asking(gateway, body, request, ask, missing);
}

async function embedOne(gateway: Gateway, body: EmbeddingsRequest, request: Request) {
  const { prompt = "", options } = body;
  const inputs = [prompt].filter((text) => text !== "");
  const normalize = (info: ModelInfo) => (isBareEncoder(info) ? asItIs : euclidean);
  const asked = { inputs, truncate: true, options, normalize };
  const ask = (lease: Lease) => vectorsOf(lease, asked, request.signal);
  const { embeddings } = await asking(gateway, body, request, ask, missing);
  return { embedding: [...(embeddings[0] ?? [])] };
}

/** `EmbedRequest.normalize`. */
const euclidean = 2;
const asItIs = -1;

/** Families whose vectors the older route has never normalised. */
function isBareEncoder({ description }: ModelInfo): boolean {
  return /^(nomic-)?bert\b/.test(description);
}

interface Asked {
  inputs: string[];
  options: OllamaOptions | undefined;
  truncate: boolean;
  normalize(info: ModelInfo): number;
}

/** One vector for each input. @throws AppError */
async function vectorsOf(
  { engine }: Lease,
  { inputs: texts, truncate, normalize, options = {} }: Asked,
  signal: AbortSignal,
): Promise<Omit<EmbedAnswer, "embeddings"> & { embeddings: Float32Array[] }> {
  if (texts.length === 0) return { embeddings: [], nTokens: [] };
  const inputs = texts.map((text) => ({ type: "text" as const, parts: [text] }));
  const nCtx = options.num_ctx;
  const question = { inputs, truncate, normalize: normalize(engine.info), nCtx };
  const embed = () => engine.call("embed", question, signal);
  const answer = await metered(embed).catch((error) => {
    throw truncate ? error : inOllamasWords(error);
  });
  const embeddings = answer.embeddings.map(([vector, ...others]) => {
    if (vector && others.length === 0) return vector;
    const message = "this model has a vector for each token, and none for a whole text";
    throw new AppError("unsupported", message, { param: "model" });
  });
  return { ...answer, embeddings };
}

/** What is too large for one run of the model's graph is too long for it, too. */
function inOllamasWords(error: unknown): unknown {
  const isTooLong =
    error instanceof AppError &&
    (error.code === "context_length_exceeded" || /too large/.test(error.message));
  if (!isTooLong) return error;
  const { details, param = "input" } = error;
  const message = "the input length exceeds the context length";
  return new AppError("context_length_exceeded", message, { details, param, cause: error });
}

/** The first `n` numbers of a vector, made as long as 1 again; 0: all. */
function cut(vector: Float32Array, n: number): Float32Array {
  if (n === 0 || n >= vector.length) return vector;
  const shorter = vector.subarray(0, n);
  const length = Math.hypot(...shorter);
  return length > 0 ? shorter.map((x) => x / length) : shorter;
}
