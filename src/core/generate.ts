import type { Message, Tool, ToolChoice } from "./messages.ts";

/** One generation, dialect-free. An absent field means "the engine's default". */
export interface GenerateRequest {
  prompt: ChatPrompt | TextPrompt;
  /**
   * Tokens to sample at most; absent: until the model ends or its context is full. 0: only prefill.
   */
  nPredict?: number | undefined;
  /** Texts that end generation; they are not part of the answer. */
  stop: string[];
  sampling: Sampling;
  /** Look for a cached prefix, and leave the KV cells as a donor afterwards. */
  cachePrompt: boolean;
}

/** Messages that the model's own chat template turns into a prompt. */
export interface ChatPrompt {
  type: "chat";
  messages: Message[];
  tools: Tool[];
  toolChoice: ToolChoice;
  parallelToolCalls?: boolean | undefined;
  /** Constrain the answer to JSON that fits this schema; `{}` is any object. */
  jsonSchema?: object | undefined;
  /** Constrain the answer to this GBNF grammar. */
  grammar?: string | undefined;
  /** false: ask the template not to think. */
  enableThinking?: boolean | undefined;
  /** Extra variables for the template, as JSON values. */
  templateVariables?: Record<string, unknown> | undefined;
}

/** Text (or tokens) given to the model as it is. */
export interface TextPrompt {
  type: "text";
  text: string;
  grammar?: string | undefined;
  jsonSchema?: object | undefined;
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
  /** Added to the logits of these tokens before sampling; -Infinity forbids one. */
  logitBias?: { token: number; bias: number }[] | undefined;
}

/** What a generation yields: any number of the first kinds, then exactly one `done`. */
export type GenerateEvent =
  /** The prompt is in the KV cache; sampling begins. */
  | { type: "prefilled"; nPrompt: number; nCached: number }
  | { type: "text"; text: string }
  | { type: "reasoning"; text: string }
  /** A piece of tool call number `index`: `id` and `name` come with its first piece. */
  | { type: "tool_call"; index: number; id?: string; name?: string; arguments: string }
  | ({ type: "done" } & Completion);

/** How a generation ended, and what it took. */
export interface Completion {
  /**
   * "eos": the model ended; "stop": a stop text; "length": nPredict or the context; "tool_calls".
   */
  reason: "eos" | "stop" | "length" | "tool_calls";
  /** The stop text that was met; "" unless `reason` is "stop". */
  stoppingText: string;
  /** True when the context's end, not nPredict, cut the answer. */
  truncated: boolean;
  /** Prompt tokens, those from the prefix cache included. */
  nPrompt: number;
  nCached: number;
  nPredicted: number;
  /** Of these, tokens of the model's thinking. */
  nReasoning: number;
  /** From acceptance by the engine to the end of prefill, milliseconds. */
  prefillMs: number;
  /** From the end of prefill to the last token, milliseconds. */
  decodeMs: number;
}

/** A loaded model. Implemented by the child process and by the tests' fake. */
export interface Engine {
  readonly info: ModelInfo;
  /** Yields events until `done`. Aborting `signal` ends the sequence and frees its KV cells. */
  generate(request: GenerateRequest, signal: AbortSignal): AsyncIterable<GenerateEvent>;
}

/** What a model is, read from it after loading. */
export interface ModelInfo {
  /** Such as "llama 3B Q8_0". Source: `llama_model_desc`. */
  description: string;
  /** Tokens that one sequence may hold here, prompt and answer together. */
  nCtxSeq: number;
  /** Sequences that run at once; more requests wait. */
  nParallel: number;
  nParams: number;
  /** What it computes on, by ggml's names: "CPU", "CUDA0" … */
  devices: string[];
  vision: boolean;
  audio: boolean;
}
