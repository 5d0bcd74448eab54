import type { GenerateEvent } from "../../core/generate.ts";
import {
  newId,
  toCallItem,
  toLogprobs,
  toMessageItem,
  toReasoningItem,
  toTextPart,
} from "./response.ts";
import type { OutputItem, ResponsesRequest, Status, UnnumberedEvent } from "./schema.ts";

type Piece = Extract<GenerateEvent, { type: "text" | "reasoning" | "tool_call" }>;

/** The item that is being streamed. */
interface OpenItem {
  kind: Piece["type"];
  id: string;
  /** Everything of it so far; of a call, the arguments. */
  text: string;
  logprobs: object[];
  /** Of a call. */
  call: { index: number; id: string; name: string };
}

/** How OpenAI's events of an item's text begin. */
const eventNames = {
  text: "response.output_text",
  reasoning: "response.reasoning_text",
  tool_call: "response.function_call_arguments",
} as const;

/** The output items of a streamed answer: one is open at a time. */
export class OutputItems {
  readonly finished: OutputItem[] = [];
  readonly #body: ResponsesRequest;
  #open: OpenItem | null = null;

  constructor(body: ResponsesRequest) {
    this.#body = body;
  }

  /** The events of a piece of the answer, and of the end of the item before it. */
  *add(piece: Piece): Generator<UnnumberedEvent> {
    const open = continued(this.#open, piece) ?? (yield* this.#begin(piece));
    const delta = piece.type === "tool_call" ? piece.arguments : piece.text;
    if (delta === "") return;
    open.text += delta;
    const logprobs = toLogprobs(piece.probs, this.#body);
    open.logprobs.push(...logprobs);
    const more = open.kind === "text" ? { delta, logprobs } : { delta };
    yield this.#event(open, `${eventNames[open.kind]}.delta`, more);
  }

  /** Ends the open item, if there is one. */
  *close(status: Status): Generator<UnnumberedEvent> {
    const open = this.#open;
    if (!open) return;
    const { kind, text, logprobs, call } = open;
    const whole = { text: { text, logprobs }, reasoning: { text } } as const;
    const rest = kind === "tool_call" ? { name: call.name, arguments: text } : whole[kind];
    yield this.#event(open, `${eventNames[kind]}.done`, rest);
    if (kind !== "tool_call") {
      yield this.#event(open, "response.content_part.done", { part: toPart(open) });
    }
    const item = toItem(open, status);
    yield { type: "response.output_item.done", output_index: this.finished.length, item };
    this.finished.push(item);
    this.#open = null;
  }

  *#begin(piece: Piece): Generator<UnnumberedEvent, OpenItem> {
    yield* this.close("completed");
    const open = toOpenItem(piece);
    this.#open = open;
    const item = toItem(open, "in_progress");
    yield { type: "response.output_item.added", output_index: this.finished.length, item };
    if (open.kind !== "tool_call") {
      yield this.#event(open, "response.content_part.added", { part: toPart(open) });
    }
    return open;
  }

  #event({ kind, id }: OpenItem, type: string, rest: object): UnnumberedEvent {
    const place = { item_id: id, output_index: this.finished.length };
    return { type, ...place, ...(kind !== "tool_call" && { content_index: 0 }), ...rest };
  }
}

/** The open item, if `piece` goes on with it. */
function continued(open: OpenItem | null, piece: Piece): OpenItem | null {
  if (open?.kind !== piece.type) return null;
  return piece.type === "tool_call" && piece.index !== open.call.index ? null : open;
}

function toOpenItem(piece: Piece): OpenItem {
  const call = { index: -1, id: "", name: "" };
  const open = { kind: piece.type, text: "", logprobs: [], call };
  if (piece.type === "text") return { ...open, id: newId("msg") };
  if (piece.type === "reasoning") return { ...open, id: newId("rs") };
  const { index, id = newId("call"), name = "" } = piece;
  return { ...open, id: `fc_${id}`, call: { index, id, name } };
}

function toPart({ kind, text, logprobs }: OpenItem): object {
  return kind === "text" ? toTextPart(text, logprobs) : { type: "reasoning_text", text };
}

function toItem(open: OpenItem, status: Status): OutputItem {
  const { kind, id, text, call } = open;
  if (kind === "tool_call") return toCallItem({ ...call, arguments: text }, status);
  if (kind === "reasoning") return toReasoningItem(id, text, status);
  return toMessageItem(id, text === "" ? [] : [toPart(open)], status);
}
