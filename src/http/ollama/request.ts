import { AppError } from "../../core/errors.ts";
import type { ChatPrompt, Constraint } from "../../core/generate.ts";
import type { Message, Tool, ToolCall, ToolChoice } from "../../core/messages.ts";
import { toConstraint } from "../constraint.ts";
import { checkSchema } from "../json-schema.ts";
import type { OptionFields } from "../ollama-options.ts";
import { toImages, withImages } from "./images.ts";
import type { Answering } from "./lookup.ts";
import type { ChatRequest, Message as WireMessage } from "./schema.ts";

const thinkLevels: readonly unknown[] = ["high", "medium", "low", "max"];

/** What Ollama has words of its own for. @throws AppError invalid_request */
export function checkWords({ think, format }: Record<string, unknown>): void {
  const bad = (param: string, message: string) =>
    new AppError("invalid_request", message, { param });
  if (typeof think === "string" && !thinkLevels.includes(think)) {
    const wanted = '(must be "high", "medium", "low", "max", true, or false)';
    throw bad("think", `invalid think value: ${JSON.stringify(think)} ${wanted}`);
  }
  const isFormat = ["", "json", undefined, null].includes(format as string);
  if (isFormat || (typeof format === "object" && !Array.isArray(format))) return;
  const wanted = 'expected "json" or a valid JSON Schema object';
  throw bad("format", `invalid format: ${JSON.stringify(format).slice(0, 100)}; ${wanted}`);
}

/** @throws AppError invalid_request */
export function toChatPrompt(body: ChatRequest, { info }: Pick<Answering, "info">): ChatPrompt {
  const { messages = [], template = "" } = body;
  checkRoles(messages, template || info.goTemplate || info.chatTemplate);
  const { tool_choice: choice, parallel_tool_calls: parallelToolCalls } = body;
  return {
    type: "chat",
    messages: messages.map(toMessage),
    tools: toTools(body),
    toolChoice: toToolChoice(choice),
    ...(parallelToolCalls !== undefined && { parallelToolCalls }),
    ...(template !== "" && { goTemplate: template }),
    ...toForm(body),
    ...toThinking(body.think),
  };
}

const roles: readonly string[] = ["system", "user", "assistant", "tool"];

/** Others are lost on a template that does not name them, as Granite's does "control". */
function checkRoles(messages: readonly WireMessage[], template: string): void {
  const isKnown = (role: string) =>
    roles.includes(role) || [`"${role}"`, `'${role}'`].some((named) => template.includes(named));
  const i = messages.findIndex(({ role }) => !isKnown(role));
  if (i < 0) return;
  const param = `messages[${i}].role`;
  const known = roles.map((role) => JSON.stringify(role)).join(", ");
  const message = `\`${param}\` must be one of: ${known}; the model's template names no other`;
  throw new AppError("invalid_request", message, { param });
}

function toMessage(message: WireMessage, i: number): Message {
  const { role, content = "", thinking, tool_call_id: toolCallId, tool_name: toolName } = message;
  const toolCalls = (message.tool_calls ?? []).map((call, n) => toToolCall(call, i, n));
  return {
    role,
    parts: withImages(content, toImages(message.images, `messages[${i}].images`)),
    ...(thinking && { reasoning: thinking }),
    ...(toolCalls.length > 0 && { toolCalls }),
    ...(toolCallId && { toolCallId }),
    ...(toolName && { toolName }),
  };
}

/** Older clients send calls back without ids; templates that print them need some. */
function toToolCall(
  { id, function: called }: NonNullable<WireMessage["tool_calls"]>[number],
  iMessage: number,
  iCall: number,
): ToolCall {
  return {
    id: id ?? `call_${iMessage}_${iCall}`,
    name: called.name,
    arguments: JSON.stringify(called.arguments ?? {}),
  };
}

function toTools({ tools = [] }: ChatRequest): Tool[] {
  return tools.map(({ function: { name, description = "", parameters } }, i) => {
    if (!parameters) return { name, description, parameters: { type: "object", properties: {} } };
    checkSchema(parameters, `tools[${i}].function.parameters`);
    return { name, description, parameters: withoutNulls(parameters) };
  });
}

/** Fields of a schema that Go's clients send as null when they have none. */
const nullable: ReadonlySet<string> = new Set(["$defs", "items", "properties", "required"]);

function withoutNulls(schema: object): object {
  const isLeftOut = (key: string, value: unknown) => value === null && nullable.has(key);
  const text = JSON.stringify(schema, (key, value) => (isLeftOut(key, value) ? undefined : value));
  return JSON.parse(text);
}

function toToolChoice(choice: ChatRequest["tool_choice"] = "auto"): ToolChoice {
  return typeof choice === "string" ? choice : { name: choice.function.name };
}

/** What form the answer must have. @throws AppError invalid_request */
export function toForm({
  format,
  options: { grammar } = {},
}: Pick<ChatRequest, "format"> & OptionFields): Constraint {
  const jsonSchema = toSchema(format);
  return toConstraint({
    ...(grammar && { grammar }),
    ...(jsonSchema && { json_schema: jsonSchema }),
  });
}

function toSchema(format: ChatRequest["format"]): Record<string, unknown> | undefined {
  if (format === undefined || format === "") return undefined;
  if (format === "json") return {};
  checkSchema(format, "format");
  return format;
}

type Thinking = Pick<ChatPrompt, "enableThinking" | "thinkLevel">;

export function toThinking(think: ChatRequest["think"]): Thinking {
  if (think === undefined) return {};
  if (typeof think === "boolean") return { enableThinking: think };
  return { enableThinking: true, thinkLevel: think };
}
