import { AppError } from "../../core/errors.ts";
import { checkEffort } from "../chat-thinking.ts";
import { refuse } from "../refusals.ts";
import { isJson } from "../wire.ts";
import {
  type ChatCompletionRequest,
  type ChatPromptRequest,
  openAiRefusals,
} from "./chat-schema.ts";
import { type ChatMessage, messageRefusals } from "./message-schema.ts";

/** Refuses what llama-server lets pass or only its template stumbles over. @throws AppError */
export function checkAsOpenAi(body: ChatPromptRequest): void {
  refuse(body, openAiRefusals);
  checkMessages(body.messages);
  checkEffort(body.reasoning_effort, "reasoning_effort");
  checkEffort(body.reasoning?.effort, "reasoning.effort");
  const format = body.response_format;
  if (format?.type === "json_schema" && format.json_schema?.schema === undefined) {
    const param = "response_format.json_schema.schema";
    throw bad(param, `\`${param}\` is required`);
  }
}

/** @throws AppError for what llama-server alone refuses */
export function checkAsLlamaServer({ logprobs, tools, stream }: ChatCompletionRequest): void {
  if (!logprobs || !tools?.length || !stream) return;
  throw bad("logprobs", "`logprobs` is not supported with tools + stream");
}

/** A tool message answers a call that was made before it; without an id, one that waits. */
function checkMessages(messages: readonly ChatMessage[]): void {
  const made = new Set<string>();
  let nWaiting = 0;
  for (const [i, message] of messages.entries()) {
    const path = `messages[${i}]`;
    refuse(message, messageRefusals, `${path}.`);
    for (const [k, call] of (message.tool_calls ?? []).entries()) {
      checkArguments(call.function.arguments, `${path}.tool_calls[${k}].function.arguments`);
      if (call.id) made.add(call.id);
      nWaiting++;
    }
    if (message.role === "assistant") checkContent(message, `${path}.content`);
    if (message.role !== "tool") continue;
    const { tool_call_id: id } = message;
    if (id ? !made.has(id) : nWaiting === 0) {
      const param = `${path}.tool_call_id`;
      const which = id ? `the call ${JSON.stringify(id)}` : "a call that waits for it";
      throw bad(param, `\`${param}\`: no message before this one made ${which}`);
    }
    nWaiting = Math.max(nWaiting - 1, 0);
  }
}

/** An assistant's message may be anything but nothing. */
function checkContent(message: ChatMessage, param: string): void {
  const { content, tool_calls, refusal, reasoning_content, images } = message;
  const said = [content, tool_calls, refusal, reasoning_content, images];
  if (said.some((one) => one !== undefined)) return;
  throw bad(param, `\`${param}\` is required`);
}

function checkArguments(args: string | object, param: string): void {
  if (typeof args !== "string" || args === "" || isJson(args)) return;
  throw bad(param, `\`${param}\` is not JSON`);
}

function bad(param: string, message: string): AppError {
  return new AppError("invalid_request", message, { param });
}
