import { asAppError } from "../core/errors.ts";
import type { FromEngine, ToEngine } from "../core/protocol.ts";
import { BatchedOutbox } from "./batched-outbox.ts";
import { Calls } from "./calls.ts";
import { Embedder } from "./embedder.ts";
import { type IdleWork, untilMail } from "./idle-work.ts";
import type { Outbox } from "./limits.ts";
import type { LoadedEngine } from "./load.ts";
import type { Mailbox } from "./mailbox.ts";
import { prepare } from "./prepare.ts";
import { Scheduler } from "./scheduler.ts";
import { type PreparedRequest, Sequence } from "./sequence.ts";
import { WeightPages } from "./weight-pages.ts";

/** Lets the event loop deliver IPC. A microtask would not: decode would starve aborts. */
const yieldToEventLoop = () => new Promise<void>((resolve) => setImmediate(resolve));

/** How long to look out for another request, milliseconds. */
const lingerMs = 2;
/** And for how much of the time that the prefill of those that are there will take. */
const lingerPart = 0.02;

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
  const receive = () => {
    const messages = mailbox.drain();
    const last = messages.findLast(({ type }) => type === "generate" || type === "call");
    if (last && "id" in last) send({ type: "heard", id: last.id });
    for (const message of messages) {
      if (message.type === "generate") generate(message);
      if (message.type === "call") calls.receive(message);
      if (message.type === "ping") send({ type: "alive" });
      if (message.type === "share") engine.threads.share(message.nSharers);
      if (message.type !== "abort") continue;
      scheduler.abort(message.id);
      outbox.forget(message.id);
      calls.abort(message.id);
    }
  };
  const idleWork: IdleWork[] = [{ step: () => scheduler.makeRoom() }];
  if (engine.weights) {
    const onUnmapped = (nBytes: number) => send({ type: "unmapped", nBytes });
    idleWork.push(new WeightPages(engine.weights, onUnmapped));
  }
  for (;;) {
    const wasIdle = scheduler.isIdle && calls.isIdle;
    if (wasIdle) {
      scheduler.checkIntegrity();
      await untilMail(mailbox, idleWork);
    }
    receive();
    if (wasIdle) await untilTogether(scheduler, mailbox, receive);
    const startedAt = performance.now();
    scheduler.step();
    // The next step is likely to take as long, if nothing else comes before it.
    const isNext = !scheduler.isIdle && calls.isIdle;
    outbox.flush(isNext ? performance.now() - startedAt : undefined);
    calls.step();
    await yieldToEventLoop();
  }
}

/**
 * Waits for requests that are sent together, and arrive a millisecond apart: prefilled in one step,
 * they decode in step. As long as they keep coming, and it is little beside their prefill.
 */
async function untilTogether(
  scheduler: Scheduler,
  mailbox: Mailbox,
  receive: () => void,
): Promise<void> {
  const startedAt = performance.now();
  while (performance.now() - startedAt < scheduler.waitingMs * lingerPart) {
    await Bun.sleep(lingerMs);
    if (mailbox.isEmpty) return;
    receive();
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
