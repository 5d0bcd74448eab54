import { AppError } from "../../core/errors.ts";
import type { ChatPrompt, GenerateRequest } from "../../core/generate.ts";
import type { Tool, ToolChoice } from "../../core/messages.ts";
import { type Constraint, toConstraint } from "../constraint.ts";
import { refuse } from "../refusals.ts";
import { toSampling } from "../sampling.ts";
import { toStop } from "../stop.ts";
import { toMessages } from "./messages.ts";
import { type ChatCompletionRequest, chatRefusals } from "./schema.ts";

/** @throws AppError invalid_request, unsupported */
export function toGenerateRequest(body: ChatCompletionRequest): GenerateRequest {
  refuse(body, chatRefusals);
  const tools = toTools(body);
  return {
    prompt: {
      type: "chat",
      messages: toMessages(body.messages),
      tools,
      toolChoice: toToolChoice(body.tool_choice, tools),
      parallelToolCalls: body.parallel_tool_calls,
      ...toFormat(body, tools),
      ...toThinking(body),
    },
    nPredict: toNPredict(body),
    stop: toStop(body.stop),
    sampling: toSampling(body),
    cachePrompt: body.cache_prompt ?? true,
  };
}

function toTools({ tools = [] }: ChatCompletionRequest): Tool[] {
  return tools.map(({ function: { name, description = "", parameters } }) => ({
    name,
    description,
    parameters: parameters ?? { type: "object", properties: {} },
  }));
}

function toToolChoice(choice: ChatCompletionRequest["tool_choice"], tools: Tool[]): ToolChoice {
  if (choice === undefined || choice === "auto" || choice === "none") return choice ?? "auto";
  if (choice === "required") {
    if (tools.length > 0) return choice;
    throw bad("tool_choice", '`tool_choice` is "required", but there are no `tools`');
  }
  const { name } = choice.function;
  if (tools.some((tool) => tool.name === name)) return { name };
  throw bad("tool_choice", `\`tool_choice\` names "${name}", which is not among the \`tools\``);
}

/** `response_format`, `json_schema` and `grammar` all constrain the answer: one of them may. */
function toFormat(body: ChatCompletionRequest, tools: Tool[]): Constraint {
  const constraint = toConstraint(body);
  const schema = toFormatSchema(body.response_format);
  if (schema && (constraint.grammar || constraint.jsonSchema)) {
    throw bad("response_format", "`response_format` excludes `grammar` and `json_schema`");
  }
  if (constraint.grammar && tools.length > 0) {
    throw bad("grammar", "`grammar` excludes `tools`: a tool call has a grammar of its own");
  }
  return schema ? { jsonSchema: schema } : constraint;
}

function toFormatSchema(format: ChatCompletionRequest["response_format"]): object | undefined {
  if (format === undefined) return undefined;
  switch (format.type) {
    case "text":
      return undefined;
    case "json_object":
      return format.schema ?? {};
    case "json_schema": {
      const schema = format.json_schema?.schema;
      const param = "response_format.json_schema.schema";
      if (schema === undefined) throw bad(param, `\`${param}\` is required`);
      return schema;
    }
    default:
      return format.type satisfies never;
  }
}

type Thinking = Pick<ChatPrompt, "enableThinking" | "templateVariables">;

function toThinking(body: ChatCompletionRequest): Thinking {
  const { reasoning_effort: effort, chat_template_kwargs: kwargs = {} } = body;
  const { enable_thinking: enabled, ...variables } = kwargs;
  if (enabled !== undefined && typeof enabled !== "boolean") {
    const param = "chat_template_kwargs.enable_thinking";
    throw bad(param, `\`${param}\` must be true or false`);
  }
  if (effort === "none") return { enableThinking: false, templateVariables: variables };
  if (effort !== undefined) variables.reasoning_effort ??= effort;
  return { enableThinking: enabled, templateVariables: variables };
}

function toNPredict(body: ChatCompletionRequest): number | undefined {
  const fields = ["max_completion_tokens", "max_tokens", "n_predict"] as const;
  const field = fields.find((name) => body[name] !== undefined);
  if (field === undefined || body[field] === -1) return undefined;
  if (body[field] === 0) throw bad(field, `\`${field}\` must be at least 1, or -1 for no limit`);
  return body[field];
}

function bad(param: string, message: string): AppError {
  return new AppError("invalid_request", message, { param });
}
