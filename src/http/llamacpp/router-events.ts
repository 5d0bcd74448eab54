import { AppError } from "../../core/errors.ts";
import type { ModelEvent } from "../../supervisor/supervisor.ts";
import { toErrorBody } from "../errors.ts";
import type { Gateway } from "../gateway.ts";
import { toModelCard } from "../model-card.ts";
import { streamResponse } from "../streaming.ts";
import { toWireStatus } from "./router-models.ts";

/** An event of GET /models/sse, as llama-server's router names them. */
interface WireEvent {
  model: string;
  event: string;
  data?: object;
}

/** Progress of one model is told at most this often, milliseconds. */
const progressMs = 100;

/** Stands for an SSE comment. Bun sends headers with the first bytes, and clients wait for them. */
const opening: WireEvent = { model: "", event: "" };

/** A stream of what happens to models from now on. */
export function followModels(gateway: Gateway, signal: AbortSignal): Promise<Response> {
  const silenceMs = gateway.settings.ssePingSeconds * 1000;
  return streamResponse(
    { open: (aborting) => modelEvents(gateway, aborting), signal, toErrorBody },
    {
      contentType: "text/event-stream",
      frame: (event) => (event === opening ? ":\n\n" : `data: ${JSON.stringify(event)}\n\n`),
      end: "",
      ...(silenceMs > 0 && { ping: { text: ":\n\n", silenceMs } }),
    },
  );
}

async function* modelEvents(gateway: Gateway, signal: AbortSignal): AsyncGenerator<WireEvent> {
  const feed = new EventFeed();
  const end = gateway.supervisor.subscribe((event) => feed.push(event, gateway));
  const onAbort = () => feed.wake();
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    yield opening;
    for (;;) {
      await feed.filled();
      if (signal.aborted) throw new AppError("cancelled", "the client closed the request");
      yield* feed.take();
    }
  } finally {
    signal.removeEventListener("abort", onAbort);
    end();
  }
}

/** Events that a client has not read. Progress is left out where more of it comes than is read. */
class EventFeed {
  #events: WireEvent[] = [];
  #filled = Promise.withResolvers<void>();
  /** When progress of a model was last told, milliseconds on the clock of `performance`. */
  readonly #toldAt = new Map<string, number>();

  push(event: ModelEvent, gateway: Gateway): void {
    if (!isProgress(event)) {
      if ("model" in event) this.#toldAt.delete(event.model);
    } else {
      const now = performance.now();
      const toldAt = this.#toldAt.get(event.model);
      const isFirst = toldAt === undefined;
      if (!isFirst && (this.#events.length > 0 || now - toldAt < progressMs)) return;
      this.#toldAt.set(event.model, now);
    }
    this.#events.push(toWireEvent(event, gateway));
    this.wake();
  }

  /** Resolves when there is something, or after `wake`. */
  async filled(): Promise<void> {
    await this.#filled.promise;
    this.#filled = Promise.withResolvers<void>();
  }

  wake(): void {
    this.#filled.resolve();
  }

  take(): WireEvent[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }
}

/** Whether a later event of the model will say the same and more. */
function isProgress(event: ModelEvent): event is Extract<ModelEvent, { type: "status" }> {
  if (event.type !== "status") return false;
  const { status } = event;
  return status.state === "downloading" || (status.state === "loading" && status.fraction > 0);
}

function toWireEvent(event: ModelEvent, gateway: Gateway): WireEvent {
  if (event.type === "reloaded") return { model: "*", event: "models_reload" };
  const { model } = event;
  if (event.type === "removed") return { model, event: "model_remove" };
  if (event.type === "downloaded") {
    if (event.error === null) return { model, event: "download_finished" };
    return { model, event: "download_failed", data: { error: event.error.message } };
  }
  const { value: status, ...more } = toWireStatus(event.status);
  if (event.status.state === "downloading") {
    return { model, event: "download_progress", data: more };
  }
  const isStart = event.status.state === "loading" && event.status.fraction === 0;
  const exit = event.status.state === "unloaded" ? { exit_code: 0 } : {};
  const data = { status, ...exit, ...more, ...infoOf(event, gateway) };
  return { model, event: isStart ? "model_status" : "status_change", data };
}

/** A model that was loaded says what it is. */
function infoOf(event: Extract<ModelEvent, { type: "status" }>, gateway: Gateway): object {
  const { catalog } = gateway.supervisor;
  const model = catalog.models.find(({ name }) => name === event.model);
  if (event.status.state !== "ready" || !model) return {};
  return { info: toModelCard(gateway, model) };
}
