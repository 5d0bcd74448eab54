import { Elysia } from "elysia";
import { checkBody } from "../body.ts";
import { answers } from "../docs/answers.ts";
import { OpenAiError } from "../error-schema.ts";
import type { Gateway } from "../gateway.ts";
import { repeated } from "../native-request.ts";
import { toWish, withOptions } from "../ollama-options.ts";
import { toTextChunks, toTextCompletion } from "./completion-answer.ts";
import {
  checkAnswers,
  checkSuffix,
  toEcho,
  toGenerateOptions,
  toHabits,
  toTextPrompts,
} from "./completion-request.ts";
import { TextCompletion, TextCompletionChunk, TextCompletionRequest } from "./completion-schema.ts";
import { toHead } from "./head.ts";
import { checkAlternatives, either, isVerbose, nMaxOf, respond, toAnswering } from "./respond.ts";

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

async function complete(gateway: Gateway, sent: TextCompletionRequest, request: Request) {
  const { signal } = request;
  const wish = toWish(sent);
  const body = withOptions(sent);
  checkAlternatives(body, gateway);
  const early = toHabits(body, gateway.followsOpenAi, nMaxOf(gateway, null));
  const model = gateway.model(body.model, request.url);
  const options = toGenerateOptions({ ...body, verbose: isVerbose(body, gateway) }, early);
  const prompts = toTextPrompts(body, gateway.settings);
  checkAnswers(prompts.length, early);
  const info = await gateway.info(model, signal, wish);
  checkSuffix(body, info);
  const habits = toHabits(body, gateway.followsOpenAi, nMaxOf(gateway, info));
  const { nPerPrompt } = habits;
  const requests = prompts.flatMap((prompt) => repeated({ ...options, prompt }, nPerPrompt, info));
  const detokenize = async (tokens: number[]) =>
    (await gateway.ask(model, "detokenize", { tokens }, signal)).text;
  const echoes = body.echo ? await Promise.all(prompts.map((p) => toEcho(p, detokenize))) : [];
  const nTop = Number.POSITIVE_INFINITY;
  const asked = { head: toHead(model), model, info, wish, requests, nPerPrompt, nTop };
  const answering = { ...toAnswering(asked, body, gateway), echoes, habits };
  return respond<TextCompletion>(gateway, asked, body, signal, {
    whole: (all) => toTextCompletion(all, answering),
    chunks: (events) => toTextChunks(events, answering),
  });
}
