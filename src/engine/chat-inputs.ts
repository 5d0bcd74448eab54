import type { ChatInputs } from "../../ffi/chat.ts";
import { AppError } from "../core/errors.ts";
import type { ChatPrompt } from "../core/generate.ts";
import type { ChatOptions } from "../core/load.ts";
import type { MediaPart, Message, Tool } from "../core/messages.ts";
import { anyObject, withNamedRoot } from "./grammar.ts";

/** What of an engine a conversation is rendered with. */
export interface ChatSettings extends ChatOptions {
  /** The template obeys `enable_thinking`. */
  supportsThinking: boolean;
  /** Stands for each picture. */
  marker: string;
}

/**
 * Metadata key of ours: "on" or "off" says whether a model whose template can think does so
 * unasked. Without it, it does, as with llama-server.
 */
const reasoningKey = "hutch.reasoning";

/** How silent requests are rendered: as the server was told, else as the model's file wants it. */
export function chatDefaults(
  model: { metaString(key: string): string | null },
  owner: ChatOptions = {},
): ChatOptions {
  const own = model.metaString(reasoningKey);
  const isSaid = owner.reasoning !== undefined || (own !== "on" && own !== "off");
  return isSaid ? owner : { ...owner, reasoning: own };
}

/** The pictures (audio clips) of a conversation, in the order of their markers. */
export function mediaOf(messages: Message[]): MediaPart[] {
  return messages.flatMap(({ parts }) => parts.filter((part) => part.type === "media"));
}

/**
 * A conversation as llama-common's templates take it.
 * @throws AppError invalid_request where llama-server refuses it
 */
export function chatInputs(prompt: ChatPrompt, settings: ChatSettings): ChatInputs {
  const { toolChoice, parallelToolCalls, jsonSchema } = prompt;
  const usesTools = prompt.tools.length > 0 && toolChoice !== "none";
  if (settings.jinja === false) refuseTools(prompt);
  if (prompt.grammar !== undefined && usesTools) {
    throw bad("grammar", "Cannot use custom grammar constraints with tools.");
  }
  const tools = offeredTools(prompt).map(({ name, description, parameters }) => ({
    type: "function",
    function: { name, description, parameters: withNamedRoot(parameters) },
  }));
  return {
    messages: framed(prompt, settings).map((message) => templateMessage(message, settings.marker)),
    tools,
    tool_choice: typeof toolChoice === "string" ? toolChoice : "required",
    ...(parallelToolCalls === undefined ? {} : { parallel_tool_calls: parallelToolCalls }),
    json_schema: jsonSchema === undefined ? "" : JSON.stringify(anyObject(jsonSchema)),
    reasoning_format: prompt.reasoningFormat ?? settings.reasoningFormat ?? "auto",
    parse_tool_calls: prompt.parseToolCalls ?? usesTools,
    force_pure_content: settings.parse === false,
    ...continuation(prompt, settings),
    ...thinking(prompt, settings),
  };
}

/** The conversation behind what the model's owner wants there; a `context` has the examples. */
export function framed(
  { messages, context }: ChatPrompt,
  { system, messages: owners = [] }: ChatOptions,
): Message[] {
  const examples = context ? [] : owners;
  const said = (role: Message["role"], text: string): Message => ({
    role,
    parts: [{ type: "text", text }],
  });
  const [first] = messages;
  const begins = first?.role === "system" ? [first] : system ? [said("system", system)] : [];
  const rest = first?.role === "system" ? messages.slice(1) : messages;
  return [...begins, ...examples.map(({ role, content }) => said(role, content)), ...rest];
}

function refuseTools({ tools, toolChoice }: ChatPrompt): void {
  if (tools.length > 0) throw bad("tools", "tools param requires --jinja flag");
  if (toolChoice === "auto" || toolChoice === "none") return;
  throw bad("tool_choice", "tool_choice param requires --jinja flag");
}

