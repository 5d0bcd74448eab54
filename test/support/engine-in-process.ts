import type { CallAnswer, CallQuestion, EngineCallName } from "../../src/core/calls.ts";
import type { GenerateEvent, GenerateRequest, ModelInfo } from "../../src/core/generate.ts";
import type { LoadSpec } from "../../src/core/load.ts";
import {
  type CallMessage,
  type FromEngine,
  fromWire,
  type SentEvent,
} from "../../src/core/protocol.ts";
import { load } from "../../src/engine/load.ts";
import { loop } from "../../src/engine/loop.ts";
import { Mailbox } from "../../src/engine/mailbox.ts";

interface Waiting {
  events: GenerateEvent[];
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** The engine's loop over a real model, in this process. It idles for ever when tests are over. */
export class EngineInProcess {
  readonly info: ModelInfo;
  readonly #mailbox = new Mailbox();
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 0;

  /** @throws AppError model_load_failed */
  constructor(spec: LoadSpec) {
    const libraryDir = process.env.HUTCH_LIBRARY_DIR ?? "";
    const small = { threads: { n_threads: 1 }, logLevel: 5, warmup: false };
    const engine = load(libraryDir, { ...small, ...spec }, () => {});
    this.info = engine.info;
    void loop(engine, this.#mailbox, (message) => this.#receive(message));
  }

  call<Name extends EngineCallName>(
    name: Name,
    question: CallQuestion<Name>,
  ): Promise<CallAnswer<Name>> {
    const id = this.#nextId++;
    const answer = this.#answerTo(id);
    this.#mailbox.put({ type: "call", id, name, question } as CallMessage);
    return answer as Promise<CallAnswer<Name>>;
  }

  /** The events of a generation, once it is done. */
  generate(request: GenerateRequest): Promise<GenerateEvent[]> {
    const id = this.#nextId++;
    const events = this.#answerTo(id);
    this.#mailbox.put({ type: "generate", id, request, isWhole: false });
    return events as Promise<GenerateEvent[]>;
  }

  /** All that a generation from a text says. */
  async write(text: string, request: Partial<GenerateRequest> = {}): Promise<string> {
    const events = await this.generate({
      prompt: { type: "text", parts: [text] },
      sampling: { temperature: 0 },
      nPredict: 24,
      ...request,
    });
    return events.map((event) => (event.type === "text" ? event.text : "")).join("");
  }

  #answerTo(id: number): Promise<unknown> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#waiting.set(id, { events: [], resolve, reject });
    return promise;
  }

  #receive(message: FromEngine): void {
    if (message.type === "events") {
      const { events } = message;
      const sent: SentEvent[] = typeof events === "string" ? JSON.parse(events) : events;
      for (const { id, event } of sent) {
        const waiting = this.#waiting.get(id);
        waiting?.events.push(event);
        if (event.type === "done") waiting?.resolve(waiting.events);
      }
    }
    if (message.type === "answer") this.#waiting.get(message.id)?.resolve(message.answer);
    if (message.type === "error") {
      this.#waiting.get(message.id)?.reject(fromWire(message.error));
    }
  }
}
