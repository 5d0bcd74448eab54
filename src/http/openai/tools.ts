import { AppError } from "../../core/errors.ts";
import type { Tool, ToolChoice } from "../../core/messages.ts";
import { checkSchema } from "../json-schema.ts";
import type { ChatPromptRequest } from "./chat-schema.ts";

/** What the model may call, and whether it must. @throws AppError invalid_request */
export function toTools({ tools = [], tool_choice: choice }: ChatPromptRequest): {
  tools: Tool[];
  toolChoice: ToolChoice;
} {
  const offered = tools.map(({ function: called }, i) => {
    if (called?.parameters) checkSchema(called.parameters, `tools[${i}].function.parameters`);
    if (called) return toTool(called);
    throw bad(`tools[${i}].function`, `\`tools[${i}].function\` is required`);
  });
  if (typeof choice !== "object") return { tools: offered, toolChoice: toMode(choice, offered) };
  if (choice.type === "function") {
    const name = required(choice.function, "tool_choice.function").name;
    return { tools: offered, toolChoice: { name: known(name, offered, "tool_choice").name } };
  }
  const { mode, tools: names } = required(choice.allowed_tools, "tool_choice.allowed_tools");
  const allowed = names.map(({ function: { name } }, i) =>
    known(name, offered, `tool_choice.allowed_tools.tools[${i}].function.name`),
  );
  return { tools: allowed, toolChoice: toMode(mode, allowed) };
}

type Called = NonNullable<NonNullable<ChatPromptRequest["tools"]>[number]["function"]>;

function toTool({ name, description = "", parameters }: Called): Tool {
  return { name, description, parameters: parameters ?? { type: "object", properties: {} } };
}

function toMode(mode: string | undefined, tools: readonly Tool[]): "auto" | "none" | "required" {
  if (mode === undefined || mode === "auto" || mode === "none") return mode ?? "auto";
  if (mode !== "required") {
    const words = '`tool_choice` can be "auto", "none", "required" or a function';
    throw bad("tool_choice", `Invalid tool_choice: ${mode}; ${words}`);
  }
  if (tools.length > 0) return mode;
  throw bad("tool_choice", '`tool_choice` is "required", but there are no `tools`');
}

function known(name: string, tools: readonly Tool[], param: string): Tool {
  const tool = tools.find((one) => one.name === name);
  if (tool) return tool;
  throw bad(param, `\`${param}\` names "${name}", which is not among the \`tools\``);
}

function required<T>(value: T | undefined, param: string): T {
  if (value !== undefined) return value;
  throw bad(param, `\`${param}\` is required`);
}

function bad(param: string, message: string): AppError {
  return new AppError("invalid_request", message, { param });
}
