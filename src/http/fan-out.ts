import type { GenerateEvent } from "../core/generate.ts";
import { EventQueue } from "../supervisor/event-queue.ts";
import { type Answer, AnswerPieces, type Generation } from "./generation.ts";

/** An event of one of several generations that answer one request together. */
export interface IndexedEvent {
  index: number;
  event: GenerateEvent;
}

/**
 * The events of all generations, which run side by side, as they come. Each has at most one event
 * waiting to be read. The first failure ends them all.
 * @param nParallel what the engine answers at once. As many again wait there for their turn, and
 *   the others here: thousands of prompts with a large grammar would block the engine's channel.
 * @param isWhole nobody shows the answers before their ends
 */
export async function* fanOut(
  generations: readonly Generation[],
  nParallel: number,
  signal: AbortSignal,
  isWhole = false,
): AsyncGenerator<IndexedEvent> {
  const [only, ...others] = generations;
  if (only && others.length === 0) {
    for await (const event of only.events(signal, isWhole)) yield { index: 0, event };
    return;
  }
  const end = new AbortController();
  const either = AbortSignal.any([signal, end.signal]);
  const queue = new EventQueue<{ index: number; result: IteratorResult<GenerateEvent> }>();
  const streams = generations.map((generation) => generation.events(either, isWhole));
  const pull = (index: number) =>
    streams[index]?.next().then(
      (result) => queue.push({ index, result }),
      (error) => queue.fail(error),
    );
  const waiting = streams.keys();
  const startNext = () => {
    const { done, value } = waiting.next();
    if (!done) pull(value);
  };
  let nRunning = streams.length;
  try {
    for (let i = 0; i < 2 * nParallel; i++) startNext();
    while (nRunning > 0) {
      for (const { index, result } of await queue.next()) {
        if (result.done) {
          nRunning--;
          startNext();
          continue;
        }
        yield { index, event: result.value };
        pull(index);
      }
    }
  } finally {
    end.abort();
    // Those suspended at a `yield` release their lease only when they are told to return.
    for (const stream of streams) stream.return(undefined).catch(() => {});
  }
}

/** Reads the events of `n` generations to their ends; answers are in the order of the indexes. */
export async function collectAll(events: AsyncIterable<IndexedEvent>, n: number) {
  const pieces = Array.from({ length: n }, () => new AnswerPieces());
  for await (const { index, event } of events) pieces[index]?.add(event);
  return pieces.map((one): Answer => one.answer);
}
