import { type Static, Type } from "@sinclair/typebox";
import { AppError } from "../core/errors.ts";
import type { Model } from "../models/catalog.ts";
import type { Gateway } from "./gateway.ts";
import { object } from "./wire.ts";

const { Integer, Null, String: text } = Type;

/** A model in Anthropic's lists, which share their paths with OpenAI's. */
export const AnthropicModel = object(
  {
    id: text(),
    type: Type.Literal("model"),
    display_name: text(),
    created_at: text({ format: "date-time", description: "When the file was last changed." }),
    max_input_tokens: Type.Union([Integer(), Null()], {
      description: "Tokens of one request, prompt and answer. Known once the model was loaded.",
    }),
    max_tokens: Type.Union([Integer(), Null()]),
    lifecycle: Type.Literal("active"),
    deprecated_at: Null(),
    retires_at: Null(),
    line: Null(),
    capabilities: Null(),
  },
  { title: "AnthropicModel" },
);
export type AnthropicModel = Static<typeof AnthropicModel>;

export const AnthropicModelList = object(
  {
    data: Type.Array(AnthropicModel),
    has_more: Type.Boolean(),
    first_id: Type.Union([text(), Null()]),
    last_id: Type.Union([text(), Null()]),
  },
  { title: "AnthropicModelList" },
);

/** Anthropic's clients always say which version of its API they speak. */
export const isForAnthropic = (headers: Headers) => headers.has("anthropic-version");

/** Loads nothing. */
export function toAnthropicModel(gateway: Gateway, model: Model): AnthropicModel {
  const nCtx = gateway.supervisor.info(model)?.nCtxSeq ?? null;
  return {
    id: model.name,
    type: "model",
    display_name: model.name,
    created_at: new Date(model.modifiedAt).toISOString(),
    max_input_tokens: nCtx,
    max_tokens: nCtx,
    lifecycle: "active",
    deprecated_at: null,
    retires_at: null,
    line: null,
    capabilities: null,
  };
}

/** Models of a page, as Anthropic has it by default and at most. */
const nPageDefault = 20;
const nPageMax = 1000;

/** The page of `models` that `url` asks for. @throws AppError invalid_request */
export function toAnthropicList(gateway: Gateway, models: readonly Model[], url: string) {
  const { searchParams: query } = new URL(url);
  const stages = [...query.getAll("lifecycle"), ...query.getAll("lifecycle[]")];
  const listed = stages.length === 0 || stages.includes("active") ? models : [];
  const limit = Number(query.get("limit") ?? nPageDefault);
  if (!Number.isInteger(limit) || limit < 1 || limit > nPageMax) {
    throw bad("limit", `must be a number from 1 to ${nPageMax}`);
  }
  const [after, before] = [query.get("after_id"), query.get("before_id")];
  const at = (param: string, id: string) => {
    const index = listed.findIndex((model) => model.name === id);
    if (index < 0) throw bad(param, `names no model: ${JSON.stringify(id)}`);
    return index;
  };
  const from = after === null ? 0 : at("after_id", after) + 1;
  const to = before === null ? listed.length : at("before_id", before);
  const found = listed.slice(from, to);
  const page = before === null ? found.slice(0, limit) : found.slice(-limit);
  return {
    data: page.map((model) => toAnthropicModel(gateway, model)),
    has_more: page.length < found.length,
    first_id: page.at(0)?.name ?? null,
    last_id: page.at(-1)?.name ?? null,
  };
}

function bad(param: string, complaint: string): AppError {
  return new AppError("invalid_request", `\`${param}\` ${complaint}`, { param });
}
