import { ApiError, call, eventsOf } from "./api.ts";
import { type Answer, type Conversation, toRequest } from "./conversation.ts";

/** As much of OpenAI's chunks, and of llama-server's figures in them, as the page shows. */
interface Chunk {
  choices: {
    delta: {
      content?: string | null;
      reasoning_content?: string;
      tool_calls?: {
        index: number;
        id?: string;
        function: { name?: string; arguments?: string };
      }[];
    };
    finish_reason: "stop" | "length" | "tool_calls" | null;
  }[];
  timings?: { predicted_n: number; predicted_per_second: number };
}

/**
 * Has the conversation answered: `answer` grows, and `changed` is called whenever it has. Never
 * throws: how it ended, the answer says.
 */
export async function fill(
  answer: Answer,
  conversation: Conversation,
  { signal, changed }: { signal: AbortSignal; changed: () => void },
): Promise<void> {
  try {
    const body = await toRequest(conversation, answer.model);
    const response = await call("v1/chat/completions", { method: "POST", body, signal });
    for await (const chunk of eventsOf<Chunk>(response)) {
      add(chunk, answer);
      changed();
    }
    if (answer.ending === "running") throw new ApiError(0, "The answer broke off.");
  } catch (error) {
    answer.ending = signal.aborted ? "stopped" : "failed";
    if (!signal.aborted) answer.error = describe(error);
  }
  changed();
}

function describe(error: unknown): string {
  if (error instanceof SyntaxError) return `The tools in the settings are not valid JSON: ${error}`;
  return error instanceof ApiError ? error.message : String(error);
}

function add({ choices: [choice], timings }: Chunk, answer: Answer): void {
  if (timings) {
    answer.nTokens = timings.predicted_n;
    answer.tokensPerSecond = timings.predicted_per_second;
  }
  if (!choice) return;
  answer.text += choice.delta.content ?? "";
  answer.reasoning += choice.delta.reasoning_content ?? "";
  for (const { index, id, function: made } of choice.delta.tool_calls ?? []) {
    answer.toolCalls[index] ??= { id: id ?? "", name: "", arguments: "" };
    const known = answer.toolCalls[index];
    known.name += made.name ?? "";
    known.arguments += made.arguments ?? "";
  }
  answer.ending = choice.finish_reason ?? answer.ending;
}
