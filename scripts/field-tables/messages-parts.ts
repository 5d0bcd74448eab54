import type { BetaMessageParam, BetaTool } from "@anthropic-ai/sdk/resources/beta/messages";
import type { MessageParam, Tool as OfficialTool } from "@anthropic-ai/sdk/resources/messages";
import { InputMessage } from "../../src/http/anthropic/content-schema.ts";
import { Tool } from "../../src/http/anthropic/tool-schema.ts";
import {
  elsewhere,
  type FieldOf,
  type FieldTable,
  inapplicable,
  prompts,
  type Rows,
  refused,
} from "./row.ts";

const route = "POST /v1/messages";
const hello = { role: "user", content: "Hello!" };
const parameters = { type: "object", properties: { city: { type: "string" } } };
const forCache = { type: "ephemeral" };

const says = (sends: unknown, message: object, beside?: object) =>
  prompts(sends, { messages: [message] }, beside);
const offers = (sends: unknown, tool: object) => prompts(sends, { tools: [tool] });

const messageRows: Rows<FieldOf<MessageParam | BetaMessageParam>> = {
  role: says("system", { role: "system" }),
  content: says("Why?", { parts: [{ text: "Why?" }] }),
  clear_at: refused("next_turn"),
  output_config: refused({ effort: "low" }),
};

const toolRows: Rows<FieldOf<OfficialTool | BetaTool>> = {
  name: offers("seek", { name: "seek" }),
  description: offers("Finds it.", { description: "Finds it." }),
  input_schema: offers(parameters, { parameters }),
  input_examples: elsewhere(
    "http/anthropic-request.test.ts",
    "examples of a tool's input are part of its description",
  ),
  type: inapplicable("custom"),
  strict: inapplicable(true),
  eager_input_streaming: inapplicable(true),
  cache_control: inapplicable(forCache),
  defer_loading: refused(true),
  allowed_callers: refused(["code_execution_20250825"]),
};

/** What is inside of a request's fields. */
export const messagesParts: readonly FieldTable[] = [
  {
    route,
    within: { name: "messages[]", body: (message) => ({ messages: [message] }) },
    source: "MessageParam, also the beta's",
    schema: InputMessage,
    base: hello,
    documented: messageRows,
    extras: {},
  },
  {
    route,
    within: { name: "tools[]", body: (tool) => ({ messages: [hello], tools: [tool] }) },
    source: "Tool, also the beta's",
    schema: Tool,
    base: { name: "look", input_schema: {} },
    documented: toolRows,
    extras: {},
  },
];
