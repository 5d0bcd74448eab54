import type { ChatInputs } from "../../ffi/chat.ts";
import { AppError } from "../core/errors.ts";
import type { ChatPrompt } from "../core/generate.ts";
import type { Message, Tool } from "../core/messages.ts";

/** The pictures (audio clips) of a conversation, in the order of their markers. */
export function mediaOf(messages: Message[]): Uint8Array[] {
  return messages.flatMap(({ parts }) =>
    parts.flatMap((part) => (part.type === "media" ? [part.bytes] : [])),
  );
}

/** A conversation as llama-common's templates take it. `marker` stands for each picture. */
export function chatInputs(prompt: ChatPrompt, marker: string): ChatInputs {
  const { toolChoice, templateVariables } = prompt;
  if (prompt.grammar !== undefined && prompt.tools.length > 0 && toolChoice !== "none") {
    throw new AppError("invalid_request", "`grammar` and `tools` exclude each other", {
      param: "grammar",
    });
  }
  const tools = offeredTools(prompt).map(({ name, description, parameters }) => ({
    type: "function",
    function: { name, description, parameters },
  }));
  return {
    messages: prompt.messages.map((message) => templateMessage(message, marker)),
    tools,
    tool_choice: typeof toolChoice === "string" ? toolChoice : "required",
    ...(prompt.parallelToolCalls === undefined
      ? {}
      : { parallel_tool_calls: prompt.parallelToolCalls }),
    json_schema:
      prompt.jsonSchema === undefined ? "" : JSON.stringify(anyObject(prompt.jsonSchema)),
    enable_thinking: prompt.enableThinking ?? true,
    template_kwargs: templateVariables ?? {},
  };
}

/** A named choice leaves that one tool. */
function offeredTools({ tools, toolChoice }: ChatPrompt): Tool[] {
  if (toolChoice === "none") return [];
  if (typeof toolChoice === "string") return tools;
  const chosen = tools.filter(({ name }) => name === toolChoice.name);
  if (chosen.length > 0) return chosen;
  throw new AppError(
    "invalid_request",
    `tool_choice names "${toolChoice.name}", no tool of tools`,
    {
      param: "tool_choice",
    },
  );
}

/** An empty schema means "any object". */
function anyObject(schema: object): object {
  return Object.keys(schema).length === 0 ? { type: "object" } : schema;
}

function templateMessage(message: Message, marker: string): object {
  const { role, parts, reasoning, toolCalls, toolCallId, toolName } = message;
  const onlyText = parts.every((part) => part.type === "text");
  const content = onlyText
    ? parts.map((part) => (part.type === "text" ? part.text : "")).join("\n")
    : parts.map((part) => (part.type === "text" ? part : { type: "media_marker", text: marker }));
  return {
    role,
    content,
    ...(reasoning === undefined ? {} : { reasoning_content: reasoning }),
    ...(toolCallId === undefined ? {} : { tool_call_id: toolCallId }),
    ...(toolName === undefined ? {} : { name: toolName }),
    ...(toolCalls === undefined || toolCalls.length === 0
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
