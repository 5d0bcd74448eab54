import { type Static, Type } from "@sinclair/typebox";
import { object, oneOf } from "../wire.ts";

const { Optional, String: text } = Type;

const ContentPart = object(
  {
    type: text({
      description:
        "input_text, input_image, input_audio, input_file; output_text, refusal, reasoning_text …",
    }),
    text: Optional(text()),
    refusal: Optional(text()),
    image_url: Optional(
      text({ description: "A data URL, or, where the operator allows it, any other." }),
    ),
    detail: Optional(text({ description: "Pictures are always seen in full detail." })),
    input_audio: Optional(
      object({ data: text({ description: "Base64." }), format: Optional(text()) }),
    ),
    file_data: Optional(
      text({ description: "A text, or a data URL of a picture. Other documents are refused." }),
    ),
    filename: Optional(text({ description: "Shown to the model, above the file's text." })),
    file_url: Optional(text({ description: "Refused: files are not fetched." })),
    file_id: Optional(text({ description: "Refused: files are not kept here." })),
  },
  { title: "ResponseContentPart" },
);
export type ContentPart = Static<typeof ContentPart>;

const Content = Type.Union([text(), Type.Array(ContentPart)]);
export type Content = Static<typeof Content>;

export const InputItem = object(
  {
    type: Optional(
      text({
        description:
          "message, function_call, function_call_output, custom_tool_call, " +
          "custom_tool_call_output, reasoning, item_reference. Others are about tools that " +
          "OpenAI's servers run, and refused.",
      }),
    ),
    id: Optional(text({ description: "Of an item_reference: the item that stands there." })),
    status: Optional(text({ description: "Given back." })),
    role: Optional(oneOf(["user", "assistant", "system", "developer"])),
    phase: Optional(text({ description: "Given back; the model does not see it." })),
    content: Optional(Content),
    call_id: Optional(text({ description: "Of a call, and of the output that answers it." })),
    name: Optional(text({ description: "Of a call: the tool." })),
    namespace: Optional(text({ description: "Of a call: that of its tool." })),
    arguments: Optional(text({ description: "Of a function_call: JSON, as text." })),
    input: Optional(text({ description: "Of a custom_tool_call." })),
    output: Optional(Content),
    summary: Optional(Type.Array(ContentPart)),
  },
  { title: "ResponseInputItem" },
);
export type InputItem = Static<typeof InputItem>;
