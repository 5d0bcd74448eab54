import { type Static, Type } from "@sinclair/typebox";
import { constraintFields } from "../constraint.ts";
import { nativeFields } from "../native-request.ts";
import { type Refusals, refusedFields } from "../refusals.ts";
import { Timings } from "../timings.ts";
import { anyObject, object, oneOf } from "../wire.ts";

const { Optional, String: text, Integer, Boolean: boolean, Literal, Null, Union } = Type;

/** Documented fields that cannot be honoured here, with the reason that a client is given. */
export const responsesRefusals = {
  previous_response_id: { harmless: [""], why: "answers are not stored; send the whole input" },
  conversation: { harmless: [], why: "conversations are not stored; send the whole input" },
  background: { harmless: [false], why: "answers are not stored" },
  prompt: { harmless: [], why: "there are no stored prompts" },
  truncation: { harmless: ["disabled"], why: "an input that is too long is refused" },
} as const satisfies Refusals;

const ContentPart = object(
  {
    type: text({ description: "input_text, input_image, output_text, refusal, reasoning_text …" }),
    text: Optional(text()),
    refusal: Optional(text()),
    image_url: Optional(
      text({ description: "A data URL, or, where the operator allows it, any other." }),
    ),
    detail: Optional(text({ description: "Pictures are always seen in full detail." })),
  },
  { title: "ResponseContentPart" },
);
export type ContentPart = Static<typeof ContentPart>;

const Content = Union([text(), Type.Array(ContentPart)]);
export type Content = Static<typeof Content>;

export const InputItem = object(
  {
    type: Optional(
      text({ description: "message, function_call, function_call_output, reasoning" }),
    ),
    role: Optional(oneOf(["user", "assistant", "system", "developer"])),
    content: Optional(Content),
    call_id: Optional(text()),
    name: Optional(text({ description: "Of a function_call: the function." })),
    arguments: Optional(text({ description: "Of a function_call: JSON, as text." })),
    output: Optional(Content),
    summary: Optional(Type.Array(ContentPart)),
  },
  { title: "ResponseInputItem" },
);
export type InputItem = Static<typeof InputItem>;

const Tool = object(
  {
    type: text({ description: 'Tools of other types than "function" are left out.' }),
    name: Optional(text({ minLength: 1 })),
    description: Optional(text()),
    parameters: Optional(anyObject({ description: "JSON schema of the arguments." })),
    strict: Optional(boolean({ description: "Arguments fit the schema in any case." })),
  },
  { title: "ResponseTool" },
);
export type Tool = Static<typeof Tool>;

const ToolChoice = Union([
  oneOf(["auto", "none", "required"]),
  object({
    type: text({ description: '"function", with its name, or "allowed_tools".' }),
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

const promptFields = {
  model: Optional(text({ description: "A name from /v1/models; absent: the default model." })),
  input: Union([text(), Type.Array(InputItem)]),
  instructions: Optional(text({ description: "The system prompt." })),
  tools: Optional(Type.Array(Tool)),
  tool_choice: Optional(ToolChoice),
  parallel_tool_calls: Optional(boolean()),
  reasoning: Optional(
    object({
      effort: Optional(text({ description: 'Given to the chat template; "none": no thinking.' })),
      summary: Optional(text({ description: "Thinking is shown whole, in `content`." })),
    }),
  ),
  text: Optional(
    object({
      format: Optional(TextFormat),
      verbosity: Optional(text({ description: "Given to the chat template." })),
    }),
  ),
  chat_template_kwargs: Optional(anyObject({ description: "Variables for the chat template." })),
  ...constraintFields,
  ...refusedFields(responsesRefusals),
};

export const InputTokensRequest = object(promptFields, {
  title: "InputTokensRequest",
  examples: [{ input: "What is the capital of France?" }],
});
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

export const ResponsesRequest = object(
  {
    ...promptFields,
    ...native,
    max_output_tokens: Optional(Integer({ minimum: 1, description: "Thinking included." })),
    include: Optional(
      Type.Array(text(), {
        description:
          "message.output_text.logprobs adds log probabilities. Others are about tools that the " +
          "server would run, or about encrypted thinking: here it is plain text.",
      }),
    ),
    top_logprobs: Optional(Integer({ minimum: 0, maximum: 20 })),
    store: Optional(boolean({ description: "Answers are not stored, and say `store: false`." })),
    stream_options: Optional(object({}, { description: "There is no obfuscation." })),
    max_tool_calls: Optional(Integer({ description: "Of tools that the server runs: none." })),
    metadata: Optional(anyObject({ description: "Given back." })),
    service_tier: Optional(text({ description: "There is one tier." })),
    prompt_cache_key: Optional(text({ description: "Not needed: common beginnings are found." })),
    safety_identifier: Optional(text({ description: "For OpenAI's own records." })),
    user: Optional(text({ description: "For OpenAI's own records." })),
  },
  {
    title: "ResponsesRequest",
    examples: [{ input: "What is the capital of France?", temperature: 0 }],
  },
);
export type ResponsesRequest = Static<typeof ResponsesRequest>;

const Status = oneOf(["in_progress", "completed", "incomplete"]);
export type Status = Static<typeof Status>;

const OutputItem = object(
  { type: oneOf(["message", "function_call", "reasoning"]), id: text(), status: Status },
  { title: "ResponseOutputItem", description: "As OpenAI has it, by `type`." },
);
export type OutputItem = Static<typeof OutputItem> & Record<string, unknown>;

const Usage = object({
  input_tokens: Integer(),
  input_tokens_details: object({ cached_tokens: Integer() }),
  output_tokens: Integer(),
  output_tokens_details: object({ reasoning_tokens: Integer() }),
  total_tokens: Integer(),
});

export const ResponseObject = object(
  {
    id: text(),
    object: Literal("response"),
    created_at: Integer({ description: "Seconds since 1970." }),
    completed_at: Union([Integer(), Null()]),
    status: Status,
    incomplete_details: Union([object({ reason: text() }), Null()]),
    error: Null(),
    model: text(),
    output: Type.Array(OutputItem),
    usage: Union([Usage, Null()]),
  },
  { title: "Response", description: "The request's own fields are repeated beside these." },
);
export type ResponseObject = Static<typeof ResponseObject> & Record<string, unknown>;

/** One event of a stream; its `event:` line repeats `type`. */
export const ResponseStreamEvent = object(
  {
    type: text({ description: "response.created, … response.completed, or error." }),
    sequence_number: Integer(),
    timings: Optional(Timings),
  },
  { title: "ResponseStreamEvent" },
);

/** An event that has no number yet. */
export type UnnumberedEvent = { type: string } & Record<string, unknown>;

export const InputTokens = object(
  { object: Literal("response.input_tokens"), input_tokens: Integer() },
  { title: "InputTokens" },
);
