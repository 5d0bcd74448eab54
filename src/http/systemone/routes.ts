import { Elysia } from "elysia";
import { AppError } from "../../core/errors.ts";
import { checkBody } from "../body.ts";
import { answers } from "../docs/answers.ts";
import { errorResponse } from "../errors.ts";
import { collectAll, fanOut } from "../fan-out.ts";
import type { Gateway } from "../gateway.ts";
import { Generation } from "../generation.ts";
import { toKeepAliveMs } from "../keep-alive.ts";
import { toCase, toRequests } from "./request.ts";
import { toErrorBody, toResponse } from "./response.ts";
import { SystemOneError, SystemOneRequest, SystemOneResponse } from "./schema.ts";

/** System One: decisions with probabilities instead of text, as Ollama and TypeSafe have it. */
export function systemone(gateway: Gateway) {
  return new Elysia({ name: "systemone" })
    .onError(({ error }) => errorResponse(error, toErrorBody))
    .post("/v1/systemone", ({ body, request }) => decide(gateway, body, request), {
      parse: "json",
      transform: checkBody(SystemOneRequest),
      body: SystemOneRequest,
      response: SystemOneResponse,
      detail: {
        tags: ["Ollama"],
        summary: "Decisions",
        description:
          "Answers questions about a state with probabilities instead of text. Every model that " +
          "generates can: each question is one token, a letter for each option, and the answer " +
          "is how likely the model finds each letter. Ollama itself asks only models with the " +
          "capability `decision`; these are given the prompt that they were trained on, others a " +
          "plain question, and their probabilities are as good as the model is calibrated. " +
          "The model does not think first.",
        responses: answers(
          { "application/json": SystemOneResponse },
          SystemOneError,
          [400, 404, 500, 503],
        ),
      },
    });
}

/** @throws AppError */
async function decide(gateway: Gateway, body: SystemOneRequest, { url, signal }: Request) {
  const { keep_alive: keepAlive } = body;
  const asked = toCase(body);
  const keepAliveMs = keepAlive === undefined ? undefined : toKeepAliveMs(keepAlive, "keep_alive");
  const model = gateway.model(body.model, url);
  const name = body.model || model.name;
  const { generates, nParallel } = await gateway.info(model, signal);
  if (!generates) {
    const message = `${JSON.stringify(name)} does not support decision`;
    throw new AppError("unsupported", message, { param: "model" });
  }
  const isTrained = model.stored?.config.capabilities?.includes("decision") ?? false;
  const generations = toRequests(asked, isTrained).map(
    (request) => new Generation(gateway, model, request, { keepAliveMs }),
  );
  const events = fanOut(generations, nParallel, signal, true);
  return toResponse(name, asked.decisions, await collectAll(events, generations.length));
}
