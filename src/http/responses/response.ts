import type { Completion, TokenProbability } from "../../core/generate.ts";
import type { ToolCall } from "../../core/messages.ts";
import type { Answer, Generation } from "../generation.ts";
import { toProbability } from "../probabilities.ts";
import { wantsLogprobs } from "./request.ts";
import type { OutputItem, ResponseObject, ResponsesRequest, Status } from "./schema.ts";

/** What the whole answer to one request has in common with its beginning. */
export interface Head {
  id: string;
  body: ResponsesRequest;
  generation: Generation;
  /**
   * llama-server calls an answer that `max_output_tokens` cut "completed"; OpenAI has a status and
   * an event for it.
   */
  saysIncomplete: boolean;
}

/** An id as OpenAI makes them: `resp_…`, `msg_…`, `rs_…`, `fc_…`. */
export function newId(prefix: string): string {
  return `${prefix}_${crypto.randomUUID().replaceAll("-", "")}`;
}

/** The answer before there is anything of it. */
export function toBeginning({ id, body, generation }: Head): ResponseObject {
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
  };
}

export function toResponse(head: Head, output: OutputItem[], done: Completion): ResponseObject {
  const status = toStatus(head, done);
  return {
    ...toBeginning(head),
    completed_at: toSeconds(new Date()),
    status,
    incomplete_details: status === "incomplete" ? { reason: "max_output_tokens" } : null,
    output,
    usage: {
      input_tokens: done.nPrompt,
      input_tokens_details: { cached_tokens: done.nCached },
      output_tokens: done.nPredicted,
      output_tokens_details: { reasoning_tokens: done.nReasoning },
      total_tokens: done.nPrompt + done.nPredicted,
    },
  };
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
  for (const call of toolCalls) output.push(toCallItem(call, status));
  return toResponse(head, output, completion);
}

export function toStatus({ saysIncomplete }: Head, { reason }: Completion): Status {
  return reason === "length" && saysIncomplete ? "incomplete" : "completed";
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

export function toCallItem(call: ToolCall, status: Status): OutputItem {
  const { id, name, arguments: args } = call;
  return { type: "function_call", id: `fc_${id}`, call_id: id, name, arguments: args, status };
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
  return {
    instructions: body.instructions ?? null,
    max_output_tokens: body.max_output_tokens ?? null,
    metadata: body.metadata ?? {},
    parallel_tool_calls: body.parallel_tool_calls ?? true,
    previous_response_id: null,
    reasoning: { effort: body.reasoning?.effort ?? null, summary: null },
    store: false,
    temperature: body.temperature ?? null,
    text: { format: body.text?.format ?? { type: "text" } },
    tool_choice: body.tool_choice ?? "auto",
    tools: body.tools ?? [],
    top_p: body.top_p ?? null,
    truncation: "disabled",
  };
}

const toSeconds = (date: Date) => Math.floor(date.getTime() / 1000);
