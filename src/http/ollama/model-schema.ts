import { type Static, Type } from "@sinclair/typebox";
import { anyObject, object, oneOf } from "../wire.ts";

const { Optional, Integer, Boolean: bool, String: text } = Type;

export const ModelDetails = object(
  {
    parent_model: text(),
    format: text(),
    family: text({ description: "The architecture." }),
    families: Type.Array(text()),
    parameter_size: text({ examples: ["8.0B"] }),
    quantization_level: text({ examples: ["Q4_K_M"] }),
    context_length: Optional(Integer({ description: "Tokens that it was trained for." })),
    embedding_length: Optional(Integer()),
  },
  { title: "OllamaModelDetails" },
);
export type ModelDetails = Static<typeof ModelDetails>;

const capabilities = Type.Array(
  oneOf(["completion", "embedding", "vision", "audio", "tools", "insert", "thinking"]),
);

const remoteFields = {
  remote_model: Optional(text()),
  remote_host: Optional(text({ description: "Where it runs instead of here." })),
};

/** What lists of all models and of loaded ones have in common. */
export const listedFields = {
  name: text({ description: "With its tag." }),
  model: text({ description: "The same as `name`." }),
  size: Integer({ description: "Bytes." }),
  digest: text({ description: "Of the manifest; of a plain file, its place, size and time." }),
  details: ModelDetails,
};

const ListedModel = object(
  {
    ...listedFields,
    ...remoteFields,
    modified_at: text({ format: "date-time" }),
    capabilities,
  },
  { title: "OllamaModel" },
);
export type ListedModel = Static<typeof ListedModel>;

export const Tags = object({ models: Type.Array(ListedModel) }, { title: "OllamaTags" });
export type Tags = Static<typeof Tags>;

const modelNames = {
  model: Optional(text({ description: "The model." })),
  name: Optional(text({ description: "What `model` was called at first." })),
};

export const ShowRequest = object(
  {
    ...modelNames,
    verbose: Optional(bool({ description: "Long lists of the metadata, too: the vocabulary." })),
  },
  { title: "OllamaShowRequest", examples: [{ model: "tiny" }] },
);
export type ShowRequest = Static<typeof ShowRequest>;

const metadata = (what: string) =>
  anyObject({ description: `${what} Lists of more than 1024 items are null, unless \`verbose\`.` });

export const ShowResponse = object(
  {
    license: Optional(text()),
    modelfile: text({ description: "A Modelfile that makes the same model." }),
    parameters: Optional(text({ description: "A line each: its name and value." })),
    template: Optional(text({ description: "Go's language, or Jinja if the GGUF's own is used." })),
    system: Optional(text()),
    renderer: Optional(text()),
    parser: Optional(text()),
    details: ModelDetails,
    messages: Optional(Type.Array(object({ role: text(), content: text() }))),
    ...remoteFields,
    model_info: metadata("The metadata of the GGUF file."),
    projector_info: Optional(metadata("That of the projector.")),
    tensors: Optional(
      Type.Array(object({ name: text(), type: text(), shape: Type.Array(Integer()) })),
    ),
    capabilities,
    modified_at: text({ format: "date-time" }),
    requires: Optional(text({ description: "The version of Ollama that it needs." })),
  },
  { title: "OllamaShowResponse" },
);
export type ShowResponse = Static<typeof ShowResponse>;

export const CopyRequest = object(
  { source: text(), destination: text() },
  {
    title: "OllamaCopyRequest",
    examples: [{ source: "my-model", destination: "my-copy" }],
  },
);
export type CopyRequest = Static<typeof CopyRequest>;

export const DeleteRequest = object(modelNames, {
  title: "OllamaDeleteRequest",
  examples: [{ model: "my-model" }],
});
export type DeleteRequest = Static<typeof DeleteRequest>;
