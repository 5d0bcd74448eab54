import { type Static, Type } from "@sinclair/typebox";
import { object, oneOf } from "./wire.ts";

const { Array: list, Boolean: bool, Integer, Null, Number: number, Optional, Union } = Type;
const text = Type.String;

const Loaded = object(
  {
    memory: object({
      weights: Integer({ description: "Bytes, as the next two." }),
      context: Integer(),
      compute: Integer(),
      on_gpus: Integer({ description: "How much of all of them lies on GPUs." }),
    }),
    context_length: Integer({ description: "Tokens of one request, prompt and answer together." }),
    expires_at: Union([text({ format: "date-time" }), Null()], {
      description: "When it is unloaded unless a request comes; null: it stays.",
    }),
    sequences: object({
      total: Integer({ description: "Answers that it can work on at the same time." }),
      running: Union([Integer(), Null()], {
        description: "null, as for the next: its engine is in the middle of a long step.",
      }),
      waiting: Union([Integer(), Null()]),
    }),
    tokens: Optional(
      object(
        {
          prompt: Integer({ description: "Processed." }),
          cached: Integer({ description: "Taken from the cache." }),
          generated: Integer(),
        },
        { description: "Since the server started; absent during a long step." },
      ),
    ),
  },
  { title: "LoadedStatus", description: "Of a model in memory." },
);

const ModelStatus = object(
  {
    name: text(),
    state: oneOf(["unloaded", "downloading", "loading", "ready", "sleeping", "failed"]),
    size: Integer({ description: "Of its files, bytes." }),
    progress: Optional(number({ description: "Of loading or downloading, 0 to 1." })),
    error: Optional(text({ description: "Why it could not be loaded." })),
    loaded: Optional(Loaded),
  },
  { title: "ModelStatus" },
);
export type ModelStatus = Static<typeof ModelStatus>;

const StatusError = object(
  {
    at: text({ format: "date-time" }),
    request_id: text(),
    method: text(),
    path: text(),
    status: Integer({ description: "Of the answer; 200 if it had begun." }),
    code: text({ description: "A word for what went wrong." }),
    message: text(),
    model: Union([text(), Null()]),
  },
  { title: "StatusError" },
);
export type StatusError = Static<typeof StatusError>;

export const ServerStatus = object(
  {
    version: text(),
    build: text({ description: "Of llama.cpp." }),
    uptime_seconds: number(),
    can_load: bool({ description: "Whether there are /models/load and /models/unload." }),
    memory: object(
      {
        total: Integer(),
        available: Union([Integer(), Null()], { description: "null: the system does not say." }),
      },
      { description: "Of the machine, or the container, bytes." },
    ),
    waiting: Integer({ description: "Requests that wait for a model, or for a place in one." }),
    models: list(ModelStatus),
    tokens: object(
      {
        interval_seconds: number(),
        prompt: list(number()),
        generated: list(number()),
      },
      { description: "Tokens per second of all models, by interval, the latest last." },
    ),
    errors: list(StatusError, { description: "The latest first." }),
  },
  { title: "ServerStatus" },
);
export type ServerStatus = Static<typeof ServerStatus>;
