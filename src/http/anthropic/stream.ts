import type { GenerateEvent } from "../../core/generate.ts";
import type { Generation } from "../generation.ts";
import { toEnding, toHead, toInputUsage } from "./response.ts";
import type { MessageStreamEvent } from "./schema.ts";

/** The events of a streamed answer, from message_start to message_stop. */
export async function* toStreamEvents(
  generation: Generation,
  signal: AbortSignal,
): AsyncGenerator<MessageStreamEvent | null> {
  const blocks = new Blocks();
  for await (const event of generation.events(signal)) {
    switch (event.type) {
      case "progress":
        yield null;
        break;
      case "prefilled":
        yield toStart(generation, event);
        break;
      case "text":
        yield* blocks.enter("text", { type: "text", text: "" });
        yield blocks.delta({ type: "text_delta", text: event.text });
        break;
      case "reasoning":
        yield* blocks.enter("thinking", { type: "thinking", thinking: "", signature: "" });
        yield blocks.delta({ type: "thinking_delta", thinking: event.text });
        break;
      case "tool_call":
        yield* blocks.call(event);
        break;
      case "done":
        yield* blocks.close();
        yield {
          type: "message_delta",
          delta: toEnding(event),
          usage: { ...toInputUsage(event), output_tokens: event.nPredicted },
        };
        yield { type: "message_stop" };
        break;
      default:
        event satisfies never;
    }
  }
}

function toStart(generation: Generation, prompt: { nPrompt: number; nCached: number }) {
  const message = {
    ...toHead(generation),
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: { ...toInputUsage(prompt), output_tokens: 0 },
  };
  return { type: "message_start", message };
}

/** The content blocks of a message: one is open at a time, and each has the next index. */
class Blocks {
  #index = -1;
  /** What the open block holds; null: none is open. */
  #open: string | null = null;

  /** Makes the block of `key` the open one; `block` is how it begins. */
  *enter(key: string, block: object): Generator<MessageStreamEvent> {
    if (this.#open === key) return;
    yield* this.close();
    this.#open = key;
    this.#index++;
    yield { type: "content_block_start", index: this.#index, content_block: block };
  }

  delta(delta: object): MessageStreamEvent {
    return { type: "content_block_delta", index: this.#index, delta };
  }

  *call(event: Extract<GenerateEvent, { type: "tool_call" }>): Generator<MessageStreamEvent> {
    const { index, id, name, arguments: partial_json } = event;
    yield* this.enter(`tool_use ${index}`, { type: "tool_use", id, name, input: {} });
    if (partial_json !== "") yield this.delta({ type: "input_json_delta", partial_json });
  }

  *close(): Generator<MessageStreamEvent> {
    if (this.#open === null) return;
    // Clients expect a signature before thinking ends; here nothing is signed.
    if (this.#open === "thinking") yield this.delta({ type: "signature_delta", signature: "" });
    this.#open = null;
    yield { type: "content_block_stop", index: this.#index };
  }
}
