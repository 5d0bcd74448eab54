import { Type } from "@sinclair/typebox";
import { Elysia } from "elysia";
import type { GenerateRequest, ModelInfo } from "../../core/generate.ts";
import { checkBody } from "../body.ts";
import { answers } from "../docs/answers.ts";
import { toErrorBody } from "../errors.ts";
import { collectAll, fanOut } from "../fan-out.ts";
import type { Gateway } from "../gateway.ts";
import { Generation } from "../generation.ts";
import { Completion, CompletionPiece, selectFields, toCompletion } from "../native-answer.ts";
import { toPingSeconds } from "../native-request.ts";
import { sse } from "../sse.ts";
import { withoutStopProbs } from "../stop-probs.ts";
import { toCompletionRequests, toInfillRequests } from "./request.ts";
import { toEvents } from "./response.ts";
import { CompletionRequest, InfillRequest, LlamaServerError } from "./schema.ts";

/** Text that goes on: POST /completion and /infill. */
export function completion(gateway: Gateway) {
  const { settings } = gateway;
  const complete = ({ body, request }: { body: CompletionRequest; request: Request }) =>
    answer(gateway, body, request, (info) => toCompletionRequests(body, info, settings));
  const infill = ({ body, request }: { body: InfillRequest; request: Request }) =>
    answer(gateway, body, request, (info) => toInfillRequests(body, info));
  return new Elysia({ name: "llamacpp-completion" })
    .post("/completion", complete, hook(CompletionRequest, "Text completion"))
    .post("/completions", complete, hook(CompletionRequest, "Text completion (alias)"))
    .post("/infill", infill, hook(InfillRequest, "Code infill", [400, 404, 500, 501, 503]));
}

async function answer(
  gateway: Gateway,
  body: CompletionRequest | InfillRequest,
  { url, signal }: Request,
  toRequests: (info: ModelInfo) => GenerateRequest[],
): Promise<Response | object> {
  const model = gateway.model(body.model, url);
  const info = await gateway.info(model, signal);
  const requests = toRequests(info);
  const generations = requests.map((request) => new Generation(gateway, model, request));
  const responseFields = body.response_fields ?? [];
  const form = { requests, body, model: model.name, info, responseFields };
  if (body.stream) {
    const open = (until: AbortSignal) => toEvents(fanOut(generations, info.nParallel, until), form);
    const pingSeconds = toPingSeconds(body, gateway.settings);
    return sse({ open, signal, toErrorBody }, { pingSeconds });
  }
  const events = fanOut(generations, info.nParallel, signal, true);
  const collected = await collectAll(events, generations.length);
  const whole = await Promise.all(
    collected.map((one) => withoutStopProbs(gateway, model, one, signal)),
  );
  const results = whole.map((one, index) =>
    selectFields(toCompletion(one, index, form), responseFields),
  );
  return (results.length === 1 && results[0]) || results;
}

function hook<Body extends typeof CompletionRequest | typeof InfillRequest>(
  body: Body,
  summary: string,
  errors = [400, 404, 500, 503],
) {
  return {
    parse: "json" as const,
    transform: checkBody(body),
    body,
    detail: {
      tags: ["llama.cpp"],
      summary,
      description:
        "Continues a text. Several prompts, or `n`, are answered by a list. A stream of " +
        "server-sent events ends with the one that has `stop: true`, and has no `[DONE]`. " +
        "null means the same as an absent field.",
      responses: answers(
        {
          "application/json": Type.Union([Completion, Type.Array(Completion)]),
          "text/event-stream": Type.Union([CompletionPiece, Completion]),
        },
        LlamaServerError,
        errors,
      ),
    },
  };
}
