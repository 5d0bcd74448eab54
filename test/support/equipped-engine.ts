import { noMetrics } from "../../src/core/calls.ts";
import { fakeInfo } from "./fake-engine.ts";

/** An engine that answers every question that a route may ask it. */
export const equipped = {
  info: { ...fakeInfo, reranks: true },
  answers: {
    tokenize: () => ({ tokens: [1], pieces: ["a"] }),
    detokenize: () => ({ text: "a" }),
    applyTemplate: () => ({ text: "a" }),
    countTokens: () => ({ nTokens: 1 }),
    embed: () => ({ embeddings: [[new Float32Array([1])]], nTokens: [1] }),
    rerank: () => ({ scores: [1, 2], nTokens: 3 }),
    setLora: () => ({}),
    loraAdapters: () => ({ adapters: [] }),
    slots: () => ({ slots: [] }),
    eraseSlot: () => ({ nErased: 0 }),
    endReasoning: () => ({ isEnded: true }),
    metrics: () => noMetrics,
  },
};
