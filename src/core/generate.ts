import type { CallAnswer, CallQuestion, EngineCallName, LoraScale } from "./calls.ts";
import type { Pooling, ReasoningFormat } from "./load.ts";
import type { Message, Tool, ToolChoice } from "./messages.ts";

/** One generation, dialect-free. An absent field means "the engine's default". */
export interface GenerateRequest {
  prompt: ChatPrompt | TextPrompt | InfillPrompt;
  /**
   * Tokens to sample at most; absent: until the model ends or its context is full. 0: only prefill.
   */
  nPredict?: number | undefined;
  /**
   * Tokens of prompt and answer together at most, within what the engine gives a sequence: a longer
   * prompt is refused, and the answer ends there ("length", `truncated`). Absent: the engine's.
   */
  nCtx?: number | undefined;
  /**
   * A prompt that is too long is made to fit instead of being refused: of a conversation the oldest
   * messages are left out, but neither system messages nor the last one; of what is still too long
   * the middle, behind `nKeep` tokens. `done` says what was left out.
   */
  truncate?: boolean | undefined;
  /** Seconds that it may wait for its turn in all, and milliseconds that it has waited before. */
  wait?: { queueSeconds: number; ms: number } | undefined;
  /** A full sequence drops its middle and goes on. Absent: as the engine was told. */
  contextShift?: boolean | undefined;
  /** An answer that only repeats itself ends where a context shift would keep it going. */
  endsLoops?: boolean | undefined;
  /** Texts that end generation; they are not part of the answer. Absent: the engine's default. */
  stop?: string[] | undefined;
  sampling: Sampling;
  /** Look for a cached prefix, and leave the KV cells as a donor afterwards. */
  cachePrompt?: boolean | undefined;
  /**
   * Stretches of at least so many tokens that the slot's cache holds further on are moved to where
   * the prompt has them; 0: never. Absent: the engine's.
   */
  nCacheReuse?: number | undefined;
  /** The slot to run in, modulo their number; absent: the one that fits best. */
  slot?: number | undefined;
  /** Prompt tokens that a context shift keeps; -1: all. */
  nKeep?: number | undefined;
  /** Tokens that a context shift drops; 0 or absent: half of those that it may. */
  nDiscard?: number | undefined;
  /** End at a line that is indented less, characters of white space. */
  nIndent?: number | undefined;
  /** Once a line is complete, end after this many milliseconds of decoding. */
  maxDecodeMs?: number | undefined;
  /** Scales of LoRA adapters for this request; those not named get 0. Absent: the engine's. */
  lora?: LoraScale[] | undefined;
  /** What to report beside text. */
  report?: Report | undefined;
  /** A name by which `endReasoning` finds the request while it runs. */
  tag?: string | undefined;
}

export interface Report {
  /** Sampled tokens, with their text. */
  tokens?: boolean | undefined;
  /** This many most likely alternatives of every token. */
  nProbs?: number | undefined;
  /** Probabilities after the samplers instead of before them. */
  postSampling?: boolean | undefined;
  /** `progress` events in prefill. */
  progress?: boolean | undefined;
  /** The prompt as text, in `done`. */
  prompt?: boolean | undefined;
  /**
   * In `done`, every token of the prompt with its probability before the samplers, and this many
   * (0: none) most likely alternatives. Such a prompt is computed whole, without a cached prefix,
   * and may hold no pictures.
   */
  promptProbs?: number | undefined;
}

/** A stretch of a prompt: text, one token, or the bytes of a picture (audio clip) file. */
export type PromptPart = string | number | Uint8Array;

/** Constrains an answer: at most one of the first two. */
export interface Constraint {
  /** GBNF grammar. */
  grammar?: string | undefined;
  /** JSON schema; `{}` is any object. */
  jsonSchema?: object | undefined;
  /** The grammar holds only once a trigger was generated: llama.cpp's own form of them. */
  grammarLazy?: boolean | undefined;
  grammarTriggers?: { type: number; value: string; token?: number }[] | undefined;
  /** Special tokens, by text, that are shown and that the grammar sees. */
  preservedTokens?: string[] | undefined;
}

/** Messages that the model's own chat template turns into a prompt. */
export interface ChatPrompt extends Constraint {
  type: "chat";
  messages: Message[];
  tools: Tool[];
  toolChoice: ToolChoice;
  parallelToolCalls?: boolean | undefined;
  /** false: ask the template not to think. */
  enableThinking?: boolean | undefined;
  /** Extra variables for the template, as JSON values. */
  templateVariables?: Record<string, unknown> | undefined;
  /** A template in the language of Go's text/template, instead of the model's own. */
  goTemplate?: string | undefined;
  /** How hard to think, in the model's own words, where its template asks: "low", "high" … */
  thinkLevel?: string | undefined;
  /** What follows the gap that the answer fills, for Go templates with `.Suffix`. */
  suffix?: string | undefined;
  /** Tokens that stand before what the template makes: an earlier prompt with its answer. */
  context?: number[] | undefined;
  reasoningFormat?: ReasoningFormat | undefined;
  /** Tokens of thinking at most; -1: no limit. */
  reasoningBudget?: number | undefined;
  reasoningBudgetMessage?: string | undefined;
  /** false: the prompt ends with the last message. Default: true. */
  addGenerationPrompt?: boolean | undefined;
  /**
   * The last message, an assistant's, is continued; by name: in its thinking or after it. Absent:
   * if the engine's option says so.
   */
  continueFinalMessage?: boolean | "content" | "reasoning_content" | undefined;
  /** false: tool calls stay text. */
  parseToolCalls?: boolean | undefined;
}

