import { type Static, Type } from "@sinclair/typebox";
import { messageRoles } from "../../models/modelfile.ts";
import { type Refusals, refusedFields } from "../refusals.ts";
import { anyObject, object, oneOf } from "../wire.ts";

const { Optional, Boolean: bool, String: text } = Type;

export const createRefusals = {
  remote_host: { harmless: [""], why: "models run on this machine only" },
} as const satisfies Refusals;

const digests = (description: string) =>
  Optional(Type.Record(text(), text(), { description: `${description}, to their digests.` }));

export const CreateRequest = object(
  {
    model: Optional(text({ description: "Its name, with or without a tag." })),
    name: Optional(text({ description: "What `model` was called at first." })),
    from: Optional(
      text({ description: "A model to go out from; one that is not here is pulled first." }),
    ),
    files: digests(
      "Names of GGUF files that were uploaded as blobs: a model, whole or in parts, and perhaps " +
        "its projector",
    ),
    adapters: digests("Names of LoRA adapters in GGUF"),
    draft_files: digests("Names of GGUF files of a draft model"),
    template: Optional(text({ description: 'In Go\'s template language; "": none.' })),
    system: Optional(text({ description: 'System message; "": none.' })),
    license: Optional(Type.Union([text(), Type.Array(text())])),
    parameters: Optional(
      anyObject({ description: "Of a Modelfile, over the base's; null takes one away." }),
    ),
    messages: Optional(
      Type.Array(object({ role: oneOf(messageRoles), content: text() }), {
        description: "Examples that stand before every conversation; empty: none.",
      }),
    ),
    renderer: Optional(text({ description: "Kept for Ollama." })),
    parser: Optional(text({ description: "Kept for Ollama." })),
    requires: Optional(text({ description: "The version of Ollama that it needs." })),
    quantize: Optional(text({ description: "Write the model's numbers as this type: `Q4_K_M`." })),
    quantization: Optional(text({ description: "What `quantize` was called at first." })),
    draft_quantize: Optional(text({ description: "As `quantize`, for the draft model." })),
    info: Optional(anyObject({ description: "What shall be shown, against what its files say." })),
    modelfile: Optional(
      text({
        description:
          "A Modelfile's text, instead of the fields above. Files that it names must be blobs " +
          "(`@sha256:…`), or lie in the store or in a folder of --client-models.",
      }),
    ),
    path: Optional(text({ description: "Of a Modelfile on the server, in such a folder." })),
    stream: Optional(bool({ default: true, description: "false: only the last step." })),
    ...refusedFields(createRefusals),
  },
  {
    title: "OllamaCreateRequest",
    examples: [
      { model: "mario", from: "tiny", system: "You are Mario from Super Mario Bros." },
      { name: "mario", modelfile: "FROM tiny\nSYSTEM You are Mario.", stream: false },
    ],
  },
);
export type CreateRequest = Static<typeof CreateRequest>;
