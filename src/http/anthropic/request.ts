import { AppError } from "../../core/errors.ts";
import type { ChatPrompt, GenerateRequest } from "../../core/generate.ts";
import type { Tool as CoreTool, Message, ToolChoice } from "../../core/messages.ts";
import type { LoadMedia } from "../chat-media.ts";
import { toThinking } from "../chat-thinking.ts";
import { refuse } from "../refusals.ts";
import { toSampling } from "../sampling.ts";
import { toStop } from "../stop.ts";
import { toMessages, toSystem } from "./messages.ts";
import {
  type CountTokensRequest,
  type MessagesRequest,
  messagesRefusals,
  type Tool,
} from "./schema.ts";

/** What Anthropic's API requires and llama-server does not, tokens. */
const maxTokensDefault = 4096;

/** Tokens of thinking when it is enabled without a budget, as llama-server has it. */
const thinkingBudgetDefault = 10_000;

/** @throws AppError invalid_request, unsupported */
export async function toGenerateRequest(
  body: MessagesRequest,
  load: LoadMedia,
): Promise<GenerateRequest> {
  return {
    prompt: await toPrompt(body, load),
    nPredict: body.max_tokens ?? maxTokensDefault,
    stop: body.stop_sequences && toStop(body.stop_sequences),
    sampling: toSampling(body),
    report: { progress: body.stream },
  };
}

/** @throws AppError invalid_request, unsupported */
export async function toPrompt(body: CountTokensRequest, load: LoadMedia): Promise<ChatPrompt> {
  refuse(body, messagesRefusals);
  const tools = (body.tools ?? []).map(toTool);
  const system: Message[] = body.system === undefined ? [] : [toSystem(body.system)];
  const format = body.output_config?.format ?? body.output_format;
  return {
    type: "chat",
    messages: [...system, ...(await toMessages(body.messages, load))],
    tools,
    toolChoice: toToolChoice(body.tool_choice, tools),
    ...(body.tool_choice?.disable_parallel_tool_use && { parallelToolCalls: false }),
    ...(format && { jsonSchema: format.schema }),
    ...toThinking({ effort: body.output_config?.effort, kwargs: body.chat_template_kwargs }),
    ...toBudget(body.thinking),
  };
}

/** Types of tools that Anthropic's servers run; those that clients run are like any other. */
const serverTools = /^(web_search|web_fetch|code_execution|tool_search_tool|mcp_toolset)/;

function toTool({ name, type = "custom", description = "", input_schema }: Tool, i: number) {
  if (serverTools.test(type)) {
    const param = `tools[${i}].type`;
    const message = `\`${param}\` is "${type}": the server itself runs no tools`;
    throw new AppError("unsupported", message, { param });
  }
  const parameters = input_schema ?? { type: "object", properties: {} };
  return { name, description, parameters } satisfies CoreTool;
}

function toToolChoice(choice: CountTokensRequest["tool_choice"], tools: CoreTool[]): ToolChoice {
  const bad = (param: string, message: string) =>
    new AppError("invalid_request", message, { param });
  if (choice === undefined) return "auto";
  const { type, name } = choice;
  if (type === "auto" || type === "none") return type;
  if (tools.length === 0) {
    throw bad("tool_choice", `\`tool_choice\` is "${type}", but there are no \`tools\``);
  }
  if (type === "any") return "required";
  if (name === undefined) throw bad("tool_choice.name", "`tool_choice.name` is required");
  if (tools.some((tool) => tool.name === name)) return { name };
  throw bad("tool_choice.name", `\`tool_choice\` names "${name}", which is none of the \`tools\``);
}

function toBudget(thinking: CountTokensRequest["thinking"]): Partial<ChatPrompt> {
  if (thinking === undefined) return {};
  const { type, budget_tokens: nTokens = thinkingBudgetDefault } = thinking;
  if (type === "disabled") return { enableThinking: false };
  if (type === "adaptive") return { enableThinking: true };
  return { enableThinking: true, reasoningBudget: nTokens };
}
