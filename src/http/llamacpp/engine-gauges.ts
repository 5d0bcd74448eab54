import Counter from "prom-client/lib/counter.js";
import Gauge from "prom-client/lib/gauge.js";
import Registry from "prom-client/lib/registry.js";
import { type EngineMetrics, noMetrics } from "../../core/calls.ts";
import type { Model } from "../../models/catalog.ts";

/** llama-server's counters: name, help, and where the engine has it. */
const counters: [name: string, help: string, read: (metrics: EngineMetrics) => number][] = [
  [
    "prompt_tokens_total",
    "Number of prompt tokens processed, excluding cached tokens",
    (m) => m.nPromptTokens,
  ],
  [
    "prompt_tokens_cached_total",
    "Number of prompt tokens reused from the cache",
    (m) => m.nPromptCached,
  ],
  ["prompt_seconds_total", "Total time spent processing prompts", (m) => m.promptMs / 1000],
  ["tokens_predicted_total", "Number of generation tokens processed", (m) => m.nPredicted],
  [
    "tokens_predicted_seconds_total",
    "Total time spent generating tokens",
    (m) => m.predictedMs / 1000,
  ],
  [
    "n_decode_total",
    "Total number of llama_decode() calls, excluding speculative decoding and multimodal decoding",
    (m) => m.nDecodes,
  ],
  ["n_tokens_max", "Largest observed sequence length (prompt + generation)", (m) => m.nTokensMax],
  [
    "spec_decode_num_draft_tokens_total",
    "Speculative: Total draft tokens generated",
    (m) => m.nDrafted,
  ],
  [
    "spec_decode_num_accepted_tokens_total",
    "Speculative: Total draft tokens accepted by the target model",
    (m) => m.nDraftAccepted,
  ],
  [
    "spec_decode_num_drafts_total",
    "Speculative: Total speculative decoding verification steps",
    (m) => m.nDrafts,
  ],
];

/** Its gauges; `since` is what was counted since the last scrape. */
const gauges: [
  name: string,
  help: string,
  read: (metrics: EngineMetrics, since: EngineMetrics) => number,
][] = [
  [
    "prompt_tokens_seconds",
    "Average prompt throughput in tokens/s",
    (_, since) => perSecond(since.nPromptTokens, since.promptMs),
  ],
  [
    "predicted_tokens_seconds",
    "Average generation throughput in tokens/s",
    (_, since) => perSecond(since.nPredictSteps, since.predictedMs),
  ],
  ["requests_processing", "Number of requests processing", (m) => m.nProcessing],
  ["requests_deferred", "Number of requests deferred", (m) => m.nDeferred],
  [
    "n_busy_slots_per_decode",
    "Average number of busy slots per llama_decode() call",
    (m) => m.nBusySlots / Math.max(m.nDecodes, 1),
  ],
];

const perSecond = (count: number, ms: number) => (ms > 0 ? (count * 1000) / ms : 0);

export interface ModelMetrics {
  model: Model;
  state: string;
  metrics: EngineMetrics;
}

/** What engines count, under llama-server's names, and per model under ours. */
export class EngineGauges {
  readonly registry = new Registry();
  #last = noMetrics;
  readonly #counters = counters.map(([name, help, read]) => ({
    counter: new Counter({ name: `llamacpp:${name}`, help, registers: [this.registry] }),
    read,
  }));
  readonly #gauges = gauges.map(([name, help, read]) => ({
    gauge: new Gauge({ name: `llamacpp:${name}`, help, registers: [this.registry] }),
    read,
  }));
  readonly #acceptedAt = new Counter({
    name: "llamacpp:spec_decode_num_accepted_tokens_per_pos_total",
    help: "Accepted tokens per draft position",
    labelNames: ["position"],
    registers: [this.registry],
  });
  readonly #states = new Gauge({
    name: "hutch_model_state",
    help: "1 for the state that the model is in",
    labelNames: ["model", "state"],
    registers: [this.registry],
  });
  readonly #processing = this.#perModel("slots_processing", "Sequences that run");
  readonly #deferred = this.#perModel("requests_deferred", "Requests that wait for a sequence");
  readonly #decodes = this.#perModel("decodes", "llama_decode() calls so far");
  readonly #cellProofs = this.#perModel(
    "cell_proofs",
    "Times that an engine fell idle and found every cell of its KV cache accounted for",
  );
  readonly #tokensMax = this.#perModel("tokens_max", "Most tokens that a sequence ever held");

  /** Takes over what the engines count now. `total` is what llama-server's names stand for. */
  set(total: EngineMetrics, models: readonly ModelMetrics[]): void {
    const since = difference(total, this.#last);
    this.#last = total;
    for (const { counter, read } of this.#counters) {
      counter.reset();
      counter.inc(read(total));
    }
    for (const { gauge, read } of this.#gauges) gauge.set(read(total, since));
    this.#acceptedAt.reset();
    for (const [position, n] of total.acceptedAt.entries()) this.#acceptedAt.inc({ position }, n);
    this.#states.reset();
    for (const { model, state, metrics } of models) {
      const label = { model: model.name };
      this.#states.set({ ...label, state }, 1);
      this.#processing.set(label, metrics.nProcessing);
      this.#deferred.set(label, metrics.nDeferred);
      this.#decodes.set(label, metrics.nDecodes);
      this.#tokensMax.set(label, metrics.nTokensMax);
      this.#cellProofs.set(label, metrics.nCellProofs);
    }
  }

  #perModel(name: string, help: string) {
    const registers = [this.registry];
    return new Gauge({ name: `hutch_${name}`, help, labelNames: ["model"], registers });
  }
}

/** What the rates need of it. A total over other models than before may be smaller. */
function difference(now: EngineMetrics, before: EngineMetrics): EngineMetrics {
  const since = (name: "nPromptTokens" | "promptMs" | "nPredictSteps" | "predictedMs") =>
    Math.max(0, now[name] - before[name]);
  return {
    ...now,
    nPromptTokens: since("nPromptTokens"),
    promptMs: since("promptMs"),
    nPredictSteps: since("nPredictSteps"),
    predictedMs: since("predictedMs"),
  };
}
