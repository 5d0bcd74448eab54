import assert from "node:assert";
import {
  ChatParser,
  type ChatTemplates,
  jsonSchemaToGrammar,
  type RenderedChat,
} from "../../ffi/chat.ts";
import type { Context } from "../../ffi/context.ts";
import { type MediaContext, UndecodableMedia } from "../../ffi/media.ts";
import type { Model } from "../../ffi/model.ts";
import { NativeError } from "../../ffi/native.ts";
import { Sampler, type SamplerOptions } from "../../ffi/sampler.ts";
import { AppError } from "../core/errors.ts";
import type { ChatPrompt, GenerateRequest, TextPrompt } from "../core/generate.ts";
import { Answer } from "./answer.ts";
import { chatInputs, mediaOf } from "./chat-inputs.ts";
import { chatGrammarOptions, samplerOptions } from "./sampling.ts";
import type { PreparedRequest, TokenSampler } from "./sequence.ts";
import { type MediaKeys, TokenList } from "./tokens.ts";

/** What of a loaded engine a request is prepared with. */
export interface Loaded {
  model: Model;
  context: Context;
  templates: ChatTemplates;
  media: MediaContext | null;
  mediaKeys: MediaKeys;
  nCtxSeq: number;
}

/**
 * Makes a request ready to run: template → prompt → tokens and pictures, sampler, parser.
 * @throws AppError when the request cannot be run, with the reason for the client
 */
export function prepare(loaded: Loaded, id: number, request: GenerateRequest): PreparedRequest {
  using stack = new DisposableStack();
  const { prompt } = request;
  refuseHopeless(loaded, prompt);
  const rendered = prompt.type === "chat" ? render(loaded, prompt) : null;
  const text = rendered?.prompt ?? (prompt.type === "text" ? prompt.text : "");
  const files = prompt.type === "chat" ? mediaOf(prompt.messages) : [];
  const tokens = tokenize(loaded, text, files, stack);
  checkLength(loaded, tokens);

  const sampler = stack.use(makeSampler(loaded, request, rendered));
  sampler.acceptPrompt(tokens.textTokens);
  const parser = rendered ? stack.use(makeParser(rendered, request)) : null;
  const resources = stack.move();
  return {
    id,
    tokens,
    nPredict: request.nPredict ?? Number.MAX_SAFE_INTEGER,
    cachePrompt: request.cachePrompt,
    sampler: bindSampler(sampler, loaded.context),
    answer: new Answer([...request.stop, ...(rendered?.stops ?? [])], parser),
    shownSpecials: specials(loaded.model, rendered),
    [Symbol.dispose]: () => resources.dispose(),
  };
}

/** Texts below this are tokenized to be counted, bytes. It takes a few milliseconds. */
const textBytesCountable = 100_000;

/**
 * Refuses a text that must be too long, even if every token were the longest one there is, without
 * rendering and tokenizing it: 20 MB would hold up every running stream for seconds.
 */
function refuseHopeless(loaded: Loaded, prompt: ChatPrompt | TextPrompt): void {
  const texts =
    prompt.type === "text"
      ? [prompt.text]
      : prompt.messages.flatMap(({ parts }) =>
          parts.map((part) => (part.type === "text" ? part.text : "")),
        );
  const nBytes = texts.reduce((n, text) => n + Buffer.byteLength(text), 0);
  if (nBytes < textBytesCountable) return;
  const nTokensMin = Math.ceil(nBytes / loaded.model.longestTokenBytes);
  if (nTokensMin >= loaded.nCtxSeq) throw tooLong(`at least ${nTokensMin}`, nTokensMin, loaded);
}

function tooLong(counted: string, nPrompt: number, { nCtxSeq }: Loaded): AppError {
  return new AppError(
    "context_length_exceeded",
    `the prompt has ${counted} tokens, the context ${nCtxSeq}: ` +
      "shorten it, or start the server with a larger --ctx-size if the model allows it",
    { param: "messages", details: { n_prompt_tokens: nPrompt, n_ctx: nCtxSeq } },
  );
}

