import type { ChatPrompt } from "../../src/core/generate.ts";
import type { ResponseObject } from "../../src/http/responses/answer-schema.ts";
import { type AppOverOptions, appOver, type Behaviour, json, says } from "./fake-engine.ts";

export const path = "/v1/responses";
/** A tool. */
export const weather = { type: "function", name: "weather", parameters: { type: "object" } };

interface Failure {
  error: { message: string; param: string | null; code: string };
}

/** The real app over a fake engine, and what clients of /v1/responses do. */
export function server(
  behaviour: Behaviour = says("ok"),
  settings: AppOverOptions["settings"] = {},
) {
  const app = appOver(behaviour, { settings });
  const create = (body: object) => json<ResponseObject>(app.post(path, { input: "hi", ...body }));
  const remove = (id: string) =>
    app.app.handle(new Request(`http://localhost${path}/${id}`, { method: "DELETE" }));
  const failure = async (response: Response | Promise<Response>) => {
    const { status } = await response;
    return { status, ...(await json<Failure>(response)).error };
  };
  /** What the engine was asked last. */
  const messages = () => {
    const prompt = app.engine.requests.at(-1)?.prompt as ChatPrompt;
    return prompt.messages;
  };
  return { ...app, create, remove, failure, messages };
}
