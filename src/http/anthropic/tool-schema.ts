import { type Static, Type } from "@sinclair/typebox";
import { type Refusals, refusedFields } from "../refusals.ts";
import { anyObject, object, oneOf } from "../wire.ts";
import { cacheControl } from "./content-schema.ts";

const { Optional, String: text, Boolean: boolean } = Type;

export const toolRefusals = {
  defer_loading: { harmless: [false], why: "there is no search for tools" },
  allowed_callers: { harmless: [["direct"]], why: "only the model itself calls tools" },
} as const satisfies Refusals;

export const Tool = object(
  {
    name: Optional(text({ minLength: 1 })),
    type: Optional(text({ description: 'Only "custom": the client runs it.' })),
    description: Optional(text()),
    input_schema: Optional(anyObject({ description: "JSON schema of the arguments." })),
    input_examples: Optional(
      Type.Array(anyObject(), { description: "Given to the model with the description." }),
    ),
    strict: Optional(
      boolean({ description: "Not needed: a call always has a tool's name and fits its schema." }),
    ),
    eager_input_streaming: Optional(
      boolean({ description: "Not needed: arguments are streamed as they come." }),
    ),
    cache_control: cacheControl,
    ...refusedFields(toolRefusals),
  },
  { title: "AnthropicTool" },
);
export type Tool = Static<typeof Tool>;

export const ToolChoice = object({
  type: oneOf(["auto", "any", "tool", "none"]),
  name: Optional(text({ description: "With tool: the one to call." })),
  disable_parallel_tool_use: Optional(
    boolean({ description: "true: one call at most. Absent: as the model's template has it." }),
  ),
});
export type ToolChoice = Static<typeof ToolChoice>;
