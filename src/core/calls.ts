import type {
  ChatPrompt,
  GenerateRequest,
  InfillPrompt,
  PromptPart,
  TextPrompt,
} from "./generate.ts";

/**
 * What an engine can be asked beside generation: one question, one answer. The rows are
 * [question, answer].
 */
export interface EngineCalls {
  /** `parts` are joined as in a TextPrompt. A piece that is no valid UTF-8 comes as bytes. */
  tokenize: [
    { parts: PromptPart[]; addSpecial: boolean; parseSpecial: boolean },
    { tokens: number[]; pieces: (string | number[])[] },
  ];
  /** Special tokens are shown. */
  detokenize: [{ tokens: number[] }, { text: string }];
  /** What the model would be given, by the fields that decide what of a long prompt is left out. */
  applyTemplate: [
    Pick<GenerateRequest, "prompt" | "truncate" | "nCtx" | "nKeep" | "nPredict">,
    { text: string },
  ];
  /** Tokens (and cells of pictures) of a prompt. */
  countTokens: [{ prompt: ChatPrompt | TextPrompt | InfillPrompt }, { nTokens: number }];
  embed: [EmbedRequest, EmbedAnswer];
  /** Scores of documents for a query, in their order; higher fits better. */
  rerank: [{ query: string; documents: string[] }, { scores: number[]; nTokens: number }];
  slots: [Record<string, never>, { slots: SlotState[] }];
  /** Waits until the slot is idle. */
  saveSlot: [{ slot: number; path: string }, SlotFile];
  restoreSlot: [{ slot: number; path: string }, SlotFile];
  eraseSlot: [{ slot: number }, { nErased: number }];
  loraAdapters: [Record<string, never>, { adapters: LoraAdapter[] }];
  /** Scales for requests without their own; adapters that are not named get 0. */
  setLora: [{ scales: LoraScale[] }, Record<string, never>];
  metrics: [Record<string, never>, EngineMetrics];
  /** Ends the thinking of a running generation, by the `tag` of its request. */
  endReasoning: [{ tag: string }, { isEnded: boolean }];
}

export type EngineCallName = keyof EngineCalls;
export type CallQuestion<Name extends EngineCallName> = EngineCalls[Name][0];
export type CallAnswer<Name extends EngineCallName> = EngineCalls[Name][1];

export interface EmbedRequest {
  /** One embedding each. */
  inputs: TextPrompt[];
  /** -1: as it is, 0: largest absolute value 32760, 1: taxicab, 2: Euclidean, p: p-norm. */
  normalize: number;
  /** Cut an input that is too long at its end, instead of refusing the request. */
  truncate?: boolean | undefined;
  /** Tokens of an input at most, within what the model takes. */
  nCtx?: number | undefined;
}

export interface EmbedAnswer {
  /**
   * For each input its vectors: one, or with pooling "none" one per token. Never normalised there.
   */
  embeddings: Float32Array[][];
  /** Tokens of each input. */
  nTokens: number[];
  /** Tokens that `truncate` left out of all of them. */
  nDropped?: number;
}

export interface LoraScale {
  id: number;
  scale: number;
}

export interface LoraAdapter extends LoraScale {
  path: string;
  taskName: string;
  promptPrefix: string;
}

export interface SlotFile {
  nTokens: number;
  nBytes: number;
  ms: number;
}

/** A slot is a place for one running sequence; what ran there last stays as its cache. */
export interface SlotState {
  id: number;
  nCtx: number;
  isProcessing: boolean;
  isSpeculative: boolean;
  /** The running or last task; absent: the slot was never used. */
  task?: {
    id: number;
    nPrompt: number;
    nProcessed: number;
    nCached: number;
    /** Media left out. */
    request: Omit<GenerateRequest, "prompt">;
    nDecoded: number;
    /** -1: no limit, or nothing runs. */
    nRemain: number;
    hasNextToken: boolean;
    hasNewLine: boolean;
    promptText: string;
    generatedText: string;
  };
}

/** Counters since the engine started; milliseconds. */
export interface EngineMetrics {
  nPromptTokens: number;
  nPromptCached: number;
  promptMs: number;
  nPredicted: number;
  predictedMs: number;
  /** Of `nPredicted`, those that took a decode of their own: all but the first of each answer. */
  nPredictSteps: number;
  nDecodes: number;
  /** Most tokens that one sequence ever held. */
  nTokensMax: number;
  /** Sum over all decodes of the sequences in them. */
  nBusySlots: number;
  nDrafts: number;
  nDrafted: number;
  nDraftAccepted: number;
  /** Drafted tokens accepted at each position of a draft. */
  acceptedAt: number[];
  /** Times that every cell of the KV cache was found to be accounted for. */
  nCellProofs: number;
  nProcessing: number;
  nDeferred: number;
}

/** What an engine counts before it did anything. */
export const noMetrics: EngineMetrics = {
  nPromptTokens: 0,
  nPromptCached: 0,
  promptMs: 0,
  nPredicted: 0,
  nPredictSteps: 0,
  predictedMs: 0,
  nDecodes: 0,
  nTokensMax: 0,
  nBusySlots: 0,
  nDrafts: 0,
  nDrafted: 0,
  nDraftAccepted: 0,
  acceptedAt: [],
  nCellProofs: 0,
  nProcessing: 0,
  nDeferred: 0,
};
