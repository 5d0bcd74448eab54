import { Elysia } from "elysia";
import { envelopeOf, noSuchPath } from "../envelopes.ts";
import { errorResponse } from "../errors.ts";
import type { Gateway } from "../gateway.ts";
import { applyTemplate } from "./apply-template.ts";
import { chat } from "./chat.ts";
import { completions } from "./completions.ts";
import { embeddings } from "./embeddings.ts";
import { models } from "./models.ts";

/** OpenAI's API, and llama-server's /apply-template, which keeps its own form of errors. */
export function openai(gateway: Gateway) {
  const { profile } = gateway.settings;
  return new Elysia({ name: "openai" })
    .use(applyTemplate(gateway)) // before `onError`, which would win over its own
    .onError(({ error, request }) => errorResponse(error, envelopeOf(request, profile)))
    .use(chat(gateway))
    .use(completions(gateway))
    .use(embeddings(gateway))
    .use(models(gateway))
    .all("/v1/*", ({ request }) => noSuchPath(request, profile), {
      detail: { hide: true },
    });
}
