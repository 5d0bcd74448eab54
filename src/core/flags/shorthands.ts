import type { Draft } from "./draft.ts";
import { on, type Row, section } from "./flag.ts";

interface Shorthand {
  name: string;
  what: string;
  repo: string;
  file?: string;
  draft?: { repo: string; file: string };
  port: number;
  set(draft: Draft): void;
}

/** A model of Hugging Face's ggml-org, with its port and settings, under a flag of its own. */
function shorthand({ name, what, repo, file, draft: small, port, set }: Shorthand): Row {
  return on(`--${name}`, {
    help: `${what} on port ${port}; downloads it if need be`,
    set: (draft) => {
      draft.model.hfRepo = `ggml-org/${repo}`;
      if (file !== undefined) draft.model.hfFile = file;
      if (small) draft.model.draft = { hfRepo: `ggml-org/${small.repo}`, hfFile: small.file };
      draft.http.port = port;
      set(draft);
    },
  });
}

function setBatches({ load }: Draft, nBatch: number, nUbatch: number): void {
  load.nBatch = nBatch;
  load.nUbatch = nUbatch;
}

const coder = (size: string, name: string) => ({
  repo: `Qwen2.5-Coder-${size}-Q8_0-GGUF`,
  file: `qwen2.5-coder-${name}-q8_0.gguf`,
});

/** Fill-in-the-middle for editors. */
function fim(name: string, what: string, source: Pick<Shorthand, "repo" | "file" | "draft">): Row {
  const set = (draft: Draft) => {
    setBatches(draft, 1024, 1024);
    draft.ctxSize = 0;
  };
  return shorthand({ name, what, ...source, port: 8012, set });
}

function gptOss(size: string, file: { file?: string }): Row {
  const set = (draft: Draft) => {
    setBatches(draft, 32_768, 2048);
    draft.load.nParallel = 2;
    draft.ctxSize = 131_072 * 2;
    Object.assign(draft.load.sampling, { temperature: 1, topP: 1, topK: 0, minP: 0.01 });
  };
  const repo = `gpt-oss-${size}-GGUF`;
  return shorthand({
    name: `gpt-oss-${size}-default`,
    what: `gpt-oss ${size}`,
    repo,
    ...file,
    port: 8013,
    set,
  });
}

const gemma = (size: string) =>
  shorthand({
    name: `vision-gemma-${size}-default`,
    what: `Gemma 3 ${size}, which sees,`,
    repo: `gemma-3-${size}-it-qat-GGUF`,
    port: 8014,
    set: (draft) => {
      draft.ctxSize = 0;
    },
  });

const small = coder("0.5B", "0.5b");

export const shorthandFlags = section("Models by name", "server", [
  shorthand({
    name: "embd-gemma-default",
    what: "EmbeddingGemma",
    repo: "embeddinggemma-300M-qat-q4_0-GGUF",
    file: "embeddinggemma-300M-qat-Q4_0.gguf",
    port: 8011,
    set: (draft) => {
      setBatches(draft, 2048, 2048);
      draft.load.nParallel = 32;
      draft.ctxSize = 2048 * 32;
      draft.load.purpose = "embed";
    },
  }),
  fim("fim-qwen-1.5b-default", "Qwen 2.5 Coder 1.5B", coder("1.5B", "1.5b")),
  fim("fim-qwen-3b-default", "Qwen 2.5 Coder 3B", coder("3B", "3b")),
  fim("fim-qwen-7b-default", "Qwen 2.5 Coder 7B", coder("7B", "7b")),
  fim("fim-qwen-7b-spec", "Qwen 2.5 Coder 7B with a draft model", {
    ...coder("7B", "7b"),
    draft: small,
  }),
  fim("fim-qwen-14b-spec", "Qwen 2.5 Coder 14B with a draft model", {
    ...coder("14B", "14b"),
    draft: small,
  }),
  fim("fim-qwen-30b-default", "Qwen 3 Coder 30B", {
    repo: "Qwen3-Coder-30B-A3B-Instruct-Q8_0-GGUF",
    file: "qwen3-coder-30b-a3b-instruct-q8_0.gguf",
  }),
  gptOss("20b", { file: "gpt-oss-20b-mxfp4.gguf" }),
  gptOss("120b", {}),
  gemma("4b"),
  gemma("12b"),
]);
