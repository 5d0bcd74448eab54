import { Elysia } from "elysia";
import { errorResponse } from "../errors.ts";
import type { Gateway } from "../gateway.ts";
import { chat } from "./chat.ts";
import { completions } from "./completions.ts";
import { embeddings } from "./embeddings.ts";
import { models } from "./models.ts";

/** OpenAI's API. */
export function openai(gateway: Gateway) {
  return new Elysia({ name: "openai" })
    .onError(({ error }) => errorResponse(error))
    .use(chat(gateway))
    .use(completions(gateway))
    .use(embeddings(gateway))
    .use(models(gateway));
}
