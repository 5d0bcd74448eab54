import { type Static, Type } from "@sinclair/typebox";
import { object } from "../wire.ts";

export const StreamQuery = object({
  conv_id: Type.String({
    description: "What the request's X-Conversation-Id was.",
    example: "my-conversation",
  }),
  from: Type.Optional(
    Type.String({ pattern: "^[0-9]{1,15}$", description: "The first byte to read; default 0." }),
  ),
});

/** Most conversations that one lookup may name. */
const nLookedUpMax = 10_000;

export const StreamsLookupRequest = object(
  {
    conversation_ids: Type.Array(Type.String(), {
      maxItems: nLookedUpMax,
      description: "Ids; each also stands for `<id>::<model>` of every model.",
    }),
  },
  { title: "StreamsLookupRequest", examples: [{ conversation_ids: ["my-conversation"] }] },
);
export type StreamsLookupRequest = Static<typeof StreamsLookupRequest>;

export const StreamState = object(
  {
    conversation_id: Type.String(),
    is_done: Type.Boolean(),
    total_bytes: Type.Integer({ description: "Streamed so far." }),
    started_at: Type.Integer({ description: "Seconds since 1970." }),
    completed_at: Type.Integer({ description: "Seconds since 1970; 0 while it goes on." }),
  },
  { title: "StreamState" },
);
export type StreamState = Static<typeof StreamState>;
