import { type Static, Type } from "@sinclair/typebox";
import { Timings } from "../timings.ts";
import { object, oneOf } from "../wire.ts";
import { InputItem } from "./item-schema.ts";

const { Optional, String: text, Integer, Boolean: boolean, Literal, Null, Union } = Type;

const Status = oneOf(["in_progress", "completed", "incomplete", "failed"]);
export type Status = Static<typeof Status>;

const OutputItem = object(
  {
    type: oneOf(["message", "function_call", "custom_tool_call", "reasoning"]),
    id: text(),
    status: Status,
  },
  { title: "ResponseOutputItem", description: "As OpenAI has it, by `type`." },
);
export type OutputItem = Static<typeof OutputItem> & Record<string, unknown>;

const Usage = object({
  input_tokens: Integer(),
  input_tokens_details: object({
    cached_tokens: Integer(),
    cache_write_tokens: Integer({ description: "Tokens that were not cached; they are now." }),
  }),
  output_tokens: Integer(),
  output_tokens_details: object({ reasoning_tokens: Integer() }),
  total_tokens: Integer(),
});

export const ResponseObject = object(
  {
    id: text(),
    object: Literal("response"),
    created_at: Integer({ description: "Seconds since 1970." }),
    completed_at: Union([Integer(), Null()]),
    status: Status,
    incomplete_details: Union([object({ reason: text() }), Null()]),
    error: Union([object({ code: text(), message: text() }), Null()]),
    model: text(),
    output: Type.Array(OutputItem),
    usage: Union([Usage, Null()]),
    store: boolean({ description: "Whether the answer is kept." }),
    tools: Type.Array(Type.Unknown(), {
      description:
        "What the model was offered: tools that OpenAI's servers would run are left out.",
    }),
    temperature: Union([Type.Number(), Null()], { description: "What was in effect." }),
    top_p: Union([Type.Number(), Null()], { description: "What was in effect." }),
    warning: Optional(text({ description: "Why the answer was not kept, against the request." })),
  },
  { title: "Response", description: "The request's own fields are repeated beside these." },
);
export type ResponseObject = Static<typeof ResponseObject> & Record<string, unknown>;

/** One event of a stream; its `event:` line repeats `type`. */
export const ResponseStreamEvent = object(
  {
    type: text({ description: "response.created, … response.completed, or error." }),
    sequence_number: Integer(),
    timings: Optional(Timings),
  },
  { title: "ResponseStreamEvent" },
);

/** An event that has no number yet. */
export type UnnumberedEvent = { type: string } & Record<string, unknown>;

/** An item as it is kept: it has an id, and its content is a list. */
export type StoredItem = InputItem & { type: string; id: string };

export const InputItemList = object(
  {
    object: Literal("list"),
    data: Type.Array(InputItem),
    first_id: Union([text(), Null()]),
    last_id: Union([text(), Null()]),
    has_more: boolean(),
  },
  { title: "ResponseInputItemList" },
);

export const DeletedResponse = object(
  { id: text(), object: Literal("response"), deleted: Literal(true) },
  { title: "DeletedResponse" },
);

export const InputTokens = object(
  { object: Literal("response.input_tokens"), input_tokens: Integer() },
  { title: "InputTokens" },
);
