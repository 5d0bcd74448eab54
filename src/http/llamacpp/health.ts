import { Elysia } from "elysia";
import { answers } from "../docs/answers.ts";
import type { Gateway } from "../gateway.ts";
import { Health, LlamaServerError } from "./schema.ts";

/** Whether the server can answer. */
export function health(gateway: Gateway) {
  const check = () => {
    const { illness } = gateway;
    if (illness) throw illness;
    return { status: "ok" as const };
  };
  const hook = (summary: string) => ({
    response: Health,
    detail: {
      tags: ["llama.cpp"],
      summary,
      description: "200 when the default model is loaded; 503 while it loads or when it could not.",
      responses: answers({ "application/json": Health }, LlamaServerError, [503]),
    },
  });
  return new Elysia({ name: "llamacpp-health" })
    .get("/health", check, hook("Health"))
    .get("/v1/health", check, hook("Health (alias)"));
}
