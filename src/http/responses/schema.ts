import { type Static, Type } from "@sinclair/typebox";
import { constraintFields, nToolsMax } from "../constraint.ts";
import { nativeFields } from "../native-request.ts";
import { refusedFields } from "../refusals.ts";
import { anyObject, object, oneOf } from "../wire.ts";
import { InputItem } from "./item-schema.ts";
import { countRefusals, openAiRefusals, refusals } from "./unsupported.ts";

const { Optional, String: text, Integer, Boolean: boolean, Union } = Type;

/** Of an id, characters: ours have 37, and errors repeat them. */
const idLengthMax = 1000;

const toolFields = {
  type: text({
    description:
      "function, custom, or a namespace of these. Tools of other types would run on OpenAI's " +
      "servers: they are not offered to the model, and the answer's `tools` do not list them.",
  }),
  name: Optional(text({ minLength: 1 })),
  description: Optional(text()),
  parameters: Optional(anyObject({ description: "JSON schema of the arguments." })),
  strict: Optional(boolean({ description: "Arguments fit the schema in any case." })),
  format: Optional(
    object(
      {
        type: oneOf(["text", "grammar"]),
        syntax: Optional(text()),
        definition: Optional(text()),
      },
      { description: "Of a custom tool's input: the model is told, and not forced." },
    ),
  ),
  allowed_callers: Optional(
    Type.Array(text(), { description: '"direct" must be one of them: the model is the caller.' }),
  ),
  async: Optional(boolean({ description: "Refused if true: an answer ends with its calls." })),
  defer_loading: Optional(boolean({ description: "Tools are offered from the start." })),
  output_schema: Optional(anyObject({ description: "For programs; the model is not told." })),
};
const NestedTool = object(toolFields, { title: "ResponseNestedTool" });
export type NestedTool = Static<typeof NestedTool>;

const Tool = object(
  {
    ...toolFields,
    tools: Optional(
      Type.Array(NestedTool, {
        maxItems: nToolsMax,
        description: "Of a namespace. To the model their names begin with its name and `__`.",
      }),
    ),
  },
  { title: "ResponseTool" },
);
export type Tool = Static<typeof Tool>;

const ToolChoice = Union([
  oneOf(["auto", "none", "required"]),
  object({
    type: text({ description: '"function" or "custom", with its name, or "allowed_tools".' }),
    name: Optional(text()),
    mode: Optional(oneOf(["auto", "required"])),
    tools: Optional(Type.Array(object({ type: text(), name: Optional(text()) }))),
  }),
]);

const TextFormat = object({
  type: oneOf(["text", "json_object", "json_schema"]),
  name: Optional(text()),
  description: Optional(text()),
  schema: Optional(anyObject()),
  strict: Optional(boolean({ description: "The answer fits the schema in any case." })),
});

const Reasoning = object({
  effort: Optional(text({ description: 'Given to the chat template; "none": no thinking.' })),
  summary: Optional(text({ description: "Thinking is shown whole, in `content`." })),
  generate_summary: Optional(text({ description: "As `summary`." })),
  context: Optional(
    oneOf(["auto", "current_turn", "all_turns"], {
      description:
        "current_turn: the chat template is not shown what was thought in earlier turns.",
    }),
  ),
  mode: Optional(text({ description: 'Only "standard".' })),
});

const promptFields = {
  model: Optional(text({ description: "A name from /v1/models; absent: the default model." })),
  input: Optional(Union([text(), Type.Array(InputItem)])),
  instructions: Optional(
    text({ description: "The system prompt; not that of `previous_response_id`." }),
  ),
  previous_response_id: Optional(
    text({
      maxLength: idLengthMax,
      description:
        "The conversation goes on: the inputs and outputs that led to that answer, and it, come " +
        "before `input`. Refused where the operator has answers not kept.",
    }),
  ),
  truncation: Optional(
    oneOf(["auto", "disabled"], {
      description:
        "auto: messages are left out from the beginning of a conversation that does not fit; the " +
        "system prompt and the last message stay.",
    }),
  ),
  tools: Optional(Type.Array(Tool, { maxItems: nToolsMax })),
  tool_choice: Optional(ToolChoice),
  parallel_tool_calls: Optional(boolean()),
  reasoning: Optional(Reasoning),
  text: Optional(
    object({
      format: Optional(TextFormat),
      verbosity: Optional(text({ description: "Given to the chat template." })),
    }),
  ),
  chat_template_kwargs: Optional(anyObject({ description: "Variables for the chat template." })),
  ...constraintFields,
  ...refusedFields(refusals),
};

export const InputTokensRequest = object(
  { ...promptFields, ...refusedFields(countRefusals) },
  { title: "InputTokensRequest", examples: [{ input: "What is the capital of France?" }] },
);
export type InputTokensRequest = Static<typeof InputTokensRequest>;

// Not these: a Responses answer has no place for what they ask for, or its own name for the field.
const {
  n: _n,
  n_cmpl: _nCmpl,
  n_probs: _nProbs,
  post_sampling_probs: _postSampling,
  return_tokens: _returnTokens,
  verbose: _verbose,
  max_tokens: _maxTokens,
  max_completion_tokens: _maxCompletionTokens,
  ...native
} = nativeFields;

const weather = {
  type: "function",
  name: "get_weather",
  description: "Get the weather of a city",
  parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
};

export const ResponsesRequest = object(
  {
    ...promptFields,
    ...native,
    ...refusedFields(openAiRefusals),
    max_output_tokens: Optional(Integer({ minimum: 1, description: "Thinking included." })),
    include: Optional(
      Type.Array(text(), {
        description:
          "message.output_text.logprobs adds log probabilities. OpenAI's other values are about " +
          "tools that the server would run, or about encrypted thinking: here it is plain text.",
      }),
    ),
    top_logprobs: Optional(
      Integer({ minimum: 0, maximum: 20, description: "Above 0 it adds log probabilities too." }),
    ),
    store: Optional(
      boolean({
        description:
          "Keep the answer, for `previous_response_id` and GET. Default: true. An answer that " +
          "was not kept says `store: false`, and with `warning` why, if it should have been.",
      }),
    ),
    stream_options: Optional(
      object({
        include_obfuscation: Optional(
          boolean({ description: "Deltas are padded to similar lengths. Default: false." }),
        ),
      }),
    ),
    max_tool_calls: Optional(
      Integer({ minimum: 1, description: "Of tools that the server runs: there are none." }),
    ),
    metadata: Optional(
      anyObject({
        description:
          "Given back. At most 16 texts of at most 512 characters, under names of at most 64.",
      }),
    ),
    service_tier: Optional(text({ description: "There is one tier, `default`." })),
    prompt_cache_key: Optional(text({ description: "Not needed: common beginnings are found." })),
    prompt_cache_options: Optional(
      anyObject({
        description:
          "As `prompt_cache_retention`; `prewarm` and `comparison_response_id` are refused.",
      }),
    ),
    prompt_cache_retention: Optional(
      text({ description: "Prompts are cached while the model is loaded and there is room." }),
    ),
    safety_identifier: Optional(text({ description: "Given back." })),
    user: Optional(text({ description: "Given back." })),
  },
  {
    title: "ResponsesRequest",
    examples: [
      { input: "What is the capital of France?", temperature: 0 },
      { input: "What is the weather in Paris?", tools: [weather], temperature: 0, stream: true },
    ],
  },
);
export type ResponsesRequest = Static<typeof ResponsesRequest>;
