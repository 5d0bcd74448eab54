import { AppError } from "../../core/errors.ts";
import type { Tool as CoreTool, ToolChoice as CoreToolChoice } from "../../core/messages.ts";
import { checkSchema } from "../json-schema.ts";
import { refuse } from "../refusals.ts";
import { type Tool, type ToolChoice, toolRefusals } from "./tool-schema.ts";

/** Types of tools that Anthropic's servers run. */
const serverTools =
  /^(web_search|web_fetch|code_execution|tool_search_tool|mcp_toolset|advisor)(_|$)/;

/** @throws AppError for a tool that is none of the client's own */
export function toTool(tool: Tool, i: number): CoreTool {
  const path = `tools[${i}]`;
  const { type = "custom", name, description = "", input_schema, input_examples = [] } = tool;
  if (type !== "custom") {
    const why = serverTools.test(type)
      ? "the server itself runs no tools"
      : "only Anthropic's models know its schema; give it one, as a custom tool";
    const message = `\`${path}.type\` is "${type}": ${why}`;
    throw new AppError("unsupported", message, { param: `${path}.type` });
  }
  if (name === undefined) throw bad(`${path}.name`, "is required");
  refuse(tool, toolRefusals, `${path}.`);
  if (input_schema) checkSchema(input_schema, `${path}.input_schema`);
  const examples = input_examples.map((example) => `\nExample: ${JSON.stringify(example)}`);
  return {
    name,
    description: description + examples.join(""),
    parameters: input_schema ?? { type: "object", properties: {} },
  };
}

/** @throws AppError for a choice that `tools` do not have */
export function toToolChoice(choice: ToolChoice | undefined, tools: CoreTool[]): CoreToolChoice {
  if (choice === undefined) return "auto";
  const { type, name } = choice;
  if (type === "auto" || type === "none") return type;
  if (tools.length === 0) throw bad("tool_choice", `is "${type}", but there are no \`tools\``);
  if (type === "any") return "required";
  if (name === undefined) throw bad("tool_choice.name", "is required");
  if (tools.some((tool) => tool.name === name)) return { name };
  throw bad("tool_choice.name", `is "${name}", which is none of the \`tools\``);
}

function bad(param: string, complaint: string): AppError {
  return new AppError("invalid_request", `\`${param}\` ${complaint}`, { param });
}
