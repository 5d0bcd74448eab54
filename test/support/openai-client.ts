import OpenAI from "openai";
import type { ChatCompletionContentPart } from "openai/resources/chat/completions";
import type { RunningServer } from "./server.ts";

/** The official client, as a program has it that was pointed at us. */
export const clientOf = ({ url }: RunningServer, apiKey = "none") =>
  new OpenAI({ baseURL: `${url}/v1`, apiKey, maxRetries: 0 });

/** A user's message, asked for greedily; `more` may hold what the client's types do not know. */
export const asks = (content: string | ChatCompletionContentPart[], more: object = {}) => ({
  model: "tiny",
  messages: [{ role: "user" as const, content }],
  temperature: 0,
  ...more,
});

/** What a call is rejected with. */
export const failureOf = (call: PromiseLike<unknown>): Promise<unknown> =>
  Promise.resolve(call).then(
    (value) => Promise.reject(new Error(`it did not fail: ${JSON.stringify(value)}`)),
    (error: unknown) => error,
  );
