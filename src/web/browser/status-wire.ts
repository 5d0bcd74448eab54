/** What the page reads of GET /status; docs/web.md and openapi.yaml describe it. */
export interface ServerStatus {
  version: string;
  build: string;
  uptime_seconds: number;
  can_load: boolean;
  memory: { total: number; available: number | null };
  waiting: number;
  models: ModelStatus[];
  tokens: { interval_seconds: number; prompt: number[]; generated: number[] };
  errors: RecentError[];
}

export interface ModelStatus {
  name: string;
  state: "unloaded" | "downloading" | "loading" | "ready" | "sleeping" | "failed";
  size: number;
  progress?: number;
  error?: string;
  loaded?: {
    memory: { weights: number; context: number; compute: number; on_gpus: number };
    context_length: number;
    expires_at: string | null;
    sequences: { total: number; running: number | null; waiting: number | null };
    tokens?: { prompt: number; cached: number; generated: number };
  };
}

export interface RecentError {
  at: string;
  method: string;
  path: string;
  status: number;
  code: string;
  message: string;
  model: string | null;
}
