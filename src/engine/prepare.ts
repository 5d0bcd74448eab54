import {
  ChatParser,
  type ChatTemplates,
  type ParsedAnswer,
  type RenderedChat,
} from "../../ffi/chat.ts";
import type { Context } from "../../ffi/context.ts";
import type { MediaContext } from "../../ffi/media.ts";
import type { Model } from "../../ffi/model.ts";
import { NativeError } from "../../ffi/native.ts";
import { AppError } from "../core/errors.ts";
import type { ChatPrompt, GenerateRequest, InfillPrompt, ModelInfo } from "../core/generate.ts";
import { engineLimitsOf } from "../core/limits.ts";
import type { LoadOptions } from "../core/load.ts";
import type { Message } from "../core/messages.ts";
import type { Adapters } from "./adapters.ts";
import { Answer, type AnswerParser } from "./answer.ts";
import { chatInputs, mediaOf, offeredTools } from "./chat-inputs.ts";
import { ContinuedParser } from "./continued-parser.ts";
import { GoAnswerParser, isGoChat } from "./go-answer.ts";
import { renderGoChat } from "./go-chat.ts";
import { withoutThoughts } from "./grammar.ts";
import { infillTokens } from "./infill.ts";
import { tokenizeMarked, tokenizeParts } from "./prompt.ts";
import { nPredicted, paramOf, type Room, roomFor, tooLong } from "./room.ts";
import type { PreparedRequest } from "./sequence.ts";
import { makeSampler } from "./token-sampler.ts";
import { type MediaKeys, TokenList } from "./tokens.ts";
import { cutMiddle, fittingEnd, type Verdict } from "./truncate.ts";

/** What of a loaded engine a request is prepared with. */
export interface Loaded {
  model: Model;
  context: Context;
  templates: ChatTemplates;
  media: MediaContext | null;
  mediaKeys: MediaKeys;
  adapters: Adapters;
  /** What the server was told when it loaded the model. */
  options: LoadOptions;
  info: ModelInfo;
}

type Prompt = GenerateRequest["prompt"];

/** A prompt made ready: what of it was rendered, and its tokens. */
export interface Rendered {
  chat: RenderedChat | null;
  tokens: TokenList;
}

/**
 * Makes a request ready to run: template → prompt → tokens and pictures, sampler, parser.
 * @throws AppError when the request cannot be run, with the reason for the client
 */
export function prepare(loaded: Loaded, id: number, request: GenerateRequest): PreparedRequest {
  const { info, options } = loaded;
  if (!info.generates) {
    if ((options.purpose ?? "generate") === "generate") {
      throw new AppError("unsupported", "this model does not generate text: it only embeds");
    }
    throw new AppError(
      "switched_off",
      "This server does not support completions. Start it without --embeddings or --reranking",
    );
  }
  using stack = new DisposableStack();
  const { prompt, ...asked } = request;
  const room = roomFor(loaded, asked);
  const nKeepAsked = asked.nKeep ?? info.defaults.nKeep;
  const { chat, tokens, dropped } = asked.truncate
    ? renderFitting(loaded, request, room, stack)
    : { ...renderWithin(loaded, prompt, room, stack), dropped: {} };
  checkLength(room, prompt, tokens);
  if (asked.report?.promptProbs !== undefined) refuseToScoreMedia(prompt, tokens);
  const sampler = stack.use(makeSampler(loaded, request, { chat, tokens }));
  const parser = chat ? makeParser(chat, prompt, stack) : null;
  const { nIndent = 0 } = asked;
  const resources = stack.move();
  return {
    id,
    asked,
    tokens,
    nPredict: nPredicted(loaded, asked, tokens.length),
    nKeep: nKept(loaded, nKeepAsked, tokens.length, room),
    dropped,
    cachePrompt: asked.cachePrompt ?? options.cachePrompt ?? true,
    ...loaded.adapters.forPrompt(asked.lora, tokens),
    sampler,
    answer: new Answer(stopsOf(asked.stop, loaded, chat), parser, { nIndent }),
    shownSpecials: shownSpecials(loaded, prompt, chat),
    [Symbol.dispose]: () => resources.dispose(),
  };
}

function renderWithin(loaded: Loaded, prompt: Prompt, room: Room, stack: DisposableStack) {
  refuseHopeless(loaded, prompt, room);
  return renderPrompt(loaded, prompt, stack);
}

/** What of a request is read to make its prompt fit. */
type Fitting = Pick<GenerateRequest, "prompt" | "nPredict" | "nKeep">;

/**
 * Renders as much of a prompt as fits: see `GenerateRequest.truncate`.
 * @throws AppError as `prepare`; for a text that is too long to be looked at, too
 */
