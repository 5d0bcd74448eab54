import { AppError } from "../../core/errors.ts";
import type { StoredItem } from "./answer-schema.ts";
import { newId } from "./ids.ts";
import type { InputItem } from "./item-schema.ts";
import type { PlacedItem } from "./items.ts";
import type { InputTokensRequest } from "./schema.ts";
import type { ResponseStore, StoredResponse } from "./store.ts";

/** What a request is about. */
export interface Conversation {
  /** All of it, from its beginning. */
  items: PlacedItem[];
  /** What the request itself brings to it, as it is kept. */
  input: StoredItem[];
  previousId: string | null;
}

/** OpenAI has a code for this, at which clients send their whole conversation again. */
export class PreviousResponseLost extends AppError {
  constructor(message: string) {
    super("invalid_request", message, { param: "previous_response_id" });
  }
}

/** @throws AppError, PreviousResponseLost */
export function toConversation(
  body: InputTokensRequest,
  store: ResponseStore | null,
): Conversation {
  const previousId = body.previous_response_id || null;
  const before = store && previousId ? continued(previousId, store) : [];
  if (body.input === undefined && before.length === 0) {
    throw new AppError("invalid_request", "`input` is required", { param: "input" });
  }
  const input = resolved(body.input ?? [], store).map(toStored);
  const items = [...before, ...placed(input, "input")];
  if (items.length > 0) return { items, input, previousId };
  throw new AppError("invalid_request", "`input` must not be empty", { param: "input" });
}

/** The conversation of an answer that is kept, as far as that is kept too; then its own input. */
export function inputOf(answer: StoredResponse, store: ResponseStore): StoredItem[] {
  const { links } = answer.previousId ? store.chain(answer.previousId) : { links: [] };
  return [...links.flatMap(itemsOf), ...answer.input];
}

function continued(id: string, store: ResponseStore): PlacedItem[] {
  const { links, lostId } = store.chain(id);
  if (links.length === 0)
    throw new PreviousResponseLost(`Previous response with id '${id}' not found.`);
  if (lostId === null) return placed(links.flatMap(itemsOf), "previous_response_id.input");
  throw new PreviousResponseLost(
    `Previous response with id '${id}' cannot be continued: '${lostId}', an earlier part of its ` +
      "conversation, was deleted, or dropped to make room. Send the whole conversation in `input`.",
  );
}

const itemsOf = ({ input, response }: StoredResponse): StoredItem[] => [
  ...input,
  ...(response.output as unknown as StoredItem[]),
];

const placed = (items: InputItem[], path: string): PlacedItem[] =>
  items.map((item, i) => ({ item, path: `${path}[${i}]` }));

/** The items themselves where others are referred to. */
function resolved(
  input: NonNullable<InputTokensRequest["input"]>,
  store: ResponseStore | null,
): InputItem[] {
  if (typeof input === "string") return [{ role: "user", content: input }];
  if (!store) return input;
  const known = new Set<string>();
  return input.map((item, i) => {
    if (!isReference(item)) return item;
    const param = `input[${i}].id`;
    const { id } = item;
    if (id === undefined) {
      throw new AppError("invalid_request", `\`${param}\` is required`, { param });
    }
    if (known.has(id)) {
      throw new AppError("invalid_request", `\`${param}\`, "${id}", is there already`, { param });
    }
    known.add(id);
    const found = store.item(id);
    if (found) return found;
    const why = "Items of `store: false` are not kept.";
    const message = `\`${param}\`: Item with id '${id}' not found. ${why}`;
    throw new AppError("not_found", message, { param });
  });
}

/** Its type may be left out. */
function isReference({ type, id, role, content }: InputItem): boolean {
  if (type !== undefined) return type === "item_reference";
  return id !== undefined && role === undefined && content === undefined;
}

const idPrefixes: Readonly<Record<string, string>> = {
  message: "msg",
  function_call: "fc",
  function_call_output: "fco",
  custom_tool_call: "ctc",
  custom_tool_call_output: "ctco",
  reasoning: "rs",
};

function toStored(item: InputItem): StoredItem {
  const { type = "message", role, content, status = "completed" } = item;
  const id = item.id || newId(idPrefixes[type] ?? "item");
  const stored = { ...item, id, type, status };
  if (type !== "message" || typeof content !== "string") return stored;
  const part = role === "assistant" ? "output_text" : "input_text";
  return { ...stored, content: [{ type: part, text: content }] };
}
