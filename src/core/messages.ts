/**
 * A chat conversation as every dialect translates it; `request.ts` of a dialect is the only writer.
 */
export interface Message {
  role: Role;
  parts: Part[];
  /** An assistant's thinking that preceded its answer. */
  reasoning?: string;
  toolCalls?: ToolCall[];
  /** In a `tool` message: the id of the call that it answers. */
  toolCallId?: string;
  /**
   * In a `tool` message: the name of the function that was called. In others the speaker's, which
   * templates see under the same `name`.
   */
  toolName?: string;
}

/** One of these, or another that the model's template names, as Granite's does "control". */
export type Role = "system" | "user" | "assistant" | "tool" | (string & {});

export type Part = { type: "text"; text: string } | MediaPart;

/** An image or audio file as the client sent it (JPEG, PNG, …): libmtmd finds out which. */
export interface MediaPart {
  type: "media";
  bytes: Uint8Array;
  /** The request field that it came in, for errors: `messages[0].images[1]`. */
  param?: string;
}

export interface ToolCall {
  id: string;
  name: string;
  /** The arguments as JSON text, as OpenAI has them. */
  arguments: string;
}

/** A function that the model may call. `parameters` is a JSON schema. */
export interface Tool {
  name: string;
  description: string;
  parameters: object;
}

/** `{ name }`: this function must be called. */
export type ToolChoice = "auto" | "none" | "required" | { name: string };
