import { AppError } from "../../core/errors.ts";
import type { GenerateRequest } from "../../core/generate.ts";
import { toConstraint } from "../constraint.ts";
import { refuse } from "../refusals.ts";
import { toSampling } from "../sampling.ts";
import { toStop } from "../stop.ts";
import { type CompletionRequest, completionRefusals } from "./schema.ts";

/** @throws AppError invalid_request, unsupported */
export function toGenerateRequest(body: CompletionRequest): GenerateRequest {
  refuse(body, completionRefusals);
  return {
    prompt: { type: "text", text: toText(body.prompt), ...toConstraint(body) },
    nPredict: toNPredict(body.n_predict ?? body.max_tokens),
    stop: toStop(body.stop),
    sampling: toSampling(body),
    cachePrompt: body.cache_prompt ?? true,
  };
}

function toText(prompt: CompletionRequest["prompt"]): string {
  if (typeof prompt === "string") return prompt;
  const message = "`prompt` must be text: tokens, several prompts and media are not supported yet";
  throw new AppError("unsupported", message, { param: "prompt" });
}

function toNPredict(nPredict: number | undefined): number | undefined {
  return nPredict !== undefined && nPredict < 0 ? undefined : nPredict;
}
