import type { GenerateEvent } from "../../core/generate.ts";
import type { Framing } from "../streaming.ts";
import type { BlockDelta, OutputBlock, StreamEvent } from "./answer-schema.ts";
import {
  callBlock,
  hidesThinking,
  type Reply,
  textBlock,
  thinkingBlock,
  toContextManagement,
  toEnding,
  toHead,
  toUsage,
} from "./response.ts";

/** Server-sent events whose `event:` line repeats their type, an error's too. */
export function framing(pingSeconds: number, ping: string): Framing {
  return {
    contentType: "text/event-stream",
    frame: (event: { type?: unknown }) =>
      `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`,
    end: "",
    ...(pingSeconds > 0 && { ping: { text: ping, silenceMs: pingSeconds * 1000 } }),
  };
}

/** What Anthropic sends in a silence, and what llama-server does. */
export const pingEvent = 'event: ping\ndata: {"type":"ping"}\n\n';
export const pingComment = ":\n\n";

/** The events of a streamed answer, from message_start to message_stop. */
export async function* toStreamEvents(
  reply: Reply,
  signal: AbortSignal,
): AsyncGenerator<StreamEvent | null> {
  const blocks = new Blocks();
  for await (const event of reply.generation.events(signal)) {
    switch (event.type) {
      case "progress":
        yield null;
        break;
      case "prefilled": {
        const message = toHead(reply, { ...event, nPredicted: 0, nReasoning: 0 });
        yield { type: "message_start", message };
        break;
      }
      case "text":
        yield* blocks.enter("text", textBlock(""));
        yield blocks.delta({ type: "text_delta", text: event.text });
        break;
      case "reasoning":
        yield* blocks.enter("thinking", thinkingBlock(""));
        if (hidesThinking(reply)) yield null;
        else yield blocks.delta({ type: "thinking_delta", thinking: event.text });
        break;
      case "tool_call":
        yield* blocks.call(event);
        break;
      case "done":
        yield* blocks.close();
        yield {
          type: "message_delta",
          delta: toEnding(event, reply),
          usage: toUsage(event),
          ...toContextManagement(reply),
        };
        yield { type: "message_stop" };
        break;
      default:
        event satisfies never;
    }
  }
}

/** The content blocks of a message: one is open at a time, and each has the next index. */
class Blocks {
  #index = -1;
  /** What the open block holds; null: none is open. */
  #open: string | null = null;

  /** Makes the block of `key` the open one; `block` is how it begins. */
  *enter(key: string, block: OutputBlock): Generator<StreamEvent> {
    if (this.#open === key) return;
    yield* this.close();
    this.#open = key;
    this.#index++;
    yield { type: "content_block_start", index: this.#index, content_block: block };
  }

  delta(delta: BlockDelta): StreamEvent {
    return { type: "content_block_delta", index: this.#index, delta };
  }

  *call(event: Extract<GenerateEvent, { type: "tool_call" }>): Generator<StreamEvent> {
    const { index, id = "", name = "", arguments: partial_json } = event;
    yield* this.enter(`tool_use ${index}`, callBlock(id, name, {}));
    if (partial_json !== "") yield this.delta({ type: "input_json_delta", partial_json });
  }

  *close(): Generator<StreamEvent> {
    if (this.#open === null) return;
    // Clients expect a signature before thinking ends; here nothing is signed.
    if (this.#open === "thinking") yield this.delta({ type: "signature_delta", signature: "" });
    this.#open = null;
    yield { type: "content_block_stop", index: this.#index };
  }
}
