import { Elysia, NotFoundError } from "elysia";
import { answers } from "../docs/answers.ts";
import { errorResponse } from "../errors.ts";
import type { Gateway } from "../gateway.ts";
import { blobs } from "./blobs.ts";
import { chat } from "./chat.ts";
import { copy } from "./copy.ts";
import { create } from "./create.ts";
import { remove } from "./delete.ts";
import { embed } from "./embed.ts";
import { generate } from "./generate.ts";
import { ps } from "./ps.ts";
import { pull } from "./pull.ts";
import { push } from "./push.ts";
import { rerank } from "./rerank.ts";
import { toErrorBody } from "./response.ts";
import { OllamaError, Version } from "./schema.ts";
import { show } from "./show.ts";
import { tags } from "./tags.ts";
import { vocabulary } from "./vocabulary.ts";

/** Ollama's API. */
export function ollama(gateway: Gateway) {
  const { version } = gateway;
  return new Elysia({ name: "ollama" })
    .onError(({ error }) => errorResponse(error, toErrorBody))
    .use(chat(gateway))
    .use(generate(gateway))
    .use(create(gateway))
    .use(embed(gateway))
    .use(vocabulary(gateway))
    .use(rerank(gateway))
    .use(tags(gateway))
    .use(show(gateway))
    .use(copy(gateway))
    .use(remove(gateway))
    .use(blobs(gateway))
    .use(ps(gateway))
    .use(pull(gateway))
    .use(push(gateway))
    .get("/api/version", () => ({ version }), {
      response: Version,
      detail: {
        tags: ["Ollama"],
        summary: "Version",
        description: "The version of Hutch.",
        responses: answers({ "application/json": Version }, OllamaError, [500]),
      },
    })
    .head("/api/version", () => ({ version }), { detail: { hide: true } })
    .all("/api/*", notFound, { detail: { hide: true } });
}

/** Told in this dialect's own envelope. */
function notFound(): never {
  throw new NotFoundError();
}
