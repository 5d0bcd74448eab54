import type { GenerateEvent, TokenProbability } from "../../core/generate.ts";
import type { OutputItem, Status, UnnumberedEvent } from "./answer-schema.ts";
import { newId } from "./ids.ts";
import {
  toCallItem,
  toCallItemId,
  toMessageItem,
  toReasoningItem,
  toTextPart,
} from "./response.ts";
import { type FaceOf, type ToolFace, toTextToolArguments, toTextToolInput } from "./tools.ts";

type Piece = Extract<GenerateEvent, { type: "text" | "reasoning" | "tool_call" }>;

/** The item that is being streamed. */
interface OpenItem {
  kind: "text" | "reasoning" | "function_call" | "custom_tool_call";
  id: string;
  /** Everything of it so far; of a call, the arguments. */
  text: string;
  logprobs: object[];
  /** Of a call. */
  call: { index: number; id: string; face: ToolFace };
}

/** How OpenAI's events of an item's text begin. */
const eventNames = {
  text: "response.output_text",
  reasoning: "response.reasoning_text",
  function_call: "response.function_call_arguments",
  custom_tool_call: "response.custom_tool_call_input",
} as const;

/** What of a request shows in the events of its answer. */
export interface Shown {
  faceOf: FaceOf;
  toLogprobs: (probs: TokenProbability[] | undefined) => object[];
}

/** The output items of a streamed answer: one is open at a time. */
export class OutputItems {
  readonly finished: OutputItem[] = [];
  readonly #shown: Shown;
  #open: OpenItem | null = null;

  constructor(shown: Shown) {
    this.#shown = shown;
  }

  /** The events of a piece of the answer, and of the end of the item before it. */
  *add(piece: Piece): Generator<UnnumberedEvent> {
    let open = this.#open;
    if (!open || !continues(open, piece)) {
      yield* this.close("completed");
      open = toOpenItem(piece, this.#shown);
      yield* this.#begin(open);
    }
    const delta = piece.type === "tool_call" ? piece.arguments : piece.text;
    if (delta !== "") yield* this.#extend(open, delta, this.#shown.toLogprobs(piece.probs));
  }

  /** Ends the open item, if there is one. */
  *close(status: Status): Generator<UnnumberedEvent> {
    const open = this.#open;
    if (!open) return;
    if (open.kind === "custom_tool_call") yield* this.#customInput(open);
    else yield this.#event(open, `${eventNames[open.kind]}.done`, toContent(open));
    if (hasParts(open)) {
      yield this.#event(open, "response.content_part.done", { part: toPart(open) });
    }
    const item = toItem(open, status);
    yield { type: "response.output_item.done", output_index: this.finished.length, item };
    this.finished.push(item);
    this.#open = null;
  }

  /** The events of an item as if it came now, in one piece. */
  *replay(item: OutputItem): Generator<UnnumberedEvent> {
    const { text, logprobs, ...open } = reopened(item);
    const empty: OpenItem = { ...open, text: "", logprobs: [] };
    yield* this.#begin(empty);
    if (text !== "") yield* this.#extend(empty, text, logprobs);
    yield* this.close(item.status);
  }

  *#begin(open: OpenItem): Generator<UnnumberedEvent> {
    this.#open = open;
    const item = toItem(open, "in_progress");
    yield { type: "response.output_item.added", output_index: this.finished.length, item };
    if (hasParts(open)) {
      yield this.#event(open, "response.content_part.added", { part: toPart(open) });
    }
  }

  *#extend(open: OpenItem, delta: string, logprobs: object[]): Generator<UnnumberedEvent> {
    open.text += delta;
    open.logprobs.push(...logprobs);
    // The text is inside of JSON that is not complete yet.
    if (open.kind === "custom_tool_call") return;
    const more = open.kind === "text" ? { delta, logprobs } : { delta };
    yield this.#event(open, `${eventNames[open.kind]}.delta`, more);
  }

  *#customInput(open: OpenItem): Generator<UnnumberedEvent> {
    const input = open.text === "" ? "" : toTextToolInput(open.text);
    if (input !== "") yield this.#event(open, `${eventNames[open.kind]}.delta`, { delta: input });
    yield this.#event(open, `${eventNames[open.kind]}.done`, { input });
  }

  #event(open: OpenItem, type: string, rest: object): UnnumberedEvent {
    const place = { item_id: open.id, output_index: this.finished.length };
    return { type, ...place, ...(hasParts(open) && { content_index: 0 }), ...rest };
  }
}

const hasParts = ({ kind }: OpenItem) => kind === "text" || kind === "reasoning";

/** Whether the open item goes on with `piece`. */
function continues(open: OpenItem, piece: Piece): boolean {
  if (piece.type === "tool_call") return piece.index === open.call.index;
  return piece.type === open.kind;
}

const noCall = { index: -1, id: "", face: { name: "", isCustom: false } };

function toOpenItem(piece: Piece, { faceOf }: Shown): OpenItem {
  const rest = { text: "", logprobs: [] };
  if (piece.type === "text") return { ...rest, kind: "text", id: newId("msg"), call: noCall };
  if (piece.type === "reasoning") {
    return { ...rest, kind: "reasoning", id: newId("rs"), call: noCall };
  }
  const { index, id = newId("call"), name = "" } = piece;
  const face = faceOf(name);
  const kind = face.isCustom ? "custom_tool_call" : "function_call";
  return { ...rest, kind, id: toCallItemId(id, face), call: { index, id, face } };
}

/** A finished item, before it was closed. */
function reopened(item: OutputItem): OpenItem {
  const { id, content, call_id = "", name = "", namespace, ...rest } = item as FinishedItem;
  const { arguments: args = "", input = "" } = rest;
  const [{ text = "", logprobs = [] } = {}] = content ?? [];
  const isCustom = item.type === "custom_tool_call";
  const face = { name, isCustom, ...(namespace && { namespace }) };
  const call = { index: -1, id: call_id, face };
  switch (item.type) {
    case "message":
      return { kind: "text", id, text, logprobs, call };
    case "reasoning":
      return { kind: "reasoning", id, text, logprobs, call };
    case "function_call":
      return { kind: "function_call", id, text: args, logprobs: [], call };
    case "custom_tool_call":
      return { kind: "custom_tool_call", id, text: toTextToolArguments(input), logprobs: [], call };
  }
}

interface FinishedItem {
  id: string;
  content?: { text?: string; logprobs?: object[] }[];
  call_id?: string;
  name?: string;
  namespace?: string;
  arguments?: string;
  input?: string;
}

/** All of it, as its last event has it. */
function toContent({ kind, text, logprobs, call }: OpenItem): object {
  if (kind === "text") return { text, logprobs };
  return kind === "reasoning" ? { text } : { name: call.face.name, arguments: text };
}

function toPart({ kind, text, logprobs }: OpenItem): object {
  return kind === "text" ? toTextPart(text, logprobs) : { type: "reasoning_text", text };
}

function toItem(open: OpenItem, status: Status): OutputItem {
  const { kind, id, text, call } = open;
  if (kind === "text") return toMessageItem(id, text === "" ? [] : [toPart(open)], status);
  if (kind === "reasoning") return toReasoningItem(id, text, status);
  const { face } = call;
  return toCallItem({ id: call.id, name: face.name, arguments: text }, face, status);
}