function render({ templates, media }: Loaded, prompt: ChatPrompt): RenderedChat {
  // The server refuses pictures that a model cannot see; ModelInfo tells it.
  assert(media !== null || mediaOf(prompt.messages).length === 0, "media without a projector");
  try {
    return templates.apply(chatInputs(prompt, media?.marker ?? ""));
  } catch (error) {
    if (!(error instanceof NativeError)) throw error;
    throw new AppError("invalid_request", `the chat template refused: ${error.message}`, {
      param: "messages",
      cause: error,
    });
  }
}

function tokenize(
  { model, media, mediaKeys }: Loaded,
  text: string,
  files: Uint8Array[],
  stack: DisposableStack,
): TokenList {
  if (files.length === 0 || !media) return TokenList.fromTokens(model.tokenize(text, true, true));
  try {
    const prompt = stack.use(media.tokenize(text, files, true));
    return TokenList.fromChunks(prompt.chunks, mediaKeys);
  } catch (error) {
    if (error instanceof UndecodableMedia) {
      const image = `image ${error.index + 1}`;
      const message = `${image} is not a picture that can be decoded (JPEG, PNG, BMP, GIF)`;
      throw new AppError("invalid_request", message, { param: "messages", cause: error });
    }
    throw error;
  }
}

function checkLength(loaded: Loaded, tokens: TokenList): void {
  const nPrompt = tokens.length;
  if (nPrompt === 0) throw new AppError("invalid_request", "the prompt is empty");
  if (nPrompt >= loaded.nCtxSeq) throw tooLong(String(nPrompt), nPrompt, loaded);
  const last = tokens.media.at(-1);
  if (last && last.start + last.chunk.nTokens === nPrompt) {
    throw new AppError("invalid_request", "the prompt must not end with a picture");
  }
}

function makeSampler(
  { model, nCtxSeq }: Loaded,
  request: GenerateRequest,
  rendered: RenderedChat | null,
): Sampler {
  const { prompt } = request;
  const grammar =
    prompt.type === "text"
      ? textGrammarOptions(prompt)
      : rendered
        ? chatGrammarOptions(rendered, prompt.grammar)
        : {};
  try {
    return new Sampler(model, { ...samplerOptions(request.sampling, nCtxSeq), ...grammar });
  } catch (error) {
    if (!(error instanceof NativeError)) throw error;
    throw new AppError("invalid_request", error.message, { cause: error });
  }
}

function textGrammarOptions({ grammar, jsonSchema }: TextPrompt): SamplerOptions {
  if (grammar !== undefined) return { grammar, grammar_type: "user" };
  if (jsonSchema === undefined) return {};
  try {
    return { grammar: jsonSchemaToGrammar(jsonSchema), grammar_type: "output_format" };
  } catch (error) {
    throw new AppError("invalid_request", `the JSON schema has no grammar: ${String(error)}`, {
      param: "json_schema",
      cause: error,
    });
  }
}

function makeParser(rendered: RenderedChat, { prompt }: GenerateRequest): ChatParser {
  const parseToolCalls =
    prompt.type === "chat" && prompt.tools.length > 0 && prompt.toolChoice !== "none";
  return new ChatParser(rendered, parseToolCalls);
}

function bindSampler(sampler: Sampler, context: Context): TokenSampler {
  return {
    sample: (row) => sampler.sample(context, row),
    [Symbol.dispose]: () => sampler[Symbol.dispose](),
  };
}

function specials(model: Model, rendered: RenderedChat | null): ReadonlySet<number> {
  const shown = new Set<number>();
  for (const text of rendered?.preserved_tokens ?? []) {
    const [token, ...rest] = model.tokenize(text, false, true);
    if (token !== undefined && rest.length === 0) shown.add(token);
  }
  return shown;
}
