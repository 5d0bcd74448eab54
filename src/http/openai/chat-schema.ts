import { type Static, Type } from "@sinclair/typebox";
import { constraintFields, nToolsMax } from "../constraint.ts";
import { nativeFields } from "../native-request.ts";
import { optionFields } from "../ollama-options.ts";
import { inapplicableFields, type Refusals, refusedFields } from "../refusals.ts";
import { anyObject, object, oneOf } from "../wire.ts";
import { chatExamples } from "./examples.ts";
import { ChatMessage } from "./message-schema.ts";

const { Optional, Integer, Boolean: bool, String: text } = Type;

/** Documented fields that are not honoured, with the reason that a client is given. */
export const chatRefusals = {
  functions: { harmless: [[]], why: "OpenAI replaced it; use `tools`" },
  function_call: { harmless: ["none", "auto"], why: "OpenAI replaced it; use `tool_choice`" },
  modalities: { harmless: [["text"]], why: "answers are text" },
  audio: { harmless: [], why: "answers are text" },
  store: { harmless: [false], why: "answers are not stored" },
  web_search_options: { harmless: [], why: "there is no web search" },
} as const satisfies Refusals;

/** Likewise; a drop-in for llama-server ignores these, as that does. */
export const openAiRefusals = {
  metadata: { harmless: [{}], why: "it belongs to answers that are stored, and none is" },
  moderation: { harmless: [], why: "there is no moderation model" },
} as const satisfies Refusals;

/** Of OpenAI's service, beside the model. */
export const serviceFields = {
  user: "all users are alike",
  safety_identifier: "all users are alike",
};

const inapplicable = inapplicableFields({
  ...serviceFields,
  prediction: "it only saves time; text that repeats is found and guessed without it",
  prompt_cache_key: "common beginnings of prompts are found without it",
  prompt_cache_options: "prompts are cached while there is room",
  prompt_cache_retention: "prompts are cached while there is room",
});

/** Without `function`, the complaint is about `type`, which custom tools have another of. */
const Tool = object(
  {
    type: Type.Literal("function"),
    function: Optional(
      object(
        {
          name: text({ minLength: 1 }),
          description: Optional(text()),
          parameters: Optional(anyObject({ description: "JSON schema of the arguments." })),
          ...inapplicableFields({
            strict: "arguments always fit as much of `parameters` as a grammar can tell",
          }),
        },
        { description: "Required." },
      ),
    ),
  },
  { title: "Tool" },
);

const FunctionName = object({ name: text() });

const ToolChoice = Type.Union(
  [
    text(),
    object({
      type: oneOf(["function", "allowed_tools"]),
      function: Optional(FunctionName),
      allowed_tools: Optional(
        object({
          mode: oneOf(["auto", "required"]),
          tools: Type.Array(object({ function: FunctionName })),
        }),
      ),
    }),
  ],
  {
    description:
      '"auto", "none", "required", the function that must be called, or those of the `tools` ' +
      "that may be.",
  },
);

const ResponseFormat = object(
  {
    type: Optional(oneOf(["text", "json_object", "json_schema"])),
    schema: Optional(anyObject({ description: "With json_object: llama-server's extension." })),
    json_schema: Optional(
      object({
        schema: Optional(anyObject({ description: "Required. Empty: any object." })),
        ...inapplicableFields({
          name: "it is the client's own",
          description: "the model sees only the schema's effect",
          strict: "answers always fit as much of `schema` as a grammar can tell",
        }),
      }),
    ),
  },
  { title: "ResponseFormat" },
);

export const StreamOptions = object({
  include_usage: Optional(bool({ description: "Send `usage` in a last chunk without choices." })),
  include_obfuscation: Optional(
    bool({ description: "Pad chunks with `obfuscation`, so that their lengths say little." }),
  ),
});

const BudgetTokens = Integer({
  minimum: -1,
  description: "Tokens of thinking at most; -1: the server's limit, which by default is none.",
});

/** OpenRouter's words. */
export const reasoningRefusals = {
  exclude: { harmless: [false], why: "thinking is shown; `reasoning.enabled` switches it off" },
} as const satisfies Refusals;

const Reasoning = object({
  effort: Optional(text({ description: "Another place of `reasoning_effort`." })),
  enabled: Optional(bool({ description: "Ask the model to think, or not to." })),
  max_tokens: Optional(BudgetTokens),
  ...refusedFields(reasoningRefusals),
});

