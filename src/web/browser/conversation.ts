/** What a request says beside its messages; absent: the model's own. */
export interface Settings {
  system: string;
  numbers: Partial<Record<NumberName, number>>;
  /** "": as the model has it. */
  effort: string;
  /** JSON: a list of OpenAI's tools; "": none. */
  tools: string;
}

/** Called as in OpenAI's and llama-server's requests. */
export type NumberName =
  | "temperature"
  | "top_p"
  | "top_k"
  | "min_p"
  | "repeat_penalty"
  | "max_tokens"
  | "seed";

export interface ToolCall {
  id: string;
  name: string;
  arguments: string;
}

export interface UserMessage {
  role: "user";
  text: string;
  pictures: Blob[];
}

export interface Answer {
  role: "assistant";
  text: string;
  reasoning: string;
  toolCalls: ToolCall[];
  model: string;
  /** "running" in a conversation that was read back: the page was closed meanwhile. */
  ending: "running" | "stop" | "length" | "tool_calls" | "stopped" | "failed";
  error?: string;
  nTokens?: number;
  tokensPerSecond?: number;
}

export interface ToolMessage {
  role: "tool";
  callId: string;
  name: string;
  text: string;
}

export type Message = UserMessage | Answer | ToolMessage;

export interface Conversation {
  id: string;
  title: string;
  /** Milliseconds since 1970. */
  changedAt: number;
  settings: Settings;
  messages: Message[];
}

export const noSettings: Settings = { system: "", numbers: {}, effort: "", tools: "" };

export function newConversation(settings: Settings): Conversation {
  // crypto.randomUUID is only for pages of this machine and of HTTPS.
  const id = Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
  return { id, title: "", changedAt: Date.now(), settings, messages: [] };
}

export function newAnswer(model: string): Answer {
  return { role: "assistant", text: "", reasoning: "", toolCalls: [], model, ending: "running" };
}

const titleLengthMax = 60;

/** The first words that were said, until the user finds a better title. */
export function titleFor({ text, pictures }: UserMessage): string {
  const line = text.trim().split("\n")[0] ?? "";
  if (line === "") return pictures.length > 0 ? "Picture" : "New chat";
  return line.length > titleLengthMax ? `${line.slice(0, titleLengthMax - 1)}…` : line;
}

export function mentions({ title, messages }: Conversation, words: string): boolean {
  const wanted = words.trim().toLowerCase();
  const texts = [title, ...messages.map(({ text }) => text)];
  return texts.some((text) => text.toLowerCase().includes(wanted));
}

/** Calls of the answer at `i` that no message after it has a result for. */
export function openCalls({ messages }: Conversation, i: number): ToolCall[] {
  const answer = messages[i];
  if (answer?.role !== "assistant" || answer.ending !== "tool_calls") return [];
  const after = messages.slice(i + 1);
  const next = after.findIndex(({ role }) => role !== "tool");
  const results = next < 0 ? after : after.slice(0, next);
  return answer.toolCalls.filter(
    ({ id }) => !results.some((result) => result.role === "tool" && result.callId === id),
  );
}

/** The body of a request for the answer to a conversation. @throws SyntaxError in its tools */
export async function toRequest(conversation: Conversation, model: string): Promise<object> {
  const { system, numbers, effort, tools } = conversation.settings;
  const messages = await Promise.all(
    conversation.messages.map((_, i) => toWireMessages(conversation, i)),
  );
  return {
    model,
    messages: [...(system.trim() ? [{ role: "system", content: system }] : []), ...messages.flat()],
    stream: true,
    stream_options: { include_usage: true },
    timings_per_token: true,
    ...numbers,
    ...(effort && { reasoning_effort: effort }),
    ...(tools.trim() && { tools: JSON.parse(tools) as unknown }),
  };
}

/** Of calls that nobody answered and of answers that came to nothing the model need not know. */
async function toWireMessages(conversation: Conversation, i: number): Promise<object[]> {
  const message = conversation.messages[i];
  switch (message?.role) {
    case "user":
      return [{ role: "user", content: await toContent(message) }];
    case "assistant": {
      const isAnswered = message.toolCalls.length > 0 && openCalls(conversation, i).length === 0;
      const calls = isAnswered && message.ending === "tool_calls" ? message.toolCalls : [];
      if (message.text === "" && calls.length === 0) return [];
      const tool_calls = calls.map(({ id, name, arguments: text }) => ({
        id,
        type: "function",
        function: { name, arguments: text },
      }));
      const called = calls.length > 0 ? { tool_calls } : {};
      return [{ role: "assistant", content: message.text, ...called }];
    }
    case "tool":
      return [{ role: "tool", tool_call_id: message.callId, content: message.text }];
    default:
      return [];
  }
}

async function toContent({ text, pictures }: UserMessage) {
  if (pictures.length === 0) return text;
  const urls = await Promise.all(pictures.map(toDataUrl));
  const parts = urls.map((url) => ({ type: "image_url", image_url: { url } }));
  return [...parts, ...(text ? [{ type: "text", text }] : [])];
}

export function toDataUrl(blob: Blob): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const reader = new FileReader();
  reader.onload = () => resolve(String(reader.result));
  reader.onerror = () => reject(reader.error);
  reader.readAsDataURL(blob);
  return promise;
}
