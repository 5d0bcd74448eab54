import Counter from "prom-client/lib/counter.js";
import Gauge from "prom-client/lib/gauge.js";
import Histogram from "prom-client/lib/histogram.js";
import Registry from "prom-client/lib/registry.js";
import type { GenerateEvent } from "../core/generate.ts";
import { TokenRates } from "./token-rates.ts";

/** Upper bounds of durations, seconds: from a cached token to a long answer on a slow machine. */
const durationBuckets = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

/** Counts what generations do, by model, for operators. Counters live as long as the server. */
export class Traffic {
  readonly registry = new Registry();
  readonly rates = new TokenRates();
  readonly #running = this.#gauge("requests_running", "Generations now, waiting ones included");
  readonly #requests = new Counter({
    name: "hutch_requests_total",
    help: "Generations that ended, by outcome: done, cancelled or failed",
    labelNames: ["model", "outcome"],
    registers: [this.registry],
  });
  readonly #prompt = this.#counter("prompt_tokens_total", "Prompt tokens, cached ones included");
  readonly #cached = this.#counter("cached_tokens_total", "Prompt tokens taken from the cache");
  readonly #predicted = this.#counter("predicted_tokens_total", "Tokens generated");
  readonly #wait = this.#histogram("engine_wait_seconds", "From request to engine, loading too");
  readonly #firstToken = this.#histogram("first_token_seconds", "From request to sampling");
  readonly #duration = this.#histogram("request_duration_seconds", "From request to last token");

  /** Follows one generation to its end: dispose of what it returns then. */
  begin(model: string): TrafficWatch {
    const startedMs = performance.now();
    const seconds = () => (performance.now() - startedMs) / 1000;
    let outcome = "failed";
    let nPredicted = 0;
    this.#running.inc({ model });
    return {
      leased: () => this.#wait.observe({ model }, seconds()),
      see: (event) => {
        if ("nPredicted" in event) {
          this.rates.count({ generated: event.nPredicted - nPredicted });
          nPredicted = event.nPredicted;
        }
        if (event.type === "prefilled") {
          this.#firstToken.observe({ model }, seconds());
          this.rates.count({ prompt: event.nPrompt - event.nCached });
        }
        if (event.type !== "done") return;
        outcome = "done";
        this.#prompt.inc({ model }, event.nPrompt);
        this.#cached.inc({ model }, event.nCached);
        this.#predicted.inc({ model }, event.nPredicted);
        this.#duration.observe({ model }, seconds());
      },
      cancelled: () => {
        if (outcome !== "done") outcome = "cancelled";
      },
      [Symbol.dispose]: () => {
        this.#running.dec({ model });
        this.#requests.inc({ model, outcome });
      },
    };
  }

  #counter(name: string, help: string) {
    return new Counter({ ...this.#named(name, help), labelNames: ["model"] });
  }

  #gauge(name: string, help: string) {
    return new Gauge({ ...this.#named(name, help), labelNames: ["model"] });
  }

  #histogram(name: string, help: string) {
    const labelNames = ["model"];
    return new Histogram({ ...this.#named(name, help), labelNames, buckets: durationBuckets });
  }

  #named(name: string, help: string) {
    return { name: `hutch_${name}`, help, registers: [this.registry] };
  }
}

export interface TrafficWatch extends Disposable {
  /** It has its engine. */
  leased(): void;
  see(event: GenerateEvent): void;
  /** The client hung up, or read no further. */
  cancelled(): void;
}
