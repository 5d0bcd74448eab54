import type { IndexedEvent } from "../fan-out.ts";
import { AnswerPieces } from "../generation.ts";
import {
  type CompletionPiece,
  type NativeContext,
  selectFields,
  toCompletion,
  toPieces,
  toProgressPiece,
} from "../native-answer.ts";

/** What of the request is only about the form of the answer. */
interface Form extends NativeContext {
  responseFields: readonly string[];
}

/**
 * The events of a streamed answer. The last one of each generation has `stop: true` and the
 * figures, and of those only what was asked for; null says that the work has begun.
 */
export async function* toEvents(
  events: AsyncIterable<IndexedEvent>,
  form: Form,
): AsyncGenerator<CompletionPiece | object | null> {
  const { body, requests } = form;
  const answers = requests.map(() => ({
    pieces: new AnswerPieces(),
    prefilled: { nPrompt: 0, nCached: 0, prefillMs: 0 },
  }));
  for await (const { index, event } of events) {
    const answer = answers[index];
    if (!answer) throw new Error(`no generation has number ${index}`);
    answer.pieces.add(event);
    switch (event.type) {
      case "progress":
        yield body.return_progress ? toProgressPiece(event, index, body) : null;
        break;
      case "prefilled":
        answer.prefilled = event;
        break;
      case "text":
        yield* toPieces(event, answer.prefilled, index, body);
        break;
      case "reasoning": // a plain prompt has no chat format that could tell these apart
      case "tool_call":
        break;
      case "done": {
        const rest = { ...event, text: "" };
        if (event.tokens?.length) yield* toPieces(rest, answer.prefilled, index, body);
        const last = toCompletion(answer.pieces.answer, index, form);
        yield selectFields(last, form.responseFields);
        break;
      }
      default:
        event satisfies never;
    }
  }
}
