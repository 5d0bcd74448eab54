import { AppError } from "../../core/errors.ts";
import type {
  GenerateRequest,
  InfillPrompt,
  ModelInfo,
  PromptPart,
  TextPrompt,
} from "../../core/generate.ts";
import { toConstraint } from "../constraint.ts";
import { toNativeRequest } from "../native-request.ts";
import { toPrompts } from "../prompts.ts";
import type { TextCompletionRequest } from "./completion-schema.ts";

/** The request without its prompts. @throws AppError invalid_request, unsupported */
export function toGenerateOptions(body: TextCompletionRequest): Omit<GenerateRequest, "prompt"> {
  const { n_cmpl, n = n_cmpl ?? 1, best_of: bestOf = n, logprobs = 0 } = body;
  if (bestOf !== n) {
    const message = `\`best_of\` can only be \`n\`, which is ${n}: every answer is returned`;
    throw new AppError("unsupported", message, { param: "best_of" });
  }
  if (body.echo && logprobs > 0) {
    const message = "`echo` excludes `logprobs`: tokens of the prompt have no probabilities here";
    throw new AppError("unsupported", message, { param: "echo" });
  }
  const native = toNativeRequest({ ...body, n_probs: body.n_probs ?? logprobs });
  return { ...native, report: { ...native.report, tokens: body.return_tokens } };
}

/** @throws AppError invalid_request, unsupported */
export function toTextPrompts(
  body: TextCompletionRequest,
  mediaMarker: string,
): (TextPrompt | InfillPrompt)[] {
  const constraint = toConstraint(body);
  const { suffix } = body;
  const prompts = toPrompts(body.prompt, { param: "prompt", mediaMarker });
  if (!suffix) return prompts.map((parts) => ({ type: "text", parts, ...constraint }));
  return prompts.map((parts) => {
    if (!parts.every((part) => typeof part === "string")) {
      throw bad("suffix", "`suffix` needs a `prompt` of text, without tokens and pictures");
    }
    return { type: "infill", prefix: parts.join(""), suffix, extra: [], prompt: "", ...constraint };
  });
}

/** @throws AppError unsupported when the model cannot fill gaps */
export function checkSuffix({ suffix }: TextCompletionRequest, { fimMissing }: ModelInfo): void {
  if (!suffix || fimMissing.length === 0) return;
  const missing = fimMissing.join(" ");
  throw new AppError("unsupported", `\`suffix\` is not supported by this model: ${missing}`, {
    param: "suffix",
  });
}

/**
 * A prompt as text, to begin an answer with.
 * @throws AppError unsupported for pictures
 */
export async function toEcho(
  prompt: TextPrompt | InfillPrompt,
  detokenize: (tokens: number[]) => Promise<string>,
): Promise<string> {
  if (prompt.type === "infill") return prompt.prefix;
  const runs = prompt.parts.reduce<(string | number[])[]>(addPart, []);
  const texts = runs.map((run) => (typeof run === "string" ? run : detokenize(run)));
  return (await Promise.all(texts)).join("");
}

/** Tokens that follow each other are one run: a character may need several of them. */
function addPart(runs: (string | number[])[], part: PromptPart): (string | number[])[] {
  if (part instanceof Uint8Array) {
    throw new AppError("unsupported", "`echo` cannot repeat pictures", { param: "echo" });
  }
  const last = runs.at(-1);
  if (typeof part === "number" && Array.isArray(last)) last.push(part);
  else runs.push(typeof part === "number" ? [part] : part);
  return runs;
}

function bad(param: string, message: string): AppError {
  return new AppError("invalid_request", message, { param });
}
