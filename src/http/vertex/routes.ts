import { type AnyElysia, Elysia } from "elysia";
import { AppError } from "../../core/errors.ts";
import { checkBody } from "../body.ts";
import { errorResponse, toAppError, toErrorBody } from "../errors.ts";
import type { Gateway } from "../gateway.ts";
import { formatsOf } from "./formats.ts";
import { Predictions, PredictRequest } from "./schema.ts";

/**
 * The routes that Google's Vertex AI calls in a container for predictions, where the settings have
 * them: many requests in one, each handled by the route of `api` that it names.
 */
export function vertex({ settings }: Gateway, api: AnyElysia) {
  const plugin = new Elysia({ name: "vertex" });
  if (!settings.vertex) return plugin;
  const { predictRoute, healthRoute } = settings.vertex;
  const isTaken = (route: string) => api.routes.some(({ path }) => path === route);
  if (isTaken(predictRoute)) {
    throw new Error(`AIP_PREDICT_ROUTE=${predictRoute} is a route of this server already`);
  }
  const formats = formatsOf(api.routes);

  const predict = async ({ body, request }: { body: PredictRequest; request: Request }) => {
    const { signal } = request;
    const one = (instance: unknown) =>
      prediction(api, formats, instance, signal).catch((error) => toErrorBody(toAppError(error)));
    return { predictions: await Promise.all(body.instances.map(one)) };
  };
  plugin
    .onError(({ error }) => errorResponse(error))
    .post(predictRoute, predict, {
      parse: "json",
      transform: checkBody(PredictRequest),
      body: PredictRequest,
      response: Predictions,
      detail: { hide: true }, // the rest of the API is what there is to document
    });
  const health = () => api.handle(new Request("http://localhost/health"));
  if (!isTaken(healthRoute)) plugin.get(healthRoute, health, { detail: { hide: true } });
  return plugin;
}

async function prediction(
  api: AnyElysia,
  formats: ReadonlyMap<string, string>,
  instance: unknown,
  signal: AbortSignal,
): Promise<unknown> {
  if (typeof instance !== "object" || instance === null || Array.isArray(instance)) {
    throw new AppError("invalid_request", "each instance must be a JSON object");
  }
  const { "@requestFormat": format, ...body } = instance as Record<string, unknown>;
  if (typeof format !== "string") {
    throw new AppError("invalid_request", "each instance must include a string @requestFormat");
  }
  const path = formats.get(format);
  if (path === undefined) {
    throw new AppError("invalid_request", `no handler registered for @requestFormat: ${format}`);
  }
  const response = await api.handle(
    new Request(`http://localhost${path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ ...body, stream: false }),
      signal,
    }),
  );
  const text = await response.text();
  try {
    return text === "" ? null : JSON.parse(text);
  } catch {
    return text;
  }
}
