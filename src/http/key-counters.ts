import Counter from "prom-client/lib/counter.js";
import type Registry from "prom-client/lib/registry.js";

/** What is done with API keys, by their names, for operators. */
export class KeyCounters {
  readonly requests;
  readonly refused;
  readonly prompt;
  readonly predicted;
  /** Requests without a key or with a wrong one. */
  readonly unauthorized;

  constructor(registry: Registry) {
    const counter = <Label extends string>(name: string, help: string, labelNames: Label[]) =>
      new Counter({ name: `hutch_${name}_total`, help, labelNames, registers: [registry] });
    this.requests = counter("key_requests", "Requests, refused ones included", ["key"]);
    const refusals = "Requests that broke a limit of their key: requests, tokens or models";
    this.refused = counter("key_refusals", refusals, ["key", "limit"]);
    this.prompt = counter("key_prompt_tokens", "Prompt tokens, cached ones included", ["key"]);
    this.predicted = counter("key_predicted_tokens", "Tokens generated", ["key"]);
    this.unauthorized = counter("unauthorized_requests", "Requests without a valid key", []);
  }
}
