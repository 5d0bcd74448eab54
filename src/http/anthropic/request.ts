import type { ChatPrompt, GenerateRequest } from "../../core/generate.ts";
import type { Message } from "../../core/messages.ts";
import type { LoadMedia } from "../chat-media.ts";
import { checkEffort, toThinking } from "../chat-thinking.ts";
import { checkSchema } from "../json-schema.ts";
import { refuse } from "../refusals.ts";
import { toSampling } from "../sampling.ts";
import { toStop } from "../stop.ts";
import { joinTurns, toMessages, toSystem } from "./messages.ts";
import {
  type CountTokensRequest,
  type MessagesRequest,
  messagesRefusals,
  outputRefusals,
  type Thinking,
} from "./schema.ts";
import { toTool, toToolChoice } from "./tools.ts";

/** What Anthropic's API requires and llama-server does not, tokens. */
const maxTokensDefault = 4096;

/** Tokens of thinking when it is enabled without a budget, as llama-server has it. */
const thinkingBudgetDefault = 10_000;

/** What a request is translated with. */
export interface Translation {
  load: LoadMedia;
  /** Turns are read as Anthropic reads them, where llama-server does not. */
  followsAnthropic: boolean;
}

/** Tokens that the answer may have. */
export const maxTokensOf = ({ max_tokens: nTokens = maxTokensDefault }: MessagesRequest) => nTokens;

/** @throws AppError invalid_request, unsupported */
export async function toGenerateRequest(
  body: MessagesRequest,
  translation: Translation,
): Promise<GenerateRequest> {
  return {
    prompt: await toPrompt(body, translation),
    nPredict: maxTokensOf(body),
    stop: body.stop_sequences && toStop(body.stop_sequences),
    sampling: toSampling(body),
    report: { progress: body.stream },
  };
}

/** @throws AppError invalid_request, unsupported */
export async function toPrompt(
  body: CountTokensRequest,
  { load, followsAnthropic }: Translation,
): Promise<ChatPrompt> {
  refuse(body, messagesRefusals);
  if (body.output_config) refuse(body.output_config, outputRefusals, "output_config.");
  const tools = (body.tools ?? []).map(toTool);
  const system: Message[] = body.system === undefined ? [] : [toSystem(body.system)];
  const messages = [...system, ...(await toMessages(body.messages, load))];
  const format = body.output_config?.format ?? body.output_format;
  if (format) checkSchema(format.schema, formatField(body));
  if (followsAnthropic) checkEffort(body.output_config?.effort, "output_config.effort");
  const alone = body.tool_choice?.disable_parallel_tool_use;
  return {
    type: "chat",
    ...(followsAnthropic ? toTurns(messages) : { messages }),
    tools,
    toolChoice: toToolChoice(body.tool_choice, tools),
    ...(alone !== undefined && { parallelToolCalls: !alone }),
    ...(format && { jsonSchema: format.schema }),
    ...toThinking({ effort: body.output_config?.effort, kwargs: body.chat_template_kwargs }),
    ...toBudget(body.thinking),
  };
}

/** The field that an answer's grammar comes from, as the client calls it. */
export function schemaField(body: CountTokensRequest): string {
  return body.tools?.length ? "tools" : formatField(body);
}

function formatField({ output_config: config }: CountTokensRequest): string {
  return config?.format ? "output_config.format.schema" : "output_format.schema";
}

/**
 * An answer that an assistant's last message begins has only what comes after it; one that is empty
 * begins nothing.
 */
function toTurns(messages: Message[]): Pick<ChatPrompt, "messages" | "continueFinalMessage"> {
  const turns = joinTurns(messages);
  const last = turns.at(-1);
  if (last?.role !== "assistant") return { messages: turns };
  if (saysNothing(last)) return { messages: turns.slice(0, -1) };
  return { messages: turns, continueFinalMessage: true };
}

const saysNothing = ({ parts, reasoning, toolCalls }: Message) =>
  !reasoning && !toolCalls && parts.every((part) => part.type === "text" && part.text === "");

function toBudget(thinking: Thinking | undefined): Partial<ChatPrompt> {
  if (thinking === undefined) return {};
  const { type, budget_tokens: nTokens } = thinking;
  if (type === "disabled") return { enableThinking: false };
  const reasoningBudget = type === "enabled" ? (nTokens ?? thinkingBudgetDefault) : nTokens;
  return { enableThinking: true, ...(reasoningBudget !== undefined && { reasoningBudget }) };
}
