/** What commands read of Ollama's answers; other fields are the peer's business. */

export interface Details {
  format?: string;
  family?: string;
  parameter_size?: string;
  quantization_level?: string;
}

export interface ListedModel {
  name: string;
  size: number;
  digest: string;
  modified_at: string;
}

export interface LoadedModel {
  name: string;
  size: number;
  size_vram?: number;
  digest: string;
  expires_at: string;
  context_length?: number;
}

export interface WireMessage {
  role: string;
  content: string;
  thinking?: string;
  images?: string[];
}

export interface Shown {
  license?: string;
  modelfile?: string;
  parameters?: string;
  template?: string;
  system?: string;
  details?: Details;
  messages?: WireMessage[];
  model_info?: Record<string, unknown>;
  projector_info?: Record<string, unknown>;
  tensors?: { name: string; type: string; shape: number[] }[];
  capabilities?: string[];
}

/** Nanoseconds and tokens, with the last line of an answer. */
export interface Metrics {
  total_duration?: number;
  load_duration?: number;
  prompt_eval_count?: number;
  prompt_eval_duration?: number;
  eval_count?: number;
  eval_duration?: number;
}

export interface ChatLine extends Metrics {
  message?: WireMessage;
  done?: boolean;
  done_reason?: string;
}

export interface Embedded extends Metrics {
  embeddings: number[][];
}
