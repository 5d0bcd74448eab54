import { Elysia } from "elysia";
import { answers } from "../docs/answers.ts";
import type { Gateway } from "../gateway.ts";
import { Health, LlamaServerError } from "./schema.ts";

/** Whether the server takes work, for whoever shares work out. */
export function ready(gateway: Gateway) {
  const check = () => {
    const why = gateway.requests.refusal ?? gateway.illness;
    if (why) throw why;
    return { status: "ok" as const };
  };
  return new Elysia({ name: "ready" }).get("/ready", check, {
    response: Health,
    detail: {
      tags: ["llama.cpp"],
      summary: "Readiness",
      description:
        "200 when a request would be served now; 503 while the default model loads, when it " +
        "could not be loaded, and once the server was told to end.",
      responses: answers({ "application/json": Health }, LlamaServerError, [503]),
    },
  });
}
