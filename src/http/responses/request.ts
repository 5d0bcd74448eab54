import { AppError } from "../../core/errors.ts";
import type { ChatPrompt, Constraint, GenerateRequest } from "../../core/generate.ts";
import type { Message } from "../../core/messages.ts";
import type { LoadMedia } from "../chat-media.ts";
import { checkEffort, toThinking } from "../chat-thinking.ts";
import { toConstraint } from "../constraint.ts";
import { checkSchema } from "../json-schema.ts";
import { toNativeRequest } from "../native-request.ts";
import { type PlacedItem, toMessages } from "./items.ts";
import type { InputTokensRequest, ResponsesRequest } from "./schema.ts";
import type { Offer } from "./tools.ts";

/** @throws AppError unsupported */
export function toGenerateRequest(body: ResponsesRequest, prompt: ChatPrompt): GenerateRequest {
  const native = toNativeRequest(body);
  return {
    ...native,
    prompt,
    nPredict: body.max_output_tokens ?? native.nPredict,
    report: {
      progress: body.stream,
      // The likeliest token is one of those that are reported, so 1 is needed for its own.
      nProbs: wantsLogprobs(body) ? Math.max(body.top_logprobs ?? 0, 1) : undefined,
    },
  };
}

export function wantsLogprobs({ include = [], top_logprobs: nTop = 0 }: ResponsesRequest): boolean {
  return nTop > 0 || include.includes("message.output_text.logprobs");
}

/** What the model is asked, and by whose rules. */
export interface PromptSource {
  items: PlacedItem[];
  offer: Offer;
  followsOpenAi: boolean;
}

/** @throws AppError invalid_request, unsupported */
export async function toPrompt(
  body: InputTokensRequest,
  { items, offer, followsOpenAi }: PromptSource,
  load: LoadMedia,
): Promise<ChatPrompt> {
  const { verbosity } = body.text ?? {};
  if (followsOpenAi) checkEffort(body.reasoning?.effort, "reasoning.effort");
  const messages = await toMessages(items, body.instructions, load, followsOpenAi);
  if (body.reasoning?.context === "current_turn") forgetThoughts(messages);
  return {
    type: "chat",
    messages,
    tools: offer.tools,
    toolChoice: offer.choice,
    parallelToolCalls: body.parallel_tool_calls,
    ...toFormat(body, offer),
    ...toThinking({
      effort: body.reasoning?.effort,
      kwargs: { ...(verbosity && { verbosity }), ...body.chat_template_kwargs },
    }),
  };
}

/** Those of the turns before the last one. */
function forgetThoughts(messages: Message[]): void {
  const start = messages.findLastIndex(({ role }) => role === "user");
  for (const message of messages.slice(0, Math.max(start, 0))) delete message.reasoning;
}

/** `text.format`, `json_schema` and `grammar` all constrain the answer: one of them may. */
function toFormat(body: InputTokensRequest, { tools }: Offer): Constraint {
  const constraint = toConstraint(body);
  const jsonSchema = toFormatSchema(body);
  if (constraint.grammar !== undefined && tools.length > 0) {
    throw bad("grammar", "`grammar` excludes `tools`: a tool call has a grammar of its own");
  }
  if (jsonSchema === undefined) return constraint;
  if (constraint.grammar === undefined && constraint.jsonSchema === undefined) {
    return { ...constraint, jsonSchema };
  }
  throw bad("text.format", "`text.format` excludes `grammar` and `json_schema`");
}

function toFormatSchema({ text }: InputTokensRequest): object | undefined {
  const format = text?.format;
  if (format === undefined || format.type === "text") return undefined;
  if (format.type === "json_object") return {};
  const param = "text.format.schema";
  if (!format.schema) throw bad(param, `\`${param}\` is required`);
  checkSchema(format.schema, param);
  return format.schema;
}

/** The field that an answer's grammar comes from, as the client calls it. */
export function schemaField({ tools, text }: InputTokensRequest): string {
  if (tools?.length) return "tools";
  return text?.format?.type === "json_schema" ? "text.format.schema" : "json_schema";
}

function bad(param: string, message: string): AppError {
  return new AppError("invalid_request", message, { param });
}
