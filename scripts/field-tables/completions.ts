import type { ChatCompletionStreamOptions } from "openai/resources/chat/completions";
import type { CompletionCreateParams } from "openai/resources/completions";
import { TextCompletionRequest } from "../../src/http/openai/completion-schema.ts";
import {
  choiceRows,
  constraintRows,
  generationRows,
  ownSamplerRows,
  samplerRows,
} from "./native.ts";
import { optionRows } from "./options.ts";
import {
  answer,
  engine,
  type FieldOf,
  type FieldTable,
  inapplicable,
  type NestedFieldOf,
  type Rows,
  reports,
} from "./row.ts";

type Request = TextCompletionRequest;
type Documented =
  | FieldOf<CompletionCreateParams>
  | NestedFieldOf<"stream_options", ChatCompletionStreamOptions>;
type Ours = FieldOf<Request> | NestedFieldOf<"options", Request["options"]>;

const documented: Rows<Documented> = {
  model: answer("tiny", /"model":"tiny"/),
  prompt: engine("Once", { prompt: { parts: ["Once"] } }),
  best_of: answer(2, /"completion_tokens":4/),
  echo: answer(true, /"text":"Hi/),
  suffix: engine("}", { prompt: { type: "infill", suffix: "}" } }),
  logprobs: reports(3, { nProbs: 3 }),
  max_tokens: engine(5, { nPredict: 5 }),
  n: answer(2, /"index":1/),
  stop: engine(["."], { stop: ["."] }),
  stream: answer(true, /^data: .*\[DONE\]\n\n$/s),
  stream_options: answer({ include_usage: true }, /"choices":\[\].*"usage"/s, { stream: true }),
  "stream_options.include_usage": answer(true, /"choices":\[\].*"usage"/s, { stream: true }),
  "stream_options.include_obfuscation": answer(true, /"obfuscation":/, { stream: true }),
  frequency_penalty: samplerRows.frequency_penalty,
  presence_penalty: samplerRows.presence_penalty,
  temperature: samplerRows.temperature,
  top_p: samplerRows.top_p,
  seed: samplerRows.seed,
  logit_bias: samplerRows.logit_bias,
  user: inapplicable("a"),
};

const extras: Rows<Exclude<Ours, Documented>> = {
  ...ownSamplerRows,
  ...generationRows,
  ...choiceRows,
  ...constraintRows,
  ...optionRows,
  max_completion_tokens: engine(5, { nPredict: 5 }),
  safety_identifier: inapplicable("a"),
};

export const completions: FieldTable = {
  route: "POST /v1/completions",
  source: "CompletionCreateParams",
  schema: TextCompletionRequest,
  base: { prompt: "Hi" },
  documented,
  extras,
};
