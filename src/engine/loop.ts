import { asAppError } from "../core/errors.ts";
import type { FromEngine, ToEngine } from "../core/protocol.ts";
import { BatchedOutbox } from "./batched-outbox.ts";
import { Calls } from "./calls.ts";
import { Embedder } from "./embedder.ts";
import type { Outbox } from "./limits.ts";
import type { LoadedEngine } from "./load.ts";
import type { Mailbox } from "./mailbox.ts";
import { prepare } from "./prepare.ts";
import { Scheduler } from "./scheduler.ts";
import { type PreparedRequest, Sequence } from "./sequence.ts";

/** Lets the event loop deliver IPC. A microtask would not: decode would starve aborts. */
const yieldToEventLoop = () => new Promise<void>((resolve) => setImmediate(resolve));

/** The engine: drain mailbox → step (plan → decode → sample) → emit, for ever. */
export async function loop(
  engine: LoadedEngine,
  mailbox: Mailbox,
  send: (message: FromEngine) => void,
): Promise<never> {
  const { runner, limits, loaded } = engine;
  const outbox = new BatchedOutbox(send);
  const scheduler = new Scheduler(runner, outbox, limits);
  const calls = new Calls(loaded, scheduler, makeEmbedder(engine, scheduler), send);
  const generate = ({ id, request, isWhole }: Extract<ToEngine, { type: "generate" }>) => {
    if (isWhole) outbox.keepWhole(id);
    try {
      const prepared = prepare(loaded, id, request);
      if (prepared.tokens.length > 0) scheduler.add(prepared);
      else answerNothing(prepared, limits.nCtxSeq, outbox);
    } catch (error) {
      outbox.error(id, asAppError(error));
    }
  };
  for (;;) {
    if (scheduler.isIdle && calls.isIdle) {
      scheduler.checkIntegrity();
      await mailbox.next();
    }
    for (const message of mailbox.drain()) {
      if (message.type === "generate") generate(message);
      if (message.type === "call") calls.receive(message);
      if (message.type === "share") engine.threads.share(message.nSharers);
      if (message.type !== "abort") continue;
      scheduler.abort(message.id);
      outbox.forget(message.id);
      calls.abort(message.id);
    }
    scheduler.step();
    outbox.flush();
    calls.step();
    await yieldToEventLoop();
  }
}

/** Computes embeddings in the same context, between the scheduler's steps. */
function makeEmbedder(
  { runner, loaded, embedding: { mode, sizes } }: LoadedEngine,
  scheduler: Scheduler,
): Embedder {
  const room = {
    get isIdle() {
      return scheduler.isIdle;
    },
    lendRows: <Result>(n: number, use: (seqIds: number[]) => Result | "no_room") =>
      scheduler.lendRows(n, loaded.adapters.standard, use),
    countPrompts: scheduler.countPrompts.bind(scheduler),
    decodeMedia: runner.decodeMedia.bind(runner),
  };
  return new Embedder(loaded.context, room, mode, sizes);
}

/** A prompt without any tokens has no next one: llama-server answers it with nothing. */
function answerNothing(prepared: PreparedRequest, nCtxSeq: number, outbox: Outbox): void {
  const now = performance.now();
  const sequence = new Sequence(prepared, nCtxSeq);
  const prefilled = sequence.markPrefilled(now);
  if (prefilled) outbox.event(prepared.id, prefilled);
  const completion = sequence.completion("length", "", false, now);
  outbox.event(prepared.id, { type: "done", ...completion, slot: 0 });
  prepared[Symbol.dispose]();
}