/** Whether the last message is the beginning of the answer. */
function continuation(
  { messages, addGenerationPrompt, continueFinalMessage: asked }: ChatPrompt,
  { prefillAssistant = true }: ChatSettings,
): Pick<ChatInputs, "add_generation_prompt" | "continue_final_message"> {
  const last = messages.at(-1);
  const isByHabit = asked === undefined && prefillAssistant && last?.role === "assistant";
  if (isByHabit && messages.at(-2)?.role === "assistant") {
    const message = "Cannot have 2 or more assistant messages at the end of the list.";
    throw bad("messages", message);
  }
  const continued = isByHabit ? true : (asked ?? false);
  if (continued === false) return { add_generation_prompt: addGenerationPrompt ?? true };
  if (!isByHabit && addGenerationPrompt === true) {
    const message = "Cannot set both add_generation_prompt and continue_final_message to true.";
    throw bad("continue_final_message", message);
  }
  if (last?.role === "assistant" && (last.toolCalls ?? []).length > 0) {
    const message = "Cannot continue an assistant message that contains tool calls.";
    throw bad("messages", message);
  }
  return { add_generation_prompt: false, continue_final_message: continued };
}

/**
 * The request's wish comes over the server's variables, and these over its --reasoning. Who says
 * how much to think wants thoughts.
 */
function thinking(
  { enableThinking, thinkLevel, templateVariables }: ChatPrompt,
  { templateVariables: standard, reasoning = "auto", supportsThinking }: ChatSettings,
): Pick<ChatInputs, "enable_thinking" | "template_kwargs"> {
  const variables: Record<string, unknown> = {
    preserve_reasoning: true, // as llama-server has it
    ...(reasoning === "auto" ? {} : { enable_thinking: reasoning === "on" }),
    ...standard,
    ...(thinkLevel === undefined ? {} : { reasoning_effort: thinkLevel }),
    ...(wantsEffort(templateVariables) && supportsThinking ? { enable_thinking: true } : {}),
    ...templateVariables,
    ...(enableThinking === undefined ? {} : { enable_thinking: enableThinking }),
  };
  const isEnabled = variables.enable_thinking ?? (reasoning !== "off" && supportsThinking);
  if (typeof isEnabled === "boolean") {
    return { enable_thinking: isEnabled, template_kwargs: variables };
  }
  const message = 'invalid type for "enable_thinking" (expected boolean)';
  throw bad("chat_template_kwargs.enable_thinking", message);
}

const wantsEffort = (variables: Record<string, unknown> = {}) =>
  typeof variables.reasoning_effort === "string";

/** The tools that the model is shown: a named choice leaves that one. @throws AppError */
export function offeredTools({ tools, toolChoice }: ChatPrompt): Tool[] {
  if (toolChoice === "none") return [];
  if (typeof toolChoice === "string") return tools;
  const tool = tools.find(({ name }) => name === toolChoice.name);
  if (tool) return [tool];
  throw bad("tool_choice", `tool_choice names "${toolChoice.name}", no tool of tools`);
}

function templateMessage(message: Message, marker: string): object {
  const { role, reasoning, toolCalls = [], toolCallId, toolName } = message;
  return {
    role,
    content: templateContent(message, marker),
    ...(reasoning === undefined ? {} : { reasoning_content: reasoning }),
    ...(toolCallId === undefined ? {} : { tool_call_id: toolCallId }),
    ...(toolName === undefined ? {} : { name: toolName }),
    ...(toolCalls.length === 0
      ? {}
      : {
          tool_calls: toolCalls.map(({ id, name, arguments: args }) => ({
            id,
            type: "function",
            function: { name, arguments: args },
          })),
        }),
  };
}

/** Several parts stay apart: llama.cpp joins them as the template and their kinds want it. */
function templateContent({ parts }: Message, marker: string): string | object[] {
  const [first, ...others] = parts;
  if (!first) return "";
  if (first.type === "text" && others.length === 0) return first.text;
  return parts.map((part) =>
    part.type === "text" ? part : { type: "media_marker", text: marker },
  );
}

function bad(param: string, message: string): AppError {
  return new AppError("invalid_request", message, { param });
}