/** What decides the prompt, and how the answer is read. */
const promptFields = {
  model: Optional(text({ description: "A name from /v1/models; absent: the default model." })),
  messages: Type.Array(ChatMessage, { minItems: 1 }),
  tools: Optional(Type.Array(Tool, { maxItems: nToolsMax })),
  tool_choice: Optional(ToolChoice),
  parallel_tool_calls: Optional(
    bool({ description: "Several calls in one answer. Default: as the model's template has it." }),
  ),
  parse_tool_calls: Optional(bool({ description: "false: tool calls stay text." })),
  response_format: Optional(ResponseFormat),
  reasoning_effort: Optional(
    text({
      description:
        "none, minimal, low, medium, high, xhigh or max. Given to the chat template; `none` asks " +
        "it not to think.",
    }),
  ),
  reasoning: Optional(Reasoning),
  think: Optional(
    Type.Union([bool(), oneOf(["low", "medium", "high", "max"])], {
      description: "Ollama's words for `reasoning_effort`.",
    }),
  ),
  verbosity: Optional(
    oneOf(["low", "medium", "high"], { description: "Given to the chat template." }),
  ),
  reasoning_format: Optional(
    oneOf(["none", "auto", "deepseek", "deepseek-legacy"], {
      description:
        "none: thinking stays in the content; deepseek and auto: it is in `reasoning_content`; " +
        "deepseek-legacy: in both.",
    }),
  ),
  reasoning_budget_tokens: Optional(BudgetTokens),
  thinking_budget_tokens: Optional(BudgetTokens),
  reasoning_budget_message: Optional(
    text({ description: "What the model is made to say when the budget is used up." }),
  ),
  reasoning_control: Optional(
    bool({ description: "Let /v1/chat/completions/control end the thinking." }),
  ),
  chat_template_kwargs: Optional(anyObject({ description: "Variables for the chat template." })),
  add_generation_prompt: Optional(
    bool({ description: "false: the prompt ends with the last message. Default: true." }),
  ),
  continue_final_message: Optional(
    Type.Union([bool(), oneOf(["content", "reasoning_content"])], {
      description:
        "The last message, an assistant's, is continued; needs add_generation_prompt: false. " +
        "By default an assistant's last message is continued.",
    }),
  ),
  ...constraintFields,
};

export const ChatCompletionRequest = object(
  {
    ...nativeFields,
    ...promptFields,
    ...optionFields,
    stream_options: Optional(StreamOptions),
    logprobs: Optional(bool({ description: "Report the probabilities of tokens." })),
    top_logprobs: Optional(
      Integer({
        minimum: 0,
        description:
          "With logprobs: so many of the likeliest tokens, by default 20 and at most 100, for " +
          "every token. As a drop-in for llama-server, any number.",
      }),
    ),
    service_tier: Optional(text({ description: "There is one tier, `default`." })),
    ...inapplicable,
    ...refusedFields(chatRefusals),
    ...refusedFields(openAiRefusals),
  },
  {
    title: "ChatCompletionRequest",
    examples: chatExamples,
  },
);
export type ChatCompletionRequest = Static<typeof ChatCompletionRequest>;

/** A conversation, without anything about its answer. */
export const ChatPromptRequest = object(promptFields, {
  title: "ChatPromptRequest",
  examples: [{ messages: [{ role: "user", content: "What is the capital of France?" }] }],
});
export type ChatPromptRequest = Static<typeof ChatPromptRequest>;

export const PromptText = object(
  { prompt: text({ description: "What the model would be given." }) },
  { title: "PromptText" },
);

export const InputTokens = object(
  { object: Type.Literal("response.input_tokens"), input_tokens: Integer() },
  { title: "InputTokens" },
);

export const ControlRequest = object(
  {
    id: Optional(text({ description: "The completion's id, `chatcmpl-…`." })),
    action: Optional(
      text({ description: '"reasoning_end": what the model thinks ends, and it answers.' }),
    ),
    model: Optional(text({ description: "As in the completion's request." })),
  },
  {
    title: "ControlRequest",
    examples: [{ id: "chatcmpl-0123456789abcdef0123456789abcdef", action: "reasoning_end" }],
  },
);
export type ControlRequest = Static<typeof ControlRequest>;

export const ControlAnswer = object(
  { success: bool(), message: Optional(text({ description: "Why there was no success." })) },
  { title: "ControlAnswer" },
);