export function renderFitting(
  loaded: Loaded,
  { prompt, nPredict = Infinity, nKeep = loaded.info.defaults.nKeep }: Fitting,
  room: Room,
  stack: DisposableStack,
): Rendered & { dropped: NonNullable<PreparedRequest["dropped"]> } {
  const whole = renderIfItFits(loaded, prompt, room, stack);
  if (whole) return { ...whole, dropped: {} };
  const { kept, nDropped } = withoutOldest(loaded, prompt, nPredict, room);
  const rendered = renderWithin(loaded, kept, room, stack);
  const { tokens } = rendered;
  const nCut = cutMiddle(tokens, nKept(loaded, nKeep, tokens.length, room), room.nCtx);
  const dropped = {
    ...(nDropped > 0 && { nMessagesDropped: nDropped }),
    ...(nCut > 0 && { nPromptDropped: nCut }),
  };
  return { ...rendered, dropped };
}

/** null: it does not. */
function renderIfItFits(
  loaded: Loaded,
  prompt: Prompt,
  room: Room,
  stack: DisposableStack,
): Rendered | null {
  using trial = new DisposableStack();
  try {
    const rendered = renderWithin(loaded, prompt, room, trial);
    if (rendered.tokens.length >= room.nCtx) return null;
    stack.use(trial.move());
    return rendered;
  } catch (error) {
    if (error instanceof AppError && error.code === "context_length_exceeded") return null;
    throw error;
  }
}

/** Of the context, what is left for the answer at least when messages have to go anyway. */
const answerShare = 1 / 4;

/** A prompt that is too long, without as many of its oldest messages as it takes. */
function withoutOldest(
  loaded: Loaded,
  prompt: Prompt,
  nPredict: number,
  room: Room,
): { kept: Prompt; nDropped: number } {
  if (prompt.type !== "chat") return { kept: prompt, nDropped: 0 };
  const nAnswer = Math.floor(Math.min(nPredict, room.nCtx * answerShare));
  const roomBefore = { ...room, nCtx: room.nCtx - nAnswer };
  const judge = (messages: Message[]): Verdict => {
    using stack = new DisposableStack();
    try {
      const fits = renderIfItFits(loaded, { ...prompt, messages }, roomBefore, stack);
      return fits ? "fits" : "too_long";
    } catch (error) {
      if (error instanceof AppError) return "refused";
      throw error;
    }
  };
  const { messages, nDropped } = fittingEnd(prompt.messages, judge);
  return { kept: { ...prompt, messages }, nDropped };
}

/**
 * Renders and tokenizes a prompt, however long it is.
 * @param stack what its pictures live as long as
 * @throws AppError when it cannot be
 */
export function renderPrompt(loaded: Loaded, prompt: Prompt, stack: DisposableStack): Rendered {
  switch (prompt.type) {
    case "chat": {
      const chat = renderChat(loaded, prompt);
      return { chat, tokens: chatTokens(loaded, prompt, chat.prompt, stack) };
    }
    case "text": {
      const options = { addSpecial: true, parseSpecial: true, param: "prompt" };
      return { chat: null, tokens: tokenizeParts(loaded, prompt.parts, options, stack) };
    }
    case "infill":
      return { chat: null, tokens: TokenList.fromTokens(infill(loaded, prompt)) };
    default:
      return prompt satisfies never;
  }
}

/** What a chat's template makes of it. @throws AppError invalid_request */
export function renderChat(loaded: Loaded, prompt: ChatPrompt): RenderedChat {
  const { templates, media, model, info, options } = loaded;
  const goTemplate = prompt.goTemplate ?? info.goTemplate;
  if (goTemplate !== undefined) {
    const bosText = model.addsBos ? info.bosText : "";
    const { constraint } = options;
    const marker = media?.marker ?? "";
    const limits = engineLimitsOf(options.limits);
    return renderGoChat(goTemplate, prompt, {
      ...options.chat,
      marker,
      bosText,
      constraint,
      limits,
    });
  }
  if (prompt.suffix) {
    const message = "the model's template has no place for a suffix";
    throw new AppError("unsupported", message, { param: "suffix" });
  }
  const supportsThinking = templates.info.supports_thinking;
  const settings = { ...options.chat, supportsThinking, marker: media?.marker ?? "" };
  try {
    const inputs = chatInputs(prompt, settings);
    const rendered = templates.apply(inputs);
    return inputs.enable_thinking === false ? withoutThoughts(rendered) : rendered;
  } catch (error) {
    if (!(error instanceof NativeError)) throw error;
    const message = `the chat template refused: ${error.message}`;
    throw new AppError("invalid_request", message, { param: "messages", cause: error });
  }
}

/** The tokens of a rendered conversation, behind those of its `context`. */
function chatTokens(
  loaded: Loaded,
  { messages, context = [] }: ChatPrompt,
  text: string,
  stack: DisposableStack,
): TokenList {
  const options = { addSpecial: context.length === 0, parseSpecial: true, param: "messages" };
  const files = mediaOf(messages);
  const tokens =
    files.length > 0
      ? tokenizeMarked(loaded, text, files, options, stack)
      : TokenList.fromTokens(loaded.model.tokenize(text, options.addSpecial, true));
  if (context.length === 0) return tokens;
  const all = tokenizeParts(loaded, context, { ...options, param: "context" }, stack);
  all.append(tokens);
  return all;
}

