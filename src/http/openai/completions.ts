import { Elysia } from "elysia";
import { checkBody } from "../body.ts";
import { answers } from "../docs/answers.ts";
import { OpenAiError } from "../error-schema.ts";
import type { Gateway } from "../gateway.ts";
import { repeated, toNCompletions } from "../native-request.ts";
import { toTextChunks, toTextCompletion } from "./completion-answer.ts";
import { checkSuffix, toEcho, toGenerateOptions, toTextPrompts } from "./completion-request.ts";
import { TextCompletion, TextCompletionChunk, TextCompletionRequest } from "./completion-schema.ts";
import { toHead } from "./head.ts";
import { either, isVerbose, respond, toAnswering } from "./respond.ts";

/** OpenAI's older API, of texts that go on. */
export function completions(gateway: Gateway) {
  return new Elysia({ name: "openai-completions" }).post(
    "/v1/completions",
    ({ body, request }) => either(complete(gateway, body, request)),
    {
      parse: "json",
      transform: checkBody(TextCompletionRequest),
      body: TextCompletionRequest,
      response: TextCompletion,
      detail: {
        tags: ["OpenAI"],
        summary: "Text completion",
        description:
          "Continues a text, or several. A stream of server-sent events ends with " +
          "`data: [DONE]`. null means the same as an absent field.",
        responses: answers(
          { "application/json": TextCompletion, "text/event-stream": TextCompletionChunk },
          OpenAiError,
          [400, 404, 500, 503],
        ),
      },
    },
  );
}

async function complete(gateway: Gateway, body: TextCompletionRequest, request: Request) {
  const { signal } = request;
  const model = gateway.model(body.model, request.url);
  const options = toGenerateOptions({ ...body, verbose: isVerbose(body, gateway) });
  const prompts = toTextPrompts(body, gateway.settings.mediaMarker);
  const info = await gateway.info(model, signal);
  checkSuffix(body, info);
  const n = toNCompletions(body, info);
  const requests = prompts.flatMap((prompt) => repeated({ ...options, prompt }, n, info));
  const detokenize = async (tokens: number[]) =>
    (await gateway.ask(model, "detokenize", { tokens }, signal)).text;
  const echoes = body.echo ? await Promise.all(prompts.map((p) => toEcho(p, detokenize))) : [];
  const nTop = Number.POSITIVE_INFINITY;
  const asked = { head: toHead(model), model, info, requests, nPerPrompt: n, nTop };
  const echoing = { ...toAnswering(asked, body, gateway), echoes };
  return respond<TextCompletion>(gateway, asked, body, signal, {
    whole: (all) => toTextCompletion(all, echoing),
    chunks: (events) => toTextChunks(events, echoing),
  });
}