/** Text, tokens and pictures given to the model as they are. */
export interface TextPrompt extends Constraint {
  type: "text";
  /** Special tokens (BOS …) are added when the first part is text. */
  parts: PromptPart[];
}

/** Code with a gap, for models with fill-in-the-middle tokens. */
export interface InfillPrompt extends Constraint {
  type: "infill";
  prefix: string;
  suffix: string;
  /** Other files of the project. */
  extra: { filename: string; text: string }[];
  /** What the gap begins with. */
  prompt: string;
}

/** Sampler parameters, named and defaulted as in llama.cpp's common_params_sampling. */
export interface Sampling {
  /** 32 bits. Same seed, same request: same text. Absent: random. */
  seed?: number | undefined;
  temperature?: number | undefined;
  topK?: number | undefined;
  topP?: number | undefined;
  minP?: number | undefined;
  topNSigma?: number | undefined;
  typicalP?: number | undefined;
  xtcProbability?: number | undefined;
  xtcThreshold?: number | undefined;
  dynatempRange?: number | undefined;
  dynatempExponent?: number | undefined;
  repeatLastN?: number | undefined;
  repeatPenalty?: number | undefined;
  presencePenalty?: number | undefined;
  frequencyPenalty?: number | undefined;
  dryMultiplier?: number | undefined;
  dryBase?: number | undefined;
  dryAllowedLength?: number | undefined;
  dryPenaltyLastN?: number | undefined;
  drySequenceBreakers?: string[] | undefined;
  mirostat?: 0 | 1 | 2 | undefined;
  mirostatTau?: number | undefined;
  mirostatEta?: number | undefined;
  adaptiveTarget?: number | undefined;
  adaptiveDecay?: number | undefined;
  minKeep?: number | undefined;
  /** Samplers to apply, in this order, by llama.cpp's names ("penalties", "top_k", …). */
  samplers?: string[] | undefined;
  ignoreEos?: boolean | undefined;
  /**
   * Added to the logits of these tokens before sampling; -Infinity forbids one. A text stands for
   * each of its tokens.
   */
  logitBias?: { token: number | string; bias: number }[] | undefined;
}

/** What a generation yields: any number of the first kinds, then exactly one `done`. */
export type GenerateEvent =
  /** Some of the prompt is in the KV cache. The first comes before anything is decoded. */
  | { type: "progress"; nPrompt: number; nCached: number; nProcessed: number; ms: number }
  /** The prompt is in the KV cache; sampling begins. */
  | { type: "prefilled"; nPrompt: number; nCached: number; prefillMs: number }
  | ({ type: "text"; text: string } & Sampled)
  | ({ type: "reasoning"; text: string } & Sampled)
  /** A piece of tool call number `index`: `id` and `name` come with its first piece. */
  | ({ type: "tool_call"; index: number; id?: string; name?: string; arguments: string } & Sampled)
  | ({ type: "done" } & Completion);

/**
 * How far decoding is at an event of text. With `report`, the tokens since the last event; a token
 * whose text is held back comes with the next event, its text "" if need be.
 */
export interface Sampled {
  nPredicted: number;
  decodeMs: number;
  tokens?: number[];
  probs?: TokenProbability[];
}

/**
 * A sampled token and its likeliest alternatives. Where several tokens make up a character, only
 * the last has one, with the bytes of them all.
 */
export interface TokenProbability extends CandidateProbability {
  top: CandidateProbability[];
}

export interface CandidateProbability {
  token: number;
  /** What the token stands for; may be half a character. */
  bytes: Uint8Array;
  /** From 0 to 1. */
  prob: number;
}

/** A token of a prompt; the first one follows nothing, so its `prob` is null. */
export interface PromptTokenProbability extends Omit<TokenProbability, "prob"> {
  prob: number | null;
}

