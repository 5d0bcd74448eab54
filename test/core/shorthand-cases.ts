import type { ServerSettings } from "../../src/core/server.ts";
import type { FlagCase, Part } from "./flag-cases.ts";

/** A flag that stands for a repository of ggml-org. */
function named(flag: string, repo: string, port: number, rest: Part<ServerSettings>): FlagCase {
  const { model, ...settings } = rest;
  return [[flag], { model: { hfRepo: `ggml-org/${repo}`, ...model }, http: { port }, ...settings }];
}

const fim: Part<ServerSettings> = { load: { nCtx: 0, nBatch: 1024, nUbatch: 1024 } };
const smallDraft = {
  hfRepo: "ggml-org/Qwen2.5-Coder-0.5B-Q8_0-GGUF",
  hfFile: "qwen2.5-coder-0.5b-q8_0.gguf",
};
const gptOss: Part<ServerSettings> = {
  load: { nCtx: 262_144, nParallel: 2, nUbatch: 2048, sampling: { temperature: 1, minP: 0.01 } },
};

export const shorthandCases: FlagCase[] = [
  named("--embd-gemma-default", "embeddinggemma-300M-qat-q4_0-GGUF", 8011, {
    load: { purpose: "embed", nParallel: 32, nCtx: 65_536, nBatch: 2048 },
  }),
  named("--fim-qwen-1.5b-default", "Qwen2.5-Coder-1.5B-Q8_0-GGUF", 8012, fim),
  named("--fim-qwen-3b-default", "Qwen2.5-Coder-3B-Q8_0-GGUF", 8012, fim),
  named("--fim-qwen-7b-default", "Qwen2.5-Coder-7B-Q8_0-GGUF", 8012, {
    ...fim,
    model: { hfFile: "qwen2.5-coder-7b-q8_0.gguf" },
  }),
  named("--fim-qwen-7b-spec", "Qwen2.5-Coder-7B-Q8_0-GGUF", 8012, {
    ...fim,
    model: { draft: smallDraft },
  }),
  named("--fim-qwen-14b-spec", "Qwen2.5-Coder-14B-Q8_0-GGUF", 8012, {
    ...fim,
    model: { draft: smallDraft },
  }),
  named("--fim-qwen-30b-default", "Qwen3-Coder-30B-A3B-Instruct-Q8_0-GGUF", 8012, fim),
  named("--gpt-oss-20b-default", "gpt-oss-20b-GGUF", 8013, gptOss),
  named("--gpt-oss-120b-default", "gpt-oss-120b-GGUF", 8013, gptOss),
  named("--vision-gemma-4b-default", "gemma-3-4b-it-qat-GGUF", 8014, { load: { nCtx: 0 } }),
  named("--vision-gemma-12b-default", "gemma-3-12b-it-qat-GGUF", 8014, { load: { nCtx: 0 } }),
];
