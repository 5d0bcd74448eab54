import { type Static, Type } from "@sinclair/typebox";
import { type Refusals, refusedFields } from "../refusals.ts";
import { anyObject, object, oneOf } from "../wire.ts";

const { Optional, String: text, Boolean: boolean } = Type;

export const pictureRefusals = {
  transformations: {
    harmless: [{}, { oversized_image: "downsize" }],
    why: "pictures that are too large are scaled down",
  },
} as const satisfies Refusals;

export const quotedRefusals = {
  citations: { harmless: [{}, { enabled: false }], why: "answers do not cite" },
} as const satisfies Refusals;

export const callRefusals = {
  caller: { harmless: [{ type: "direct" }], why: "only the model itself calls tools" },
  toolset_name: { harmless: [], why: "there are no toolsets" },
} as const satisfies Refusals;

export const messageRefusals = {
  clear_at: { harmless: ["never"], why: "messages are not cleared" },
  output_config: { harmless: [{}], why: "one `output_config` counts for the whole request" },
} as const satisfies Refusals;

export const cacheControl = Optional(
  anyObject({ description: "Not needed: every common beginning of prompts is reused." }),
);

const sourceFields = {
  type: text({
    description: '"base64" or "url"; for a document "text" or "content". PDFs and files: refused.',
  }),
  media_type: Optional(text({ description: "Not needed: the bytes say what they are." })),
  data: Optional(text({ description: "base64, or a document's plain text." })),
  url: Optional(text({ description: "Fetched only where the operator allows it." })),
};

/** What a document may be made of: text and pictures. */
const PlainBlock = object(
  {
    type: text({ description: "text or image." }),
    text: Optional(text()),
    source: Optional(object(sourceFields)),
    cache_control: cacheControl,
    ...refusedFields(pictureRefusals),
  },
  { title: "AnthropicPlainBlock" },
);
const PlainContent = Type.Union([text(), Type.Array(PlainBlock)]);

const Source = object(
  {
    ...sourceFields,
    content: Optional(
      Type.Union([text(), Type.Array(PlainBlock)], { description: "Of a document: its parts." }),
    ),
  },
  { title: "AnthropicSource" },
);
export type Source = Static<typeof Source>;

/** What a message, and a result of a tool, may show. */
const shownFields = {
  type: text({ description: "text, image, document, thinking, tool_use, tool_result …" }),
  text: Optional(text()),
  source: Optional(
    Type.Union([Source, text()], { description: "Of a search_result: a text that names it." }),
  ),
  title: Optional(text({ description: "Of a document or search_result: put before its text." })),
  context: Optional(text({ description: "Of a document: put before its text." })),
  cache_control: cacheControl,
  citations: Optional(
    Type.Unknown({
      description:
        'Of a document or search_result only {"enabled":false}: answers do not cite. ' +
        "Of an earlier answer's text: not needed, what it says is in `text`.",
    }),
  ),
  ...refusedFields(pictureRefusals),
};

const ShownBlock = object(
  { ...shownFields, content: Optional(PlainContent) },
  { title: "AnthropicResultBlock" },
);
/** A block in a message, in a result of a tool, or in a document. */
export interface ShownBlock extends Omit<Static<typeof ShownBlock>, "content"> {
  content?: string | ShownBlock[];
}

export const ContentBlock = object(
  {
    ...shownFields,
    thinking: Optional(text()),
    signature: Optional(text({ description: "Not checked: thinking is not signed here." })),
    data: Optional(
      text({ description: "Of redacted_thinking: only Anthropic's models can read it." }),
    ),
    id: Optional(text({ description: "Of a tool_use." })),
    name: Optional(text({ description: "Of a tool_use: the tool." })),
    input: Optional(anyObject({ description: "Of a tool_use: the tool's arguments." })),
    tool_use_id: Optional(text({ description: "Of a tool_result: the call that it answers." })),
    content: Optional(
      Type.Union([text(), Type.Array(ShownBlock)], {
        description: "Of a tool_result, or (only text) of a search_result.",
      }),
    ),
    is_error: Optional(
      boolean({ description: 'The result begins with "Error: ", unless it says so itself.' }),
    ),
    ...refusedFields(callRefusals),
  },
  { title: "AnthropicContentBlock" },
);
export type ContentBlock = Static<typeof ContentBlock>;

export const Content = Type.Union([text(), Type.Array(ContentBlock)]);
export type Content = Static<typeof Content>;

export const InputMessage = object(
  {
    role: oneOf(["user", "assistant", "system"], {
      description: "Messages in a row of one role are one. An assistant's last one is continued.",
    }),
    content: Optional(Content),
    ...refusedFields(messageRefusals),
  },
  { title: "AnthropicMessage" },
);
export type InputMessage = Static<typeof InputMessage>;
