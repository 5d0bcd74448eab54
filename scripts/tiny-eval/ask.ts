/** A conversation that wants an answer, in no dialect's form. */
export interface Ask {
  readonly messages: readonly AskedMessage[];
  readonly tools: readonly Tool[];
  /** JSON schema that the answer is forced to fit. */
  readonly schema?: JsonObject;
  /** Thinking is asked for, or forbidden; absent: as the model is by itself. */
  readonly think?: boolean;
}

export interface AskedMessage {
  readonly role: "system" | "user" | "assistant" | "tool";
  readonly content: string;
  readonly images: readonly Picture[];
  /** They stand after the text; else before it. */
  readonly hasImagesLast: boolean;
  /** Of the assistant. */
  readonly calls: readonly KnownCall[];
  /** Of a tool: the call whose result this is. */
  readonly answers?: KnownCall;
}

export type JsonObject = Readonly<Record<string, unknown>>;

export interface Tool {
  readonly name: string;
  readonly description?: string;
  /** JSON schema of the arguments. */
  readonly parameters?: JsonObject;
}

export interface Call {
  readonly name: string;
  /** An object; in an answer, a text where it was no JSON. */
  readonly arguments: unknown;
}

export interface KnownCall extends Call {
  readonly id: string;
}

export interface Picture {
  readonly base64: string;
  /** Such as "image/png". */
  readonly mediaType: string;
}

/** Code with something missing in it. */
export interface Gap {
  readonly prefix: string;
  readonly suffix: string;
}

/** What came back, in no dialect's form. */
export interface Answer {
  readonly text: string;
  readonly calls: readonly Call[];
  readonly thought: string;
}

/** Tokens of an answer at most: a model that rambles must not hold up the others. */
export const nPredictMax = 256;

/** A message's text and pictures, each in a dialect's form, in their order. */
export function inOrder({ hasImagesLast }: AskedMessage, images: object[], said: object[]) {
  return hasImagesLast ? [...said, ...images] : [...images, ...said];
}

/** The picture as an address, as OpenAI's clients send it. */
export function dataUrl({ base64, mediaType }: Picture): string {
  return `data:${mediaType};base64,${base64}`;
}

/** What the text says as JSON; the text itself when it is none. */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
