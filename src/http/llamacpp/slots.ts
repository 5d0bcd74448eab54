import { resolve } from "node:path";
import { type Static, Type } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import { Elysia } from "elysia";
import type { SlotState } from "../../core/calls.ts";
import { AppError } from "../../core/errors.ts";
import type { ModelInfo } from "../../core/generate.ts";
import type { Model } from "../../models/catalog.ts";
import { isInDirs, isThere } from "../client-dirs.ts";
import { answers } from "../docs/answers.ts";
import type { Gateway } from "../gateway.ts";
import {
  GenerationSettings,
  SlotParameters,
  toGenerationSettings,
  toSlotParameters,
} from "../native-settings.ts";
import { object } from "../wire.ts";
import { LlamaServerError } from "./schema.ts";

const { Optional, Integer, Boolean: bool, String: text } = Type;

const Slot = object(
  {
    id: Integer(),
    n_ctx: Integer({ description: "Tokens that it may hold." }),
    speculative: bool(),
    is_processing: bool(),
    id_task: Optional(Integer({ description: "The running or last task; absent: never used." })),
    n_prompt_tokens: Optional(Integer()),
    n_prompt_tokens_processed: Optional(Integer()),
    n_prompt_tokens_cache: Optional(Integer()),
    params: Optional(Type.Union([GenerationSettings, SlotParameters])),
    next_token: Optional(
      Type.Array(
        object({
          has_next_token: bool(),
          has_new_line: bool(),
          n_remain: Integer({ description: "-1: no limit, or nothing runs." }),
          n_decoded: Integer(),
        }),
      ),
    ),
    prompt: Optional(text({ description: "Only with LLAMA_SERVER_SLOTS_DEBUG." })),
    generated: Optional(text()),
  },
  { title: "Slot" },
);
type Slot = Static<typeof Slot>;

const timings = Type.Record(text(), Type.Number());
const SlotAnswer = object(
  {
    id_slot: Integer(),
    filename: Optional(text()),
    n_saved: Optional(Integer({ description: "Tokens." })),
    n_written: Optional(Integer({ description: "Bytes." })),
    n_restored: Optional(Integer()),
    n_read: Optional(Integer()),
    n_erased: Optional(Integer()),
    timings: Optional(timings),
  },
  { title: "SlotAnswer" },
);

const Query = object({
  model: Optional(text()),
  fail_on_no_slot: Optional(text({ description: "Not empty: 503 when no slot is idle." })),
});
const ActionQuery = object({
  model: Optional(text()),
  action: Optional(text({ description: "save, restore or erase", example: "save" })),
});
const Place = object({ id_slot: text({ example: "0" }) });

/** Places for running sequences, which this dialect calls slots. */
export function slots(gateway: Gateway) {
  return new Elysia({ name: "llamacpp-slots" })
    .get("/slots", ({ query, request }) => list(gateway, query, request), {
      query: Query,
      response: Type.Array(Slot),
      detail: {
        tags: ["llama.cpp"],
        summary: "Slots",
        description: "What every slot does, or did last.",
        responses: answers(
          { "application/json": Type.Array(Slot) },
          LlamaServerError,
          [404, 500, 501, 503],
        ),
      },
    })
    .post("/slots/:id_slot", ({ params, query, request }) => act(gateway, params, query, request), {
      parse: "none",
      params: Place,
      query: ActionQuery,
      response: SlotAnswer,
      detail: {
        tags: ["llama.cpp"],
        summary: "Save, restore or erase a slot",
        description:
          "Waits until the slot is idle. Files are in the folder of --slot-save-path: the body " +
          'of `save` and `restore` is `{"filename": …}`, a name without folders.',
        requestBody: {
          required: false,
          content: {
            "application/json": {
              schema: { type: "object", properties: { filename: { type: "string" } } },
              example: { filename: "slot.bin" },
            },
          },
        },
        responses: answers(
          { "application/json": SlotAnswer },
          LlamaServerError,
          [400, 404, 500, 501, 503],
        ),
      },
    });
}

async function list(gateway: Gateway, query: Static<typeof Query>, { url, signal }: Request) {
  const { endpoints, slotsShowText } = gateway.settings;
  if (!endpoints.slots) {
    const message = "This server does not support slots endpoint. Start it with `--slots`";
    throw new AppError("switched_off", message);
  }
  const model = gateway.model(query.model, url);
  const info = await gateway.info(model, signal);
  const { slots: states } = await gateway.ask(model, "slots", {}, signal);
  if (query.fail_on_no_slot && states.every((slot) => slot.isProcessing)) {
    throw new AppError("overloaded", "no slot available");
  }
  return states.map((state) => toSlot(state, info, slotsShowText));
}

