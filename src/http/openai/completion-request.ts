import { AppError } from "../../core/errors.ts";
import type {
  GenerateRequest,
  InfillPrompt,
  ModelInfo,
  PromptPart,
  TextPrompt,
} from "../../core/generate.ts";
import type { HttpSettings } from "../../core/server.ts";
import { toConstraint } from "../constraint.ts";
import { toNativeRequest, toNCompletions } from "../native-request.ts";
import { toNCtx } from "../ollama-options.ts";
import { toPrompts } from "../prompts.ts";
import type { TextCompletionRequest } from "./completion-schema.ts";

/** How the answers to a request are chosen and shown. */
export interface TextHabits {
  /** Answers to each prompt that are made, and how many of them are returned. */
  nPerPrompt: number;
  nShown: number;
  showsProbs: boolean;
  /** OpenAI's form of probabilities, with so many alternatives; null: llama-server's. */
  nTop: number | null;
}

/** @param nMax most answers to each prompt. @throws AppError invalid_request, unsupported */
export function toHabits(
  body: TextCompletionRequest,
  followsOpenAi: boolean,
  nMax: number,
): TextHabits {
  const { best_of: bestOf, logprobs, n_probs: nProbs = logprobs ?? 0 } = body;
  const nTop = followsOpenAi && logprobs !== undefined ? logprobs : null;
  const nShown = toNCompletions(body, nMax);
  if (bestOf !== undefined && (bestOf < nShown || bestOf > nMax)) {
    const range = `value must be ${nShown} <= value <= ${nMax}, but got ${bestOf}`;
    throw bad("best_of", `\`best_of\` is out of range: ${range}`);
  }
  if (bestOf !== undefined && bestOf > nShown && body.stream) {
    throw bad("best_of", "`best_of` excludes `stream`: the best is known at the end");
  }
  if (nTop !== null && nTop < 0) {
    throw bad("logprobs", `\`logprobs\` must not be negative, but is ${nTop}`);
  }
  return {
    nPerPrompt: bestOf ?? nShown,
    nShown,
    showsProbs: nTop !== null || nProbs > 0,
    nTop,
  };
}

/** The request without its prompts. @throws AppError invalid_request, unsupported */
export function toGenerateOptions(
  body: TextCompletionRequest,
  { nPerPrompt, nShown, nTop }: TextHabits,
): Omit<GenerateRequest, "prompt"> {
  const nProbs = body.n_probs ?? body.logprobs ?? 0;
  // A token's own probability is reported with at least one alternative.
  const isNeeded = nTop !== null || nPerPrompt > nShown;
  const native = toNativeRequest({ ...body, n_probs: isNeeded ? Math.max(nProbs, 1) : nProbs });
  return {
    ...native,
    nCtx: toNCtx(body.options),
    report: {
      ...native.report,
      tokens: body.return_tokens,
      promptProbs: toPromptProbs(body, nTop),
    },
  };
}

/** With `echo`, the prompt's tokens are part of the answer. */
function toPromptProbs(
  { echo, logprobs = 0, stream, suffix }: TextCompletionRequest,
  nTop: number | null,
): number | undefined {
  const isWanted = echo && (nTop !== null || logprobs > 0);
  if (!isWanted) return undefined;
  const refused = (why: string) =>
    new AppError("unsupported", `\`echo\` excludes \`logprobs\` ${why}`, { param: "echo" });
  if (nTop === null) throw refused("in llama-server's form, which has no tokens of the prompt");
  if (stream) throw refused("in a stream: those of the prompt are known at the end");
  if (suffix) throw refused("with a `suffix`: the prompt is not read in its order");
  return nTop;
}

/** @throws AppError invalid_request, unsupported */
export function toTextPrompts(
  body: TextCompletionRequest,
  settings: Pick<HttpSettings, "mediaMarker" | "limits">,
): (TextPrompt | InfillPrompt)[] {
  const constraint = toConstraint(body);
  const { suffix } = body;
  const prompts = toPrompts(body.prompt, { param: "prompt", ...settings });
  if (!suffix) return prompts.map((parts) => ({ type: "text", parts, ...constraint }));
  return prompts.map((parts) => {
    if (!parts.every((part) => typeof part === "string")) {
      throw bad("suffix", "`suffix` needs a `prompt` of text, without tokens and pictures");
    }
    return { type: "infill", prefix: parts.join(""), suffix, extra: [], prompt: "", ...constraint };
  });
}

/** Most answers to all prompts of a request together: each holds memory until the last is there. */
const nAnswersMax = 4096;

/** @throws AppError invalid_request */
export function checkAnswers(nPrompts: number, { nPerPrompt, nShown }: TextHabits): void {
  const n = nPrompts * nPerPrompt;
  if (n <= nAnswersMax) return;
  const param = nPerPrompt > nShown ? "best_of" : "n";
  const message = `\`${param}\` asks for ${n} answers to ${nPrompts} prompts, over ${nAnswersMax}`;
  throw bad(param, message);
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
