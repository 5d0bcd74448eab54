import { AppError } from "../../core/errors.ts";
import type { GenerateRequest, ModelInfo } from "../../core/generate.ts";
import type { HttpSettings } from "../../core/server.ts";
import { toConstraint } from "../constraint.ts";
import { repeated, toNativeRequest, toNCompletions } from "../native-request.ts";
import { toPrompts } from "../prompts.ts";
import type { CompletionRequest, InfillRequest } from "./schema.ts";

/** One request for each answer: of the first prompt first. @throws AppError */
export function toCompletionRequests(
  body: CompletionRequest,
  info: ModelInfo,
  { mediaMarker, limits }: Pick<HttpSettings, "mediaMarker" | "limits">,
): GenerateRequest[] {
  const n = toNCompletions(body, info.nParallel);
  const common = toCommon(body);
  const constraint = toConstraint(body);
  const prompts = toPrompts(body.prompt, {
    param: "prompt",
    mediaMarker,
    limits,
    images: body.image_data,
  });
  return prompts.flatMap((parts) =>
    repeated({ ...common, prompt: { type: "text", parts, ...constraint } }, n, info),
  );
}

/** @throws AppError switched_off for a model without fill-in-the-middle tokens */
export function toInfillRequests(body: InfillRequest, info: ModelInfo): GenerateRequest[] {
  if (info.fimMissing.length > 0) {
    const missing = info.fimMissing.join(" ");
    throw new AppError("switched_off", `Infill is not supported by this model: ${missing}`);
  }
  const { input_prefix: prefix, input_suffix: suffix, input_extra = [], prompt = "" } = body;
  const extra = input_extra.map(({ text, filename = "tmp" }) => ({ filename, text }));
  const constraint = toConstraint(body);
  const infill = { type: "infill" as const, prefix, suffix, extra, prompt, ...constraint };
  return repeated(
    { ...toCommon(body), prompt: infill },
    toNCompletions(body, info.nParallel),
    info,
  );
}

function toCommon(body: CompletionRequest | InfillRequest) {
  const { logprobs } = body;
  const common = toNativeRequest(logprobs === undefined ? body : { n_probs: logprobs, ...body });
  return { ...common, report: { ...common.report, prompt: true } };
}
