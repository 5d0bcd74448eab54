import { type Static, Type } from "@sinclair/typebox";
import { inapplicableFields, type Refusals, refusedFields } from "../refusals.ts";
import { anyObject, object, oneOf } from "../wire.ts";

const { Optional, String: text } = Type;

const ImageUrl = Type.Union(
  [
    object({
      url: text({ description: "The picture: a data URL, bare base64, or a URL." }),
      detail: Optional(text({ description: "Pictures are always seen in full detail." })),
    }),
    text(),
  ],
  {
    description:
      "JPEG, PNG, … as base64. http(s) and file URLs are refused unless the server was started " +
      "to take them.",
  },
);

const Clip = object({
  data: Optional(text({ description: "The clip: a data URL or bare base64." })),
  url: Optional(text({ description: "In place of `data`." })),
  format: Optional(text({ description: "Not needed: the format is found out." })),
});

const TextFile = object({
  file_data: Optional(text({ description: "A text in UTF-8, or a picture, as a data URL." })),
  filename: Optional(text({ description: "Put before the text." })),
  file_id: Optional(text({ description: "Refused: files are not kept." })),
});

const partTypes = [
  "text",
  "image_url",
  "input_audio",
  "input_video",
  "video_url",
  "file",
  "refusal",
] as const;

const ContentPart = object(
  {
    type: oneOf(partTypes),
    text: Optional(text()),
    image_url: Optional(ImageUrl),
    input_audio: Optional(Clip),
    input_video: Optional(Clip),
    video_url: Optional(Clip),
    file: Optional(TextFile),
    refusal: Optional(text()),
    ...inapplicableFields({
      prompt_cache_breakpoint: "common beginnings of prompts are found wherever they end",
    }),
  },
  { title: "ContentPart" },
);
export type ContentPart = Static<typeof ContentPart>;

const ToolCall = object(
  {
    id: Optional(text()),
    type: Optional(Type.Literal("function")),
    function: object({
      name: text(),
      arguments: Type.Union([text(), anyObject()], {
        description: "JSON, as text or as it is.",
      }),
    }),
  },
  { title: "MadeToolCall" },
);

/** Documented fields of messages that are not honoured, with the reason. */
export const messageRefusals = {
  audio: { harmless: [], why: "answers are text, so none was spoken" },
  function_call: { harmless: [], why: "OpenAI replaced it; use `tool_calls`" },
} as const satisfies Refusals;

export const ChatMessage = object(
  {
    role: oneOf(["system", "developer", "user", "assistant", "tool"]),
    content: Optional(Type.Union([text(), Type.Array(ContentPart)])),
    images: Optional(
      Type.Array(text(), { description: "Pictures as base64 or data URLs, put before the text." }),
    ),
    name: Optional(
      text({
        description:
          "In a tool message: the function that was called. In others the speaker, for chat " +
          "templates that tell them apart.",
      }),
    ),
    tool_calls: Optional(Type.Array(ToolCall)),
    tool_call_id: Optional(text({ description: "In a tool message: the call it answers." })),
    reasoning_content: Optional(text({ description: "An assistant's earlier thinking." })),
    refusal: Optional(text({ description: "An assistant's earlier refusal." })),
    ...refusedFields(messageRefusals),
  },
  { title: "ChatMessage" },
);
export type ChatMessage = Static<typeof ChatMessage>;
