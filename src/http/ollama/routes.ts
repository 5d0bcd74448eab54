import { Elysia, NotFoundError } from "elysia";
import { answers } from "../docs/answers.ts";
import { toAppError } from "../errors.ts";
import type { Gateway } from "../gateway.ts";
import { chat } from "./chat.ts";
import { toErrorBody } from "./response.ts";
import { OllamaError, Version } from "./schema.ts";

/** Ollama's API. */
export function ollama(gateway: Gateway) {
  const { version } = gateway;
  return new Elysia({ name: "ollama" })
    .onError(({ error }) => {
      const e = toAppError(error);
      return Response.json(toErrorBody(e), { status: e.status });
    })
    .use(chat(gateway))
    .get("/api/version", () => ({ version }), {
      response: Version,
      detail: {
        tags: ["Ollama"],
        summary: "Version",
        description: "The version of Hutch.",
        responses: answers({ "application/json": Version }, OllamaError, [500]),
      },
    })
    .all("/api/*", unknownPath, { detail: { hide: true } });
}

/** Clients of this dialect expect its own envelope for a path that is not there, too. */
function unknownPath(): never {
  throw new NotFoundError();
}
