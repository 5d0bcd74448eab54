import type { AppError } from "../../core/errors.ts";
import type { Completion, ModelInfo, TokenProbability } from "../../core/generate.ts";
import type { ToolCall } from "../../core/messages.ts";
import type { Answer, Generation } from "../generation.ts";
import { toProbability } from "../probabilities.ts";
import { toSampling } from "../sampling.ts";
import type { OutputItem, ResponseObject, Status } from "./answer-schema.ts";
import { newId } from "./ids.ts";
import type { Keeper } from "./keeper.ts";
import { wantsLogprobs } from "./request.ts";
import type { ResponsesRequest } from "./schema.ts";
import { type Offer, type ToolFace, toTextToolInput } from "./tools.ts";

/** What the whole answer to one request has in common with its beginning. */
export interface Head {
  id: string;
  body: ResponsesRequest;
  generation: Generation;
  info: ModelInfo;
  offer: Offer;
  keeper: Keeper;
  /**
   * llama-server calls an answer that `max_output_tokens` cut "completed"; OpenAI has a status and
   * an event for it, and for one that failed.
   */
  followsOpenAi: boolean;
}

/** The answer before there is anything of it. */
export function toBeginning({ id, body, generation, info, offer, keeper }: Head): ResponseObject {
  return {
    id,
    object: "response",
    created_at: toSeconds(generation.createdAt),
    completed_at: null,
    status: "in_progress",
    incomplete_details: null,
    error: null,
    model: generation.model.name,
    output: [],
    usage: null,
    ...toRepeated(body),
    ...toEffectiveSampling(body, info),
    tools: offer.shown,
    ...keeper.prospect,
  };
}

export function toResponse(head: Head, output: OutputItem[], done: Completion): ResponseObject {
  const status = toStatus(head, done);
  return head.keeper.keep({
    ...toBeginning(head),
    completed_at: status === "completed" ? toSeconds(new Date()) : null,
    status,
    incomplete_details: status === "incomplete" ? { reason: "max_output_tokens" } : null,
    output,
    usage: {
      input_tokens: done.nPrompt,
      input_tokens_details: {
        cached_tokens: done.nCached,
        cache_write_tokens: done.nPrompt - done.nCached,
      },
      output_tokens: done.nPredicted,
      output_tokens_details: { reasoning_tokens: done.nReasoning },
      total_tokens: done.nPrompt + done.nPredicted,
    },
  });
}

/** An answer that came to a bad end is not kept. */
export function toFailed(head: Head, output: OutputItem[], { message }: AppError): ResponseObject {
  const error = { code: "server_error", message };
  return { ...toBeginning(head), status: "failed", error, output, store: false };
}

export function toWhole(head: Head, answer: Answer): ResponseObject {
  const { text, reasoning, toolCalls, probs, completion } = answer;
  const status = toStatus(head, completion);
  const output: OutputItem[] = [];
  if (reasoning) output.push(toReasoningItem(newId("rs"), reasoning, "completed"));
  if (text) {
    const part = toTextPart(text, toLogprobs(probs, head.body));
    output.push(toMessageItem(newId("msg"), [part], status));
  }
  for (const call of toolCalls) {
    output.push(toCallItem(call, head.offer.faceOf(call.name), status));
  }
  return toResponse(head, output, completion);
}

export function toStatus({ followsOpenAi }: Head, { reason }: Completion): Status {
  return reason === "length" && followsOpenAi ? "incomplete" : "completed";
}

export function toReasoningItem(id: string, text: string, status: Status): OutputItem {
  const content = text === "" ? [] : [{ type: "reasoning_text", text }];
  return { type: "reasoning", id, summary: [], content, encrypted_content: "", status };
}

export function toMessageItem(id: string, content: object[], status: Status): OutputItem {
  return { type: "message", id, role: "assistant", content, status };
}

export function toTextPart(text: string, logprobs: object[]) {
  return { type: "output_text", annotations: [], logprobs, text };
}

export function toCallItem(call: ToolCall, face: ToolFace, status: Status): OutputItem {
  const { id: call_id, arguments: args } = call;
  const { name, namespace, isCustom } = face;
  const common = { call_id, name, ...(namespace && { namespace }), status };
  const id = toCallItemId(call_id, face);
  if (!isCustom) return { type: "function_call", id, ...common, arguments: args };
  const input = args === "" ? "" : toTextToolInput(args);
  return { type: "custom_tool_call", id, ...common, input };
}

export function toCallItemId(callId: string, { isCustom }: ToolFace): string {
  return `${isCustom ? "ctc" : "fc"}_${callId}`;
}

/** Empty unless the request asked for them. */
export function toLogprobs(probs: TokenProbability[] = [], body: ResponsesRequest): object[] {
  if (!wantsLogprobs(body)) return [];
  return probs.map((prob) => {
    const { id: _id, top_logprobs = [], ...token } = toProbability(prob, false);
    const top = top_logprobs.slice(0, body.top_logprobs ?? 0);
    return { ...token, top_logprobs: top.map(({ id: _, ...candidate }) => candidate) };
  });
}

/** What of the request OpenAI repeats in its answer, and clients look for there. */
function toRepeated(body: ResponsesRequest) {
  const { format = { type: "text" }, verbosity } = body.text ?? {};
  return {
    access_programs: null,
    background: false,
    conversation: null,
    instructions: body.instructions ?? null,
    max_output_tokens: body.max_output_tokens ?? null,
    max_tool_calls: body.max_tool_calls ?? null,
    metadata: body.metadata ?? {},
    parallel_tool_calls: body.parallel_tool_calls ?? true,
    previous_response_id: body.previous_response_id || null,
    prompt: null,
    prompt_cache_key: body.prompt_cache_key ?? null,
    reasoning: { effort: body.reasoning?.effort ?? null, summary: null },
    safety_identifier: body.safety_identifier ?? null,
    service_tier: "default",
    text: { format, ...(verbosity && { verbosity }) },
    tool_choice: body.tool_choice ?? "auto",
    top_logprobs: body.top_logprobs ?? 0,
    truncation: body.truncation ?? "disabled",
    ...(body.user !== undefined && { user: body.user }),
  };
}

function toEffectiveSampling(body: ResponsesRequest, { defaults }: ModelInfo) {
  const { temperature, topP } = toSampling(body);
  return {
    temperature: temperature ?? defaults.sampling.temperature,
    top_p: topP ?? defaults.sampling.topP,
  };
}

const toSeconds = (date: Date) => Math.floor(date.getTime() / 1000);