function infill({ model, info, options }: Loaded, prompt: InfillPrompt): number[] {
  if (info.fimMissing.length > 0) {
    const message = `Infill is not supported by this model: ${info.fimMissing.join(" ")}`;
    throw new AppError("unsupported", message);
  }
  return infillTokens(model, prompt, {
    nBatch: options.nBatch ?? info.nBatch,
    nCtx: info.nCtxSeq,
    nPredict: info.defaults.nPredict,
    isSuffixFirst: options.spmInfill ?? false,
  });
}

/** Texts below this are tokenized to be counted, bytes. It takes a few milliseconds. */
const textBytesCountable = 100_000;

/**
 * Refuses a text that must be too long, even if every token were the longest one there is, without
 * rendering and tokenizing it: 20 MB would hold up every running stream for seconds.
 */
export function refuseHopeless({ model }: Loaded, prompt: Prompt, room: Room): void {
  if (prompt.type === "infill") return; // it is cut
  const parts = prompt.type === "text" ? prompt.parts : textsOf(prompt);
  const nTokensMin = nTokensAtLeast(model, parts);
  if (nTokensMin >= room.nCtx) throw tooLong(`at least ${nTokensMin}`, nTokensMin, room, prompt);
}

/** All that a template may print. */
function textsOf(prompt: ChatPrompt): string[] {
  const said = prompt.messages.flatMap(({ parts, reasoning = "", toolCalls = [] }) => [
    reasoning,
    ...parts.map((part) => (part.type === "text" ? part.text : "")),
    ...toolCalls.map((call) => call.arguments),
  ]);
  const offered = offeredTools(prompt).flatMap(({ description, parameters }) => [
    description,
    JSON.stringify(parameters),
  ]);
  return [...said, ...offered];
}

/** Tokens that parts of a prompt must have, found without tokenizing; 0 for what is short. */
export function nTokensAtLeast(
  model: { longestTokenBytes: number },
  parts: readonly unknown[],
): number {
  const isText = (part: unknown) => typeof part === "string";
  const nBytes = parts.filter(isText).reduce((n, text) => n + Buffer.byteLength(text), 0);
  return nBytes < textBytesCountable ? 0 : Math.ceil(nBytes / model.longestTokenBytes);
}

function checkLength(room: Room, prompt: Prompt, tokens: TokenList): void {
  const nPrompt = tokens.length;
  if (nPrompt >= room.nCtx) throw tooLong(String(nPrompt), nPrompt, room, prompt);
  const last = tokens.media.at(-1);
  if (last && last.start + last.chunk.nTokens === nPrompt) {
    throw new AppError("invalid_request", "the prompt must not end with a picture");
  }
}

function refuseToScoreMedia(prompt: Prompt, tokens: TokenList): void {
  if (tokens.media.length === 0) return;
  const message = "there are no probabilities for a prompt with pictures or sounds";
  throw new AppError("unsupported", message, { param: paramOf(prompt) });
}

/** Tokens that a context shift leaves alone at least. Source: llama-server. */
const nShiftable = 4;

/** Prompt tokens that a context shift keeps; -1 asks for all. BOS comes on top. */
function nKept({ model }: Loaded, asked: number, nPrompt: number, { nCtx }: Room): number {
  const nKeep = (asked < 0 ? nPrompt : asked) + (model.addsBos ? 1 : 0);
  return Math.max(0, Math.min(nKeep, nCtx - nShiftable));
}

function stopsOf(
  asked: string[] | undefined,
  { info: { defaults }, options }: Loaded,
  chat: RenderedChat | null,
): string[] {
  const ofChats = chat ? [...chat.stops, ...(options.chat?.stop ?? [])] : [];
  return [...(asked ?? defaults.stop), ...ofChats];
}

function makeParser(
  chat: RenderedChat,
  prompt: Prompt,
  stack: DisposableStack,
): AnswerParser | null {
  if (isGoChat(chat)) return chat.form && new GoAnswerParser(chat.form);
  const parser = new ChatParser(chat);
  stack.use(parser);
  const continued = prompt.type === "chat" ? prompt.continueFinalMessage : undefined;
  if (continued) return new ContinuedParser(parser);
  return parser.isPlain && isNothing(parser.prefill) ? null : parser;
}

function isNothing({ content, reasoning, tool_calls }: ParsedAnswer): boolean {
  return content === "" && reasoning === "" && tool_calls.length === 0;
}

/** Special tokens that are shown as text. */
function shownSpecials(
  { model, options }: Loaded,
  { preservedTokens = [] }: Prompt,
  chat: RenderedChat | null,
): ReadonlySet<number> {
  if (options.showSpecial) return new Set(Array.from({ length: model.nVocab }, (_, i) => i));
  const shown = new Set<number>();
  for (const text of [...preservedTokens, ...(chat?.preserved_tokens ?? [])]) {
    const [token, ...rest] = model.tokenize(text, false, true);
    if (token !== undefined && rest.length === 0) shown.add(token);
  }
  return shown;
}
