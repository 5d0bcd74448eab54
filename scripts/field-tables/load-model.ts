import type { LoadOptions } from "../../src/core/load.ts";
import { LoadModelRequest } from "../../src/http/nitro/schema.ts";
import { elsewhere, type FieldOf, type FieldTable, type Row, type Rows, refused } from "./row.ts";

const loads = (sends: unknown, gets: LoadOptions, beside?: object): Row => ({
  kind: "engine",
  sends,
  gets,
  ...(beside && { beside }),
});
const files = (test: string) => elsewhere("http/nitro-files.test.ts", test);
const template = elsewhere(
  "http/nitro.test.ts",
  "prompts become a template, in which none of their text needs escaping",
);

const used: Rows<FieldOf<LoadModelRequest>> = {
  llama_model_path: files("loads the files that it names"),
  mmproj: files("loads the files that it names"),
  grammar_file: files("loads the files that it names"),
  ctx_len: loads(2048, { nCtxSeq: 2048 }),
  ngl: loads(100, { model: { n_gpu_layers: 100 } }),
  embedding: elsewhere("http/nitro.test.ts", "embedding: false switches that route off"),
  n_batch: loads(64, { nBatch: 64 }),
  n_parallel: loads(3, { nParallel: 3 }),
  cpu_threads: loads(3, { threads: { n_threads: 3 } }),
  cont_batching: loads(false, { nParallel: 1 }),
  caching_enabled: loads(false, { cachePrompt: false }),
  system_prompt: template,
  pre_prompt: template,
  user_prompt: template,
  ai_prompt: template,
  stop: loads(["END"], { stop: ["END"] }),
  repeat_last_n: loads(32, { sampling: { repeatLastN: 32 } }),
  mlock: loads(true, { model: { load_mode: "mmap+mlock" } }),
  model_type: loads("embedding", { purpose: "embed" }),
};

const useless: Rows = {
  clean_cache_threshold: refused(1),
  grp_attn_n: refused(4),
  grp_attn_w: refused(1024),
  llama_log_folder: refused("/tmp"),
};

export const loadModel: FieldTable = {
  route: "POST /inferences/llamacpp/loadmodel",
  source: "Nitro's documentation",
  schema: LoadModelRequest,
  base: { llama_model_path: "tiny" },
  documented: { ...used, ...useless },
  extras: {},
};
