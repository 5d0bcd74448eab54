import { type Static, Type } from "@sinclair/typebox";
import { Elysia } from "elysia";
import { checkBody } from "../body.ts";
import { answers } from "../docs/answers.ts";
import type { Gateway } from "../gateway.ts";
import { float } from "../native-settings.ts";
import { object } from "../wire.ts";
import { LlamaServerError } from "./schema.ts";

const { Optional, Integer, String: text } = Type;

const Adapter = object(
  {
    id: Integer(),
    path: text(),
    scale: Type.Number(),
    task_name: text(),
    prompt_prefix: text(),
  },
  { title: "LoraAdapter" },
);

const Scales = Type.Array(object({ id: Integer({ minimum: 0 }), scale: Optional(Type.Number()) }), {
  title: "LoraScales",
  description: '[{ "id": 0, "scale": 0.5 }], for as many adapters as there are; others get 0.',
  examples: [[]],
});

const Success = object({ success: Type.Literal(true) }, { title: "Success" });

const Query = object({ model: Optional(text()) });

/** LoRA adapters of a model, and the scales that requests get which are silent about them. */
export function lora(gateway: Gateway) {
  const list = async ({ query, request }: { query: Static<typeof Query>; request: Request }) => {
    const model = gateway.model(query.model, request.url);
    const { adapters } = await gateway.ask(model, "loraAdapters", {}, request.signal);
    return adapters.map(({ id, path, scale, taskName, promptPrefix }) => ({
      id,
      path,
      scale: float(scale),
      task_name: taskName,
      prompt_prefix: promptPrefix,
    }));
  };
  const set = async (context: {
    query: Static<typeof Query>;
    body: Static<typeof Scales>;
    request: Request;
  }) => {
    const { query, body, request } = context;
    const model = gateway.model(query.model, request.url);
    const scales = body.map(({ id, scale = 0 }) => ({ id, scale }));
    await gateway.ask(model, "setLora", { scales }, request.signal);
    return { success: true as const };
  };
  return new Elysia({ name: "llamacpp-lora" })
    .get("/lora-adapters", list, {
      query: Query,
      response: Type.Array(Adapter),
      detail: {
        tags: ["llama.cpp"],
        summary: "LoRA adapters",
        description: "The adapters of the command line, with their scales.",
        responses: answers(
          { "application/json": Type.Array(Adapter) },
          LlamaServerError,
          [404, 500, 503],
        ),
      },
    })
    .post("/lora-adapters", set, {
      parse: "json",
      transform: checkBody(Scales),
      query: Query,
      body: Scales,
      response: Success,
      detail: {
        tags: ["llama.cpp"],
        summary: "Set LoRA scales",
        description: "Adapters that are not listed get 0.",
        responses: answers({ "application/json": Success }, LlamaServerError, [400, 404, 500, 503]),
      },
    });
}
