import type { Client } from "../client/client.ts";
import type { Shown, WireMessage } from "../client/wire.ts";

export type Think = boolean | "low" | "medium" | "high" | "max";

/** A conversation with a model, and how the user wants it. */
export interface Session {
  client: Client;
  model: string;
  /** What the server says of the model. */
  shown: Shown;
  /** undefined: the model's own. */
  system?: string | undefined;
  /** Of Ollama's options: temperature, num_ctx … */
  options: Record<string, unknown>;
  messages: WireMessage[];
  /** "json", or a schema. */
  format?: string | object | undefined;
  keepAlive?: string | number | undefined;
  think?: Think | undefined;
  hidesThinking: boolean;
  isVerbose: boolean;
  wrapsWords: boolean;
}

export const can = ({ shown }: Session, capability: string): boolean =>
  shown.capabilities?.includes(capability) ?? false;

/** The model and its messages so far, as POST /api/chat wants them. */
export function chatRequest(session: Session): object {
  const { model, system, options, messages, format, keepAlive, think } = session;
  const first: WireMessage[] = system === undefined ? [] : [{ role: "system", content: system }];
  return {
    model,
    messages: messages.length === 0 ? [] : [...first, ...messages],
    ...(Object.keys(options).length > 0 && { options }),
    ...(format !== undefined && { format }),
    ...(keepAlive !== undefined && { keep_alive: keepAlive }),
    ...(think !== undefined && { think }),
    stream: true,
  };
}

/** What makes a model of the session: the one it is with, and what was set and said. */
export function saveRequest({ model, system, options, messages, shown }: Session): object {
  const said = messages.map(({ role, content }) => ({ role, content }));
  return {
    from: model,
    ...(system !== undefined && { system }),
    ...(Object.keys(options).length > 0 && { parameters: options }),
    ...(said.length > 0 && { messages: [...(shown.messages ?? []), ...said] }),
  };
}
