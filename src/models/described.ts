/** A message that a model brings along. */
export interface ExampleMessage {
  role: "system" | "user" | "assistant";
  content: string;
}

/** What a Modelfile says of a model, command by command; what is absent, it does not say. */
export interface ModelfileParts {
  /** Paths of GGUF files (a model, perhaps its projector), or one name of another model. */
  from: string[];
  /** Paths of LoRA adapters. */
  adapters?: string[];
  /** Path of the draft model. */
  draft?: string | undefined;
  /** In Go's language. */
  template?: string | undefined;
  system?: string | undefined;
  /** Names and values; a name may occur several times ("stop"). */
  parameters?: [name: string, value: string | number | boolean][];
  messages?: ExampleMessage[];
  licenses?: string[];
  renderer?: string | undefined;
  parser?: string | undefined;
  /** The version of Ollama that it needs. */
  requires?: string | undefined;
}
