import { type FromEngine, toWire } from "../core/protocol.ts";
import type { LoadedEngine } from "./load.ts";
import type { Mailbox } from "./mailbox.ts";
import { prepare } from "./prepare.ts";
import { type Outbox, Scheduler } from "./scheduler.ts";

/** Lets the event loop deliver IPC. A microtask would not: decode would starve aborts. */
const yieldToEventLoop = () => new Promise<void>((resolve) => setImmediate(resolve));

/** The engine: drain mailbox → step (plan → decode → sample) → emit, for ever. */
export async function loop(
  engine: LoadedEngine,
  mailbox: Mailbox,
  send: (message: FromEngine) => void,
): Promise<never> {
  const outbox = new BatchedOutbox(send);
  const scheduler = new Scheduler(engine.runner, outbox, engine.limits);
  for (;;) {
    if (scheduler.isIdle) {
      scheduler.checkIntegrity();
      await mailbox.next();
    }
    for (const message of mailbox.drain()) {
      if (message.type === "abort") scheduler.abort(message.id);
      if (message.type !== "generate") continue;
      try {
        scheduler.add(prepare(engine.loaded, message.id, message.request));
      } catch (error) {
        send({ type: "error", id: message.id, error: toWire(error) });
      }
    }
    scheduler.step();
    outbox.flush();
    await yieldToEventLoop();
  }
}

/** One IPC message per step, with every sequence's events. */
class BatchedOutbox implements Outbox {
  readonly #send: (message: FromEngine) => void;
  #events: Extract<FromEngine, { type: "events" }>["events"] = [];

  constructor(send: (message: FromEngine) => void) {
    this.#send = send;
  }

  event(id: number, event: Parameters<Outbox["event"]>[1]): void {
    this.#events.push({ id, event });
  }

  error(id: number, error: Parameters<Outbox["error"]>[1]): void {
    this.flush(); // what was generated before the error comes before it
    this.#send({ type: "error", id, error: toWire(error) });
  }

  flush(): void {
    if (this.#events.length === 0) return;
    this.#send({ type: "events", events: this.#events });
    this.#events = [];
  }
}
