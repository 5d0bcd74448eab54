import type {
  ChatCompletionContentPart,
  ChatCompletionContentPartRefusal,
  ChatCompletionMessageParam,
} from "openai/resources/chat/completions";
import type { FunctionDefinition, ResponseFormatJSONSchema } from "openai/resources/shared";
import { ChatCompletionRequest } from "../../src/http/openai/chat-schema.ts";
import { ChatMessage } from "../../src/http/openai/message-schema.ts";
import {
  elsewhere,
  type FieldOf,
  type FieldTable,
  inapplicable,
  prompts,
  type Rows,
  refused,
} from "./row.ts";

const route = "POST /v1/chat/completions";
const hello = { role: "user", content: "Hello!" };
const call = { id: "a", type: "function", function: { name: "look", arguments: "{}" } };
const calling = { role: "assistant", tool_calls: [call] };
const answered = [{ role: "user" }, { role: "assistant", toolCalls: [{ id: "a" }] }];

/** The last message that the engine gets. */
const says = (sends: unknown, message: object, beside?: object) =>
  prompts(sends, { messages: [message] }, beside);

const messageRows: Rows<FieldOf<ChatCompletionMessageParam>> = {
  role: says("system", { role: "system" }),
  content: says("Why?", { parts: [{ type: "text", text: "Why?" }] }),
  name: says("Anna", { toolName: "Anna" }),
  tool_calls: says([call], { toolCalls: [{ id: "a", name: "look" }] }, { role: "assistant" }),
  tool_call_id: prompts(
    "a",
    { messages: [...answered, { role: "tool", toolCallId: "a" }] },
    { role: "tool", content: "green" },
  ),
  refusal: says("No.", { parts: [{ text: "No." }] }, { role: "assistant", content: null }),
  audio: refused({ id: "audio_1" }),
  function_call: refused({ name: "look", arguments: "{}" }),
};

const messageExtras = {
  images: elsewhere("http/openai.test.ts", "a picture in `images` stands before the text"),
  reasoning_content: says("Hm.", { reasoning: "Hm." }, { role: "assistant" }),
} satisfies Rows<
  Exclude<FieldOf<ChatCompletionRequest["messages"][number]>, keyof typeof messageRows>
>;

/** Results of a tool come after its call. */
const conversation = (message: { role?: string }) => ({
  messages: message.role === "tool" ? [hello, calling, message] : [message],
});

type Part = ChatCompletionContentPart | ChatCompletionContentPartRefusal;
type OurPart = Exclude<
  ChatCompletionRequest["messages"][number]["content"],
  string | undefined
>[number];

const hears = elsewhere("http/openai-chat.test.ts", "a sound is for models that hear");
const shows = elsewhere("e2e/openai.test.ts", "two of them");

const partRows: Rows<FieldOf<Part>> = {
  type: elsewhere(
    "http/openai-request.test.ts",
    "roles, parts, thinking and tool traffic arrive as core has them",
  ),
  text: says("Hi", { parts: [{ text: "Hi" }] }),
  image_url: shows,
  input_audio: hears,
  file: says(
    { file_data: "data:text/plain;base64,SGk=", filename: "a.txt" },
    { parts: [{ text: "a.txt:\n\nHi" }] },
    { type: "file" },
  ),
  refusal: says("No.", { parts: [{ text: "No." }] }, { type: "refusal" }),
  prompt_cache_breakpoint: inapplicable({ mode: "explicit" }, { text: "Hi" }),
};

const partExtras = {
  input_video: hears,
  video_url: hears,
} satisfies Rows<Exclude<FieldOf<OurPart>, FieldOf<Part>>>;

const { content } = ChatMessage.properties;
const Part = content.anyOf[1].items;
const Tool = ChatCompletionRequest.properties.tools.items;
const parameters = { type: "object", properties: { city: { type: "string" } } };

const offers = (sends: unknown, tool: object, beside?: object) =>
  prompts(sends, { tools: [tool] }, beside);

const functionRows: Rows<FieldOf<FunctionDefinition>> = {
  name: offers("seek", { name: "seek" }),
  description: offers("Finds it.", { description: "Finds it." }),
  parameters: offers(parameters, { parameters }),
  strict: inapplicable(true),
};

const formatRows: Rows<FieldOf<ResponseFormatJSONSchema.JSONSchema>> = {
  schema: prompts(parameters, { jsonSchema: parameters }),
  name: inapplicable("city"),
  description: inapplicable("A city."),
  strict: inapplicable(true),
};

/** What is inside of a chat's fields. */
export const chatParts: readonly FieldTable[] = [
  {
    route,
    within: { name: "messages[]", body: conversation },
    source: "ChatCompletionMessageParam",
    schema: ChatMessage,
    base: hello,
    documented: messageRows,
    extras: messageExtras,
  },
  {
    route,
    within: {
      name: "messages[].content[]",
      body: (part) => ({
        messages: [
          {
            role: "type" in part && part.type === "refusal" ? "assistant" : "user",
            content: [part],
          },
        ],
      }),
    },
    source: "ChatCompletionContentPart",
    schema: Part,
    base: { type: "text" },
    documented: partRows,
    extras: partExtras,
  },
  {
    route,
    within: {
      name: "tools[].function",
      body: (tool) => ({ messages: [hello], tools: [{ type: "function", function: tool }] }),
    },
    source: "FunctionDefinition",
    schema: Tool.properties.function,
    base: { name: "look" },
    documented: functionRows,
    extras: {},
  },
  {
    route,
    within: {
      name: "response_format.json_schema",
      body: (format) => ({
        messages: [hello],
        response_format: { type: "json_schema", json_schema: format },
      }),
    },
    source: "ResponseFormatJSONSchema",
    schema: ChatCompletionRequest.properties.response_format.properties.json_schema,
    base: { schema: {} },
    documented: formatRows,
    extras: {},
  },
];
