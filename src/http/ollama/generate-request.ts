import { AppError } from "../../core/errors.ts";
import type {
  ChatPrompt,
  GenerateRequest as CoreRequest,
  InfillPrompt,
} from "../../core/generate.ts";
import type { Message } from "../../core/messages.ts";
import type { GenerateRequest } from "./generate-schema.ts";
import { rawParts, toImages, withImages } from "./images.ts";
import { type Answering, cannotInsert } from "./lookup.ts";
import { toForm, toThinking } from "./request.ts";

/** @throws AppError invalid_request, in Ollama's words */
export function checkRaw({ raw, system, template, context, suffix }: GenerateRequest): void {
  if (!raw) return;
  if (suffix) {
    const message = "raw mode does not support suffix: write its tokens into the prompt";
    throw new AppError("invalid_request", message, { param: "raw" });
  }
  if (!system && !template && !context?.length) return;
  const message = "raw mode does not support template, system, or context";
  throw new AppError("invalid_request", message, { param: "raw" });
}

/** @throws AppError invalid_request, unsupported */
export function toPrompt(body: GenerateRequest, by: Answering): CoreRequest["prompt"] {
  const { prompt = "", raw = false, suffix = "" } = body;
  if (raw) {
    const images = toImages(body.images, "images");
    return { type: "text", parts: rawParts(prompt, images), ...toForm(body) };
  }
  return suffix === "" ? toChat(body) : toInsert(body, suffix, by);
}

/** Generating is answering a conversation of one question. */
function toChat(body: GenerateRequest): ChatPrompt {
  const { prompt = "", system = "", template = "", context = [] } = body;
  const asked = withImages(prompt, toImages(body.images, "images"));
  const messages: Message[] = [{ role: "user", parts: asked }];
  if (system !== "") messages.unshift({ role: "system", parts: [{ type: "text", text: system }] });
  return {
    type: "chat",
    messages,
    tools: [],
    toolChoice: "none",
    ...(template !== "" && { goTemplate: template }),
    ...(context.length > 0 && { context }),
    ...toForm(body),
    ...toThinking(body.think),
  };
}

/** A template that knows what to do with a suffix comes before the tokens of the vocabulary. */
function toInsert(
  body: GenerateRequest,
  suffix: string,
  { info, name }: Answering,
): ChatPrompt | InfillPrompt {
  const { prompt: prefix = "", template = "" } = body;
  const inserts = template === "" ? info.inserts : /\.Suffix\b/.test(template);
  if (inserts) return { ...toChat(body), suffix };
  if (template !== "" || info.fimMissing.length > 0) throw cannotInsert(name);
  const lost = body.context?.length ? "context" : body.images?.length ? "images" : null;
  if (lost !== null) {
    const message = `\`${lost}\` does not go with \`suffix\`: this model fills gaps in code alone`;
    throw new AppError("unsupported", message, { param: lost });
  }
  return { type: "infill", prefix, suffix, extra: [], prompt: "", ...toForm(body) };
}