/** How a generation ended, and what it took. */
export interface Completion {
  /**
   * "eos": the model ended; "stop": a stop text; "length": nPredict or the context; "tool_calls".
   */
  reason: "eos" | "stop" | "length" | "tool_calls";
  /** The stop text that was met; "" unless `reason` is "stop". */
  stoppingText: string;
  /** True when the context's end cut the answer, or a context shift its beginning. */
  truncated: boolean;
  /** Prompt tokens, those from the prefix cache included. */
  nPrompt: number;
  nCached: number;
  nPredicted: number;
  /** Of these, tokens of the model's thinking. */
  nReasoning: number;
  /** From admission to a slot to the end of prefill, milliseconds; waiting for one is not in it. */
  prefillMs: number;
  /** From the end of prefill to the last token, milliseconds. */
  decodeMs: number;
  slot: number;
  /** Tokens in the KV cache for the next request: the last one sampled is not. */
  nHeld: number;
  /** Tokens that speculation proposed, and how many of them were right. */
  nDrafted: number;
  nDraftAccepted: number;
  /** What `truncate` left out of the prompt: whole messages, and tokens of its middle. */
  nMessagesDropped?: number;
  nPromptDropped?: number;
  /** Tokens that context shifts dropped while the answer was written. */
  nShifted?: number;
  /** With `report.tokens` and `report.prompt`: the prompt's tokens; pictures have none. */
  promptTokens?: number[];
  /** With `report.prompt`: what the model was given, special tokens shown. */
  promptText?: string;
  /** With `report.promptProbs`. */
  promptProbs?: PromptTokenProbability[];
  /** Tokens (and probabilities) that no event of text carried. */
  tokens?: number[];
  probs?: TokenProbability[];
}

/** With nothing left open. */
type Settled<Fields> = { [Name in keyof Fields]-?: NonNullable<Fields[Name]> };

/** A loaded model. Implemented by the child process and by the tests' fake. */
export interface Engine {
  readonly info: ModelInfo;
  /**
   * Yields events until `done`. Aborting `signal` ends the sequence and frees its KV cells.
   * @param isWhole nobody shows the answer before its end: all of its text may come then
   */
  generate(
    request: GenerateRequest,
    signal: AbortSignal,
    isWhole?: boolean,
  ): AsyncIterable<GenerateEvent>;
  /** Asks one question. @throws AppError */
  call<Name extends EngineCallName>(
    name: Name,
    question: CallQuestion<Name>,
    signal: AbortSignal,
  ): Promise<CallAnswer<Name>>;
}

/** Memory that a loaded model takes, bytes. */
export interface MemoryUse {
  /** Tensors, those of its projector and its draft model included. */
  model: number;
  /** The KV cache, or what else remembers a context. */
  context: number;
  /** What one step needs. */
  compute: number;
  /** Of all these, what lies on GPUs. */
  onGpus: number;
  /** Of all these, pages of files, which the system could drop and counts as free. */
  mapped: number;
  /** Memory of all GPUs together, as it was after loading; null: there is none. */
  gpus: { totalBytes: number; freeBytes: number } | null;
}

/** What a model is, read from it after loading. */
export interface ModelInfo {
  /** Such as "llama 3B Q8_0". Source: `llama_model_desc`. */
  description: string;
  /** Such as "Q8_0": the file's type without the architecture. */
  fileType: string;
  /** Tokens that one sequence may hold here, prompt and answer together. */
  nCtxSeq: number;
  /** Cells in all. */
  nCtx: number;
  nCtxTrain: number;
  /** Sequences that run at once; more requests wait. */
  nParallel: number;
  nBatch: number;
  nUbatch: number;
  nParams: number;
  /** Tensors, bytes. */
  nBytes: number;
  nEmbd: number;
  nVocab: number;
  /** `llama_vocab_type`. */
  vocabType: number;
  /** What it computes on, by ggml's names: "CPU", "CUDA0" … */
  devices: string[];
  memory: MemoryUse;
  vision: boolean;
  audio: boolean;
  /** False for encoders, which only embed, and for servers that were started for that. */
  generates: boolean;
  pooling: Pooling;
  /** True when it was loaded with rank pooling. */
  reranks: boolean;
  bosText: string;
  eosText: string;
  /** Tokens that end generation. */
  eogTokens: number[];
  chatTemplate: string;
  /** The model's separate template for tools, if it has one. */
  chatTemplateToolUse?: string;
  /** llama.cpp's findings about the template: supports_tools, supports_system_role … */
  chatTemplateCaps: Record<string, boolean>;
  /** The Go template that is used instead of `chatTemplate`. */
  goTemplate?: string;
  /** The template can be told to think, or not to. */
  thinks?: boolean;
  /** The template, a Go one, has a place for what follows a gap: `ChatPrompt.suffix`. */
  inserts?: boolean;
  /** Fill-in-the-middle tokens that the model lacks, in words; empty: /infill works. */
  fimMissing: string[];
  /** What requests get that are silent: llama.cpp's defaults, the command line's over them. */
  defaults: {
    sampling: Settled<Omit<Sampling, "seed">> & { seed?: number };
    /** Of `sampling`, what the file and the server's owner said; the rest is llama.cpp's. */
    told?: Sampling;
    nPredict: number;
    nKeep: number;
    stop: string[];
    reasoningFormat: ReasoningFormat;
    speculationTypes: string;
  };
}
