import { AppError } from "../../core/errors.ts";
import type { ChatPrompt, Constraint, GenerateRequest } from "../../core/generate.ts";
import type { Tool as CoreTool, ToolChoice } from "../../core/messages.ts";
import type { LoadMedia } from "../chat-media.ts";
import { toThinking } from "../chat-thinking.ts";
import { toConstraint } from "../constraint.ts";
import { toNativeRequest } from "../native-request.ts";
import { refuse } from "../refusals.ts";
import { toMessages } from "./items.ts";
import { type InputTokensRequest, type ResponsesRequest, responsesRefusals } from "./schema.ts";

/** @throws AppError invalid_request, unsupported */
export async function toGenerateRequest(
  body: ResponsesRequest,
  load: LoadMedia,
): Promise<GenerateRequest> {
  const native = toNativeRequest(body);
  return {
    ...native,
    prompt: await toPrompt(body, load),
    nPredict: body.max_output_tokens ?? native.nPredict,
    report: {
      progress: body.stream,
      // The likeliest token is one of those that are reported, so 1 is needed for its own.
      nProbs: wantsLogprobs(body) ? Math.max(body.top_logprobs ?? 0, 1) : undefined,
    },
  };
}

export function wantsLogprobs({ include = [] }: ResponsesRequest): boolean {
  return include.includes("message.output_text.logprobs");
}

/** @throws AppError invalid_request, unsupported */
export async function toPrompt(body: InputTokensRequest, load: LoadMedia): Promise<ChatPrompt> {
  refuse(body, responsesRefusals);
  const { tools, choice } = toToolChoice(body.tool_choice, toTools(body));
  const { verbosity } = body.text ?? {};
  return {
    type: "chat",
    messages: await toMessages(body.input, body.instructions, load),
    tools,
    toolChoice: choice,
    parallelToolCalls: body.parallel_tool_calls,
    ...toFormat(body, tools),
    ...toThinking({
      effort: body.reasoning?.effort,
      kwargs: { ...(verbosity && { verbosity }), ...body.chat_template_kwargs },
    }),
  };
}

/** Only functions: the others would run on OpenAI's servers, and clients offer them to be used. */
function toTools({ tools = [] }: InputTokensRequest): CoreTool[] {
  return tools.flatMap(({ type, name, description = "", parameters }, i) => {
    if (type !== "function") return [];
    const param = `tools[${i}].name`;
    if (name === undefined) throw bad(param, `\`${param}\` is required`);
    return [{ name, description, parameters: parameters ?? { type: "object", properties: {} } }];
  });
}

function toToolChoice(
  choice: InputTokensRequest["tool_choice"],
  tools: CoreTool[],
): { tools: CoreTool[]; choice: ToolChoice } {
  const known = (name: string | undefined, param: string) => {
    const tool = tools.find((one) => one.name === name);
    if (tool) return tool;
    throw bad(param, `\`${param}\` must be one of the functions in \`tools\``);
  };
  if (choice === undefined || choice === "auto" || choice === "none") {
    return { tools, choice: choice ?? "auto" };
  }
  if (choice === "required") {
    if (tools.length > 0) return { tools, choice };
    throw bad("tool_choice", '`tool_choice` is "required", but there are no functions in `tools`');
  }
  if (choice.type === "function") {
    return { tools, choice: { name: known(choice.name, "tool_choice.name").name } };
  }
  if (choice.type !== "allowed_tools") {
    throw bad("tool_choice.type", `\`tool_choice.type\` is "${choice.type}": no such tool is here`);
  }
  const allowed = (choice.tools ?? []).map(({ name }, i) =>
    known(name, `tool_choice.tools[${i}].name`),
  );
  return { tools: allowed, choice: choice.mode ?? "auto" };
}

/** `text.format`, `json_schema` and `grammar` all constrain the answer: one of them may. */
function toFormat(body: InputTokensRequest, tools: CoreTool[]): Constraint {
  const constraint = toConstraint(body);
  const jsonSchema = toFormatSchema(body);
  if (constraint.grammar !== undefined && tools.length > 0) {
    throw bad("grammar", "`grammar` excludes `tools`: a tool call has a grammar of its own");
  }
  if (jsonSchema === undefined) return constraint;
  if (constraint.grammar === undefined && constraint.jsonSchema === undefined) {
    return { ...constraint, jsonSchema };
  }
  throw bad("text.format", "`text.format` excludes `grammar` and `json_schema`");
}

function toFormatSchema({ text }: InputTokensRequest): object | undefined {
  const format = text?.format;
  if (format === undefined || format.type === "text") return undefined;
  if (format.type === "json_object") return {};
  if (format.schema) return format.schema;
  throw bad("text.format.schema", "`text.format.schema` is required");
}

function bad(param: string, message: string): AppError {
  return new AppError("invalid_request", message, { param });
}
