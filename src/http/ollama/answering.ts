import { AppError } from "../../core/errors.ts";
import type { GenerateEvent, GenerateRequest, ModelInfo } from "../../core/generate.ts";
import type { Model } from "../../models/catalog.ts";
import type { Lease, Wish } from "../../supervisor/supervisor.ts";
import type { Gateway } from "../gateway.ts";
import { collect, Generation } from "../generation.ts";
import { checkPrompt } from "../limits.ts";
import { ndjson } from "../ndjson.ts";
import { type OptionFields, toWish } from "../ollama-options.ts";
import { namedSchema } from "../schema-errors.ts";
import { withMarkers } from "./images.ts";
import { type Line, type Telling, toLines, toLoaded, toRendered, toWhole } from "./lines.ts";
import { type Answering, modelFor } from "./lookup.ts";
import { type Asked, toOptioned } from "./options.ts";
import { toErrorBody } from "./response.ts";

type Prompt = GenerateRequest["prompt"];

/** What the bodies of /api/generate and /api/chat have in common. */
interface Body extends Asked, OptionFields {
  model?: string;
  stream?: boolean;
  format?: object | string;
  _debug_render_only?: boolean;
}

/** How one of the two routes differs from the other. */
export interface Route<OfBody extends Body, Own extends object> {
  /** @throws AppError for what can be refused before there is a model */
  check(body: OfBody): void;
  /** It only loads the model, or unloads it. */
  isEmpty(body: OfBody): boolean;
  /** @throws AppError for what the model cannot do */
  checkCapable(by: Answering, body: OfBody): void;
  toPrompt(body: OfBody, by: Answering): Prompt;
  report(body: OfBody): GenerateRequest["report"];
  own: Telling<Own>["own"];
  atEnd(body: OfBody): Pick<Telling<Own>, "atEnd">;
}

/** Most alternatives of a token that a request may want to see. */
const nTopMax = 20;

/** Answers requests of one of the two routes. */
export function answering<OfBody extends Body, Own extends object>(
  gateway: Gateway,
  route: Route<OfBody, Own>,
) {
  const { own } = route;
  const answer = async ({ body, request }: Context<OfBody>) => {
    const { signal } = request;
    checkTop(body);
    route.check(body);
    const model = modelFor(gateway, body.model, request.url);
    const name = body.model || model.name;
    const wish = toWish(body);
    if (route.isEmpty(body)) {
      const check = (info: ModelInfo) => route.checkCapable({ model, name, info }, body);
      return toLoaded({ model: name, own }, await load(gateway, model, { wish, check }, signal));
    }
    if (body._debug_render_only) {
      using lease = await gateway.acquire(model, signal, wish);
      const by = { model, name, info: lease.engine.info };
      route.checkCapable(by, body);
      const shown = await shownPrompt(gateway, lease, route.toPrompt(body, by), body, signal);
      return toRendered({ model: name, own }, shown.text, shown.nImages);
    }
    const toRequest = (info: ModelInfo): GenerateRequest => {
      const by = { model, name, info };
      route.checkCapable(by, body);
      const asked = toOptioned(body, info);
      const report = { ...asked.report, ...route.report(body) };
      return { ...asked, report, prompt: route.toPrompt(body, by) };
    };
    const generation = new Generation(gateway, model, toRequest, wish);
    const nTop = body.logprobs ? (body.top_logprobs ?? 0) : null;
    const telling = { model: name, generation, own, nTop, ...route.atEnd(body) };
    const isWhole = body.stream === false;
    const events = (until: AbortSignal) => told(generation.events(until, isWhole), body);
    if (isWhole) return toWhole(await collect(events(signal)), telling);
    return ndjson({ open: (until) => toLines(events(until), telling), signal, toErrorBody });
  };
  // Elysia's types take promises of either, no promise that may be of both.
  return answer as (context: Context<OfBody>) => Promise<Response> | Promise<Line<Own>>;
}

interface Context<OfBody> {
  body: OfBody;
  request: Request;
}

function checkTop({ top_logprobs: nTop = 0 }: Asked): void {
  if (nTop >= 0 && nTop <= nTopMax) return;
  const message = `top_logprobs must be between 0 and ${nTopMax}`;
  throw new AppError("invalid_request", message, { param: "top_logprobs" });
}

/** A model that is to go is not loaded for that. */
async function load(
  { supervisor }: Gateway,
  model: Model,
  { wish, check }: { wish: Wish; check: (info: ModelInfo) => void },
  signal: AbortSignal,
): Promise<"load" | "unload"> {
  const { keepAliveMs } = wish;
  const leaves = keepAliveMs === 0;
  if (!leaves) {
    using lease = await supervisor.acquire(model.name, signal, wish);
    check(lease.engine.info);
    return "load";
  }
  supervisor.expire(model.name);
  return "unload";
}

/** What the model would be given, its pictures as markers. @throws AppError */
async function shownPrompt(
  gateway: Gateway,
  { engine }: Lease,
  prompt: Prompt,
  body: Body,
  signal: AbortSignal,
): Promise<{ text: string; nImages: number }> {
  const { nCtx, nKeep, nPredict, truncate } = toOptioned(body, engine.info);
  const limits = { nCtx, nKeep, nPredict, truncate };
  if (prompt.type === "text" && prompt.parts.some((part) => part instanceof Uint8Array)) {
    let nImages = 0;
    const texts = prompt.parts.map((part) =>
      part instanceof Uint8Array ? `[img-${nImages++}]` : part,
    );
    return { text: texts.join(""), nImages };
  }
  const isChat = prompt.type === "chat";
  const media = isChat ? prompt.messages.flatMap(({ parts }) => parts) : [];
  const marked = isChat ? { ...prompt, messages: withMarkers(prompt.messages) } : prompt;
  checkPrompt(marked, gateway.settings.limits);
  const question = { prompt: marked, ...limits };
  const shown = engine.call("applyTemplate", question, signal);
  const { text } = await shown.catch((error) => {
    throw inOllamasWords(error, body);
  });
  return { text, nImages: media.filter(({ type }) => type === "media").length };
}

const tooLong =
  "the prompt is longer than the context length currently available to the model; shorten the " +
  "prompt, adjust the context length in settings, or use a model with a longer context length";

/** Clients may know a prompt that is too long by Ollama's text; a schema has its field's name. */
function inOllamasWords(thrown: unknown, { format }: Body): unknown {
  const error = namedSchema(thrown, typeof format === "object" ? "format" : "tools");
  if (!(error instanceof AppError) || error.code !== "context_length_exceeded") return error;
  if (error.message.includes("the server's --")) return error; // its operator's words
  const { code, details, param = "prompt" } = error;
  return new AppError(code, tooLong, { details, param, cause: error });
}

async function* told(
  events: AsyncGenerator<GenerateEvent>,
  body: Body,
): AsyncGenerator<GenerateEvent> {
  try {
    yield* events;
  } catch (error) {
    throw inOllamasWords(error, body);
  }
}
