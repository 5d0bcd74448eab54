import type { QuantizationType } from "../../core/quantization.ts";
import type { ExampleMessage } from "../described.ts";
import type { ModelName } from "../name.ts";

/** A file that goes into a model. */
export interface SourceFile {
  /** As its owner calls it, for messages. */
  name: string;
  path: string;
  /** The blob that it is; absent: a file that may change, which is copied into the store. */
  digest?: string | undefined;
}

/** What a model is to be made of: all kinds of requests come to this. Absent: the base's. */
export interface Recipe {
  name: ModelName;
  /** Another model's name, or files: a model, whole or in parts, perhaps its projector. */
  base: string | SourceFile[];
  /** LoRA adapters, over those of the base. */
  adapters: SourceFile[];
  drafts: SourceFile[];
  /** In Go's language; "": none, whatever the base has. So it is with `system`. */
  template?: string | undefined;
  system?: string | undefined;
  /** Empty: none. */
  messages?: ExampleMessage[] | undefined;
  licenses?: string[] | undefined;
  /** By Ollama's names; over the base's, one by one. */
  parameters?: Record<string, unknown> | undefined;
  renderer?: string | undefined;
  parser?: string | undefined;
  requires?: string | undefined;
  quantize?: QuantizationType | undefined;
  quantizeDraft?: QuantizationType | undefined;
  /** What shall be shown of it, against what its files say. */
  info?: Record<string, unknown> | undefined;
}
