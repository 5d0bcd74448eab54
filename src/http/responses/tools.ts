import { AppError } from "../../core/errors.ts";
import type { Tool as CoreTool, ToolChoice } from "../../core/messages.ts";
import { nToolsMax } from "../constraint.ts";
import { checkSchema } from "../json-schema.ts";
import type { InputTokensRequest, NestedTool, Tool } from "./schema.ts";

/** How the calls of a tool look to the client. */
export interface ToolFace {
  name: string;
  /** Of tools that belong together, such as those of an MCP server. */
  namespace?: string;
  /** It takes a text instead of JSON. */
  isCustom: boolean;
}

/** The tools of a request. */
export interface Offer {
  /** As the model sees them. */
  tools: CoreTool[];
  choice: ToolChoice;
  /** As the answer lists them. */
  shown: object[];
  faceOf: FaceOf;
}

/** By the name that the model knows the tool by. */
export type FaceOf = (name: string) => ToolFace;

/**
 * Only what the client itself runs: the others would run on OpenAI's servers, and clients offer
 * them to be used, not to be needed.
 * @param followsOpenAi llama-server knows functions only, and repeats all that it is sent
 * @throws AppError invalid_request, unsupported
 */
export function toOffer(body: InputTokensRequest, followsOpenAi: boolean): Offer {
  const all: CoreTool[] = [];
  const shown: object[] = [];
  const faces = new Map<string, ToolFace>();
  const offer = (tool: NestedTool, path: string, space?: Tool): object | null => {
    const isCustom = followsOpenAi && tool.type === "custom";
    if (tool.type !== "function" && !isCustom) return null;
    const name = nameOf(tool, path);
    const offered = offeredName(name, space?.name);
    if (followsOpenAi) {
      check(tool, path);
      if (all.length === nToolsMax) {
        throw bad("tools", `\`tools\` may have ${nToolsMax} tools, those of namespaces included`);
      }
      if (faces.has(offered)) {
        throw bad(`${path}.name`, `\`${path}.name\`, "${name}", is the name of another tool`);
      }
    }
    if (tool.parameters) checkSchema(tool.parameters, `${path}.parameters`);
    faces.set(offered, { name, isCustom, ...(space?.name && { namespace: space.name }) });
    const described = [space?.description, tool.description].filter(Boolean).join("\n\n");
    const one = { ...tool, name: offered, description: described };
    all.push(isCustom ? toTextTool(one) : toFunction(one));
    return isCustom ? tool : { parameters: null, strict: true, ...tool };
  };
  for (const [i, tool] of (body.tools ?? []).entries()) {
    const path = `tools[${i}]`;
    if (followsOpenAi && tool.type === "namespace") {
      nameOf(tool, path);
      const tools = (tool.tools ?? []).map((one, j) => offer(one, `${path}.tools[${j}]`, tool));
      shown.push({ ...tool, tools: tools.filter((one) => one !== null) });
    } else {
      const one = offer(tool, path);
      if (one) shown.push(one);
    }
  }
  const faceOf = (name: string) => faces.get(name) ?? { name, isCustom: false };
  const { tools, choice } = toToolChoice(body.tool_choice, all, faceOf);
  return { tools, choice, shown: followsOpenAi ? shown : (body.tools ?? []), faceOf };
}

/** The model knows no namespaces. */
export function offeredName(name: string, namespace: string | undefined): string {
  if (!namespace) return name;
  return namespace.endsWith("__") ? namespace + name : `${namespace}__${name}`;
}

function nameOf({ name }: NestedTool, path: string): string {
  if (name !== undefined) return name;
  throw bad(`${path}.name`, `\`${path}.name\` is required`);
}

function check(tool: NestedTool, path: string): void {
  const refused = (field: string, why: string) =>
    new AppError("unsupported", `\`${path}.${field}\`: ${why}`, { param: `${path}.${field}` });
  if (tool.async) throw refused("async", "an answer ends with its calls");
  if (tool.allowed_callers && !tool.allowed_callers.includes("direct")) {
    throw refused("allowed_callers", 'must include "direct": only the model calls tools here');
  }
}

/** With the name and the description that the model is given. */
type Described = NestedTool & { name: string; description: string };

function toFunction({ name, description, parameters }: Described): CoreTool {
  return { name, description, parameters: parameters ?? { type: "object", properties: {} } };
}

/** To the model it is a function of one text. */
function toTextTool({ name, description, format }: Described): CoreTool {
  const { syntax = "", definition } = format ?? {};
  const grammar = definition === undefined ? "" : `The input follows this ${syntax} grammar:`;
  return {
    name,
    description: [description, grammar, definition].filter(Boolean).join("\n\n"),
    parameters: {
      type: "object",
      properties: { input: { type: "string" } },
      required: ["input"],
      additionalProperties: false,
    },
  };
}

/** The arguments of a call of such a function. */
export function toTextToolArguments(input: string): string {
  return JSON.stringify({ input });
}

/** The text of such a call. Arguments that were cut are no JSON: then it is they. */
export function toTextToolInput(args: string): string {
  try {
    const { input } = JSON.parse(args);
    return typeof input === "string" ? input : args;
  } catch {
    return args;
  }
}

function toToolChoice(
  choice: InputTokensRequest["tool_choice"],
  tools: CoreTool[],
  faceOf: FaceOf,
): Pick<Offer, "tools" | "choice"> {
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
  const isCustom = choice.type === "custom" && faceOf(choice.name ?? "").isCustom;
  if (choice.type === "function" || isCustom) {
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

function bad(param: string, message: string): AppError {
  return new AppError("invalid_request", message, { param });
}