function toSlot(state: SlotState, info: ModelInfo, showsText: boolean): Slot {
  const { task } = state;
  return {
    id: state.id,
    n_ctx: state.nCtx,
    speculative: state.isSpeculative,
    is_processing: state.isProcessing,
    ...(task && {
      id_task: task.id,
      n_prompt_tokens: task.nPrompt,
      n_prompt_tokens_processed: task.nProcessed,
      n_prompt_tokens_cache: task.nCached,
      params: showsText
        ? toGenerationSettings(task.request, info, {})
        : toSlotParameters(task.request, info),
      next_token: [
        {
          has_next_token: task.hasNextToken,
          has_new_line: task.hasNewLine,
          n_remain: task.nRemain,
          n_decoded: task.nDecoded,
        },
      ],
      ...(showsText && { prompt: task.promptText, generated: task.generatedText }),
    }),
  };
}

async function act(
  gateway: Gateway,
  { id_slot: id }: { id_slot: string },
  query: Static<typeof ActionQuery>,
  request: Request,
) {
  const { slotSaveDir } = gateway.settings;
  if (slotSaveDir === null) {
    const message = "This server does not support slots action. Start it with `--slot-save-path`";
    throw new AppError("switched_off", message);
  }
  if (!/^\d{1,9}$/.test(id)) throw bad("id_slot", "Invalid slot ID");
  const slot = Number(id);
  const model = gateway.model(query.model, request.url);
  const { signal } = request;
  switch (query.action) {
    case "save":
    case "restore": {
      const filename = await readFilename(request);
      const path = resolve(slotSaveDir, filename);
      // A link that lies there may lead anywhere.
      if (isThere(path) && !isInDirs(path, [slotSaveDir]))
        throw bad("filename", "Invalid filename");
      const file = { slot, filename, path };
      return await moveSlot(gateway, model, query.action, file, signal);
    }
    case "erase": {
      const { nErased } = await gateway.ask(model, "eraseSlot", { slot }, signal);
      return { id_slot: slot, n_erased: nErased };
    }
    default:
      throw bad("action", "Invalid action");
  }
}

async function moveSlot(
  gateway: Gateway,
  model: Model,
  action: "save" | "restore",
  { slot, filename, path }: { slot: number; filename: string; path: string },
  signal: AbortSignal,
) {
  const name = action === "save" ? "saveSlot" : "restoreSlot";
  const { nTokens, nBytes, ms } = await gateway.ask(model, name, { slot, path }, signal);
  const head = { id_slot: slot, filename };
  if (action === "save") {
    return { ...head, n_saved: nTokens, n_written: nBytes, timings: { save_ms: ms } };
  }
  return { ...head, n_restored: nTokens, n_read: nBytes, timings: { restore_ms: ms } };
}

const SlotFileBody = Type.Object({ filename: text() });

/** The name in the body of a request. @throws AppError for one that could leave its folder */
async function readFilename(request: Request): Promise<string> {
  let body: unknown;
  try {
    body = await request.json();
  } catch (cause) {
    if (cause instanceof AppError) throw cause; // there is no whole body
    throw new AppError("invalid_request", "the body is not valid JSON", { cause });
  }
  if (!Value.Check(SlotFileBody, body)) throw bad("filename", "`filename` must be a text");
  if (!isPlainName(body.filename)) throw bad("filename", "Invalid filename");
  return body.filename;
}

/** Longest name that file systems take, bytes. */
const filenameBytesMax = 255;

/**
 * Control characters, separators, what Windows forbids, and characters that look like dots and
 * slashes or are no characters.
 */
const forbidden = /[\p{Cc}\p{Cs}/\\:*?"<>|\uff0e\u2215\u2216\ufffd\ufeff]/u;

function isPlainName(name: string): boolean {
  const nBytes = Buffer.byteLength(name);
  if (nBytes === 0 || nBytes > filenameBytesMax || forbidden.test(name)) return false;
  return !/^ |[ .]$|\.\./.test(name);
}

function bad(param: string, message: string): AppError {
  return new AppError("invalid_request", message, { param });
}
