import { type Static, Type } from "@sinclair/typebox";
import { Elysia } from "elysia";
import { AppError } from "../../core/errors.ts";
import { currentOwner } from "../caller.ts";
import { answers } from "../docs/answers.ts";
import { OpenAiError } from "../error-schema.ts";
import type { Gateway } from "../gateway.ts";
import { sse } from "../sse.ts";
import { object, oneOf } from "../wire.ts";
import {
  DeletedResponse,
  InputItemList,
  ResponseObject,
  ResponseStreamEvent,
  type StoredItem,
} from "./answer-schema.ts";
import { inputOf } from "./conversation.ts";
import { obfuscated } from "./obfuscation.ts";
import type { ResponseStore, StoredResponse } from "./store.ts";
import { replayed } from "./stream.ts";

const { Optional, String: text } = Type;

/** An id that nobody has: the example of a path answers 404, in OpenAI's envelope. */
const exampleId = "resp_6786a1bec27481909a17d673315b29f6";

const Params = object({
  response_id: text({ description: "The `id` of an answer that was kept.", example: exampleId }),
});

const isTrue = "^(true|false|1|0)$";

const RetrieveQuery = object({
  stream: Optional(
    text({ pattern: isTrue, description: "As events: those of a stream in one piece per item." }),
  ),
  starting_after: Optional(
    text({
      pattern: "^[0-9]{1,15}$",
      description:
        "With `stream`: only events with a greater number. A replay has its own numbers.",
    }),
  ),
  include_obfuscation: Optional(
    text({ pattern: isTrue, description: "With `stream`: deltas are padded." }),
  ),
  include: Optional(Type.Unknown({ description: "All that was kept is always there." })),
});

const ListQuery = object({
  limit: Optional(
    text({ pattern: "^([1-9]|[1-9][0-9]|100)$", description: "From 1 to 100; default 20." }),
  ),
  order: Optional(oneOf(["asc", "desc"], { description: "Default: desc, the newest first." })),
  after: Optional(text({ description: "Id of the item after which the list begins." })),
  include: Optional(Type.Unknown({ description: "All that was kept is always there." })),
});

/** Answers that were kept. @param all null: none are */
export function storedResponses(gateway: Gateway, all: ResponseStore | null) {
  const found = (id: string): [StoredResponse, ResponseStore] => {
    const store = all?.seenBy(currentOwner()) ?? null;
    const answer = store?.get(id);
    if (answer && store) return [answer, store];
    throw unknown(id, store);
  };
  const retrieve = (id: string, query: Static<typeof RetrieveQuery>, signal: AbortSignal) => {
    const [{ response }] = found(id);
    if (isOff(query.stream)) return response;
    return replay(response, query, gateway, signal);
  };
  const remove = (id: string) => {
    const isDeleted = all?.seenBy(currentOwner()).delete(id);
    if (isDeleted) return { id, object: "response" as const, deleted: true as const };
    throw unknown(id, all);
  };
  const cancel = (id: string): never => {
    found(id);
    const message = "Cannot cancel a synchronous response.";
    throw new AppError("invalid_request", message, { param: "response_id" });
  };

  return new Elysia({ name: "stored-responses" })
    .get(
      "/v1/responses/:response_id",
      ({ params, query, request }) => retrieve(params.response_id, query, request.signal),
      retrieveHook,
    )
    .delete("/v1/responses/:response_id", ({ params }) => remove(params.response_id), deleteHook)
    .get(
      "/v1/responses/:response_id/input_items",
      ({ params, query }) => page(inputOf(...found(params.response_id)), query),
      inputItemsHook,
    )
    .post(
      "/v1/responses/:response_id/cancel",
      ({ params }) => cancel(params.response_id),
      cancelHook,
    );
}

const isOff = (flag: string | undefined) => flag === undefined || flag === "false" || flag === "0";

function replay(
  response: ResponseObject,
  query: Static<typeof RetrieveQuery>,
  { settings, toOpenAiError }: Gateway,
  signal: AbortSignal,
): Promise<Response> {
  const after = Number(query.starting_after ?? -1);
  const hides = !isOff(query.include_obfuscation);
  const open = async function* () {
    let number = 0;
    for (const { type, ...rest } of replayed(response)) {
      const event = { type, sequence_number: number++, ...rest };
      if (event.sequence_number > after) yield hides ? obfuscated(event) : event;
    }
  };
  const nameOf = (event: { type?: unknown }) => String(event.type);
  return sse(
    { open, signal, toErrorBody: toOpenAiError },
    { pingSeconds: settings.ssePingSeconds, nameOf },
  );
}

/** @throws AppError for an `after` that is not in the list */
function page(items: StoredItem[], query: Static<typeof ListQuery>): Static<typeof InputItemList> {
  const { limit = "20", order = "desc", after } = query;
  const ordered = order === "asc" ? items : items.toReversed();
  const start = after === undefined ? 0 : ordered.findIndex(({ id }) => id === after) + 1;
  if (after !== undefined && start === 0) {
    const message = `\`after\`: the input has no item '${after}'`;
    throw new AppError("invalid_request", message, { param: "after" });
  }
  const data = ordered.slice(start, start + Number(limit));
  return {
    object: "list",
    data,
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
    has_more: start + data.length < ordered.length,
  };
}

function unknown(id: string, store: ResponseStore | null): AppError {
  const why = store ? "" : " Answers are not kept by this server.";
  const message = `Response with id '${id}' not found.${why}`;
  return new AppError("not_found", message, { param: "response_id" });
}

/** Of routes that look for an answer instead of a model. */
const meanings: Readonly<Record<string, string>> = {
  404: "There is no such answer, or none any more.",
  500: "The file of answers cannot be used.",
};

function failures(...statuses: number[]) {
  const { 200: _ok, ...others } = answers({}, OpenAiError, [...statuses, 404, 500]);
  const described = Object.entries<object>(others).map(([status, about]) => {
    const description = meanings[status];
    return [status, { ...about, ...(description && { description }) }];
  });
  return Object.fromEntries(described);
}

const retrieveHook = {
  params: Params,
  query: RetrieveQuery,
  response: ResponseObject,
  detail: {
    tags: ["OpenAI"],
    summary: "Retrieve a response",
    description: "An answer that was kept, in one piece or as the events of a stream.",
    responses: {
      ...answers(
        { "application/json": ResponseObject, "text/event-stream": ResponseStreamEvent },
        OpenAiError,
        [],
      ),
      ...failures(400),
    },
  },
};

const deleteHook = {
  params: Params,
  response: DeletedResponse,
  detail: {
    tags: ["OpenAI"],
    summary: "Delete a response",
    description:
      "Forgets an answer and what its request brought. Conversations that went on from it " +
      "cannot be continued any more.",
    responses: {
      ...answers({ "application/json": DeletedResponse }, OpenAiError, []),
      ...failures(),
    },
  },
};

const inputItemsHook = {
  params: Params,
  query: ListQuery,
  response: InputItemList,
  detail: {
    tags: ["OpenAI"],
    summary: "List input items",
    description: "The conversation that led to an answer, as far as it is kept.",
    responses: {
      ...answers({ "application/json": InputItemList }, OpenAiError, []),
      ...failures(400),
    },
  },
};

const cancelHook = {
  parse: "none" as const,
  params: Params,
  detail: {
    tags: ["OpenAI"],
    summary: "Cancel a response",
    description:
      "Only answers that are made in the background can be cancelled, and here none are: to " +
      "cancel a request, close its connection.",
    responses: failures(400),
  },
};
