import { join } from "node:path";
import { type Contender, startServer } from "../bench/server.ts";
import { temporaryFolder } from "../temporary-folder.ts";

/** Log probabilities of two servers may differ by this much: batches are cut differently. */
const logprobTolerance = 1e-3;

/** One request that both servers get. */
interface Trial {
  path: "/completion" | "/v1/completions" | "/v1/chat/completions";
  body: Record<string, unknown>;
}

export interface ComparedModel {
  name: string;
  path: string;
  trials: readonly Trial[];
}

/** What two servers made of one request. */
export interface Comparison {
  model: string;
  request: string;
  /** Tokens that llama-server generated. */
  nTokens: number;
  /** Largest difference of a sampled token's log probability; null: none was told. */
  logprobGap: number | null;
  /**
   * The token, counted from 0, at which two candidates were equally likely (to the tolerance) and
   * each server took another one; what follows cannot be compared. null: no such token.
   */
  tiedAt: number | null;
  /** In what they differ; empty: in nothing. */
  differences: string[];
}

/** What of an answer is compared. */
interface Facts {
  text: string;
  nPrompt: number;
  nPredicted: number;
  finish: string;
  tokens: TokenLogprob[];
}

interface TokenLogprob {
  id: number;
  logprob: number;
  top_logprobs: { id: number; logprob: number }[];
}

const story = "Once upon a time, there was a little girl named Lily. She liked to";

const native = (prompt: unknown, more: object = {}): Trial => ({
  path: "/completion",
  body: { prompt, n_predict: 24, temperature: 0, n_probs: 5, cache_prompt: false, ...more },
});

const chat = (content: string, more: object = {}): Trial => ({
  path: "/v1/chat/completions",
  body: {
    messages: [
      { role: "system", content: "Answer briefly." },
      { role: "user", content },
    ],
    max_tokens: 24,
    temperature: 0,
    logprobs: true,
    top_logprobs: 3,
    cache_prompt: false,
    ...more,
  },
});

const openai = (prompt: unknown, more: object = {}): Trial => ({
  path: "/v1/completions",
  body: { prompt, max_tokens: 24, temperature: 0, cache_prompt: false, ...more },
});

/** What a model that chats is asked. */
export const chatTrials: readonly Trial[] = [
  chat("What is the capital of France?"),
  chat("Count from one to five."),
  chat("Say hello.", { max_tokens: 3 }),
  chat("What color is the sky?", { stop: ["."] }),
];

/** What a model that only continues text is asked. */
export const textTrials: readonly Trial[] = [
  native(story),
  native(`${story} `.repeat(6), { n_predict: 32 }),
  native([1, 2, 3, "Once upon", 5, 6]),
  native(story, { repeat_penalty: 1.3, frequency_penalty: 0.5 }),
  native("The dog", { stop: ["\n", "the"] }),
  openai(story, { max_tokens: 8 }),
];

/** Sends every model's trials to both servers, one server at a time. */
export async function compareNumbers(
  models: readonly ComparedModel[],
  contenderOf: (program: "hutch" | "llama-server", modelPath: string) => Contender,
  signal: AbortSignal,
): Promise<Comparison[]> {
  await using folder = await temporaryFolder("numbers");
  const compared: Comparison[] = [];
  for (const model of models) {
    const ask = async (program: "hutch" | "llama-server") => {
      const log = join(folder.path, `${program}.log`);
      await using server = await startServer(contenderOf(program, model.path), log, signal);
      const answers: Facts[] = [];
      for (const trial of model.trials) answers.push(await factsOf(server.baseUrl, trial));
      return answers;
    };
    const theirs = await ask("llama-server");
    const ours = await ask("hutch");
    model.trials.forEach((trial, i) => {
      const [a, b] = [ours[i], theirs[i]];
      if (a && b) compared.push(compare(model.name, trial, a, b));
    });
  }
  return compared;
}

function compare(model: string, { path, body }: Trial, ours: Facts, theirs: Facts): Comparison {
  const tiedAt = tieOf(ours.tokens, theirs.tokens);
  const facts = ["text", "nPrompt", "nPredicted", "finish"] as const;
  const differences = (tiedAt === null ? facts : (["nPrompt"] as const))
    .filter((fact) => ours[fact] !== theirs[fact])
    .map((fact) => `${fact} (${JSON.stringify(ours[fact])}, ${JSON.stringify(theirs[fact])})`);
  const compared = theirs.tokens.slice(0, tiedAt ?? theirs.tokens.length);
  const gaps = compared.map(({ logprob }, i) =>
    Math.abs(logprob - (ours.tokens[i]?.logprob ?? Number.NEGATIVE_INFINITY)),
  );
  const logprobGap = gaps.length === 0 ? null : Math.max(...gaps);
  if ((logprobGap ?? 0) > logprobTolerance) differences.push("logprobs");
  const request = `${path} ${JSON.stringify(body.prompt ?? body.messages).slice(0, 60)}`;
  return { model, request, nTokens: theirs.nPredicted, logprobGap, tiedAt, differences };
}

/** Where both took another token first, if to each server both tokens are equally likely. */
function tieOf(ours: TokenLogprob[], theirs: TokenLogprob[]): number | null {
  const at = theirs.findIndex((token, i) => token.id !== ours[i]?.id);
  const [a, b] = [ours[at], theirs[at]];
  if (!a || !b) return null;
  const isTie = [a, b].every(({ top_logprobs: top }) => {
    const [first, second] = [a, b].map(({ id }) => top.find((one) => one.id === id)?.logprob);
    return Math.abs((first ?? 0) - (second ?? Number.NEGATIVE_INFINITY)) <= logprobTolerance;
  });
  return isTie ? at : null;
}

/** The fields that we read of the three routes' answers. */
interface AnyAnswer {
  content?: string;
  tokens_evaluated?: number;
  tokens_predicted?: number;
  stop_type?: string;
  completion_probabilities?: TokenLogprob[];
  usage?: { prompt_tokens: number; completion_tokens: number };
  choices?: {
    text?: string;
    message?: { content: string };
    finish_reason: string;
    logprobs?: { content?: TokenLogprob[] } | null;
  }[];
}

async function factsOf(baseUrl: string, { path, body }: Trial): Promise<Facts> {
  const response = await fetch(baseUrl + path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    keepalive: false,
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`POST ${path}: ${response.status} ${text}`);
  const answer = JSON.parse(text) as AnyAnswer;
  const [choice] = answer.choices ?? [];
  return {
    text: answer.content ?? choice?.text ?? choice?.message?.content ?? "",
    nPrompt: answer.tokens_evaluated ?? answer.usage?.prompt_tokens ?? -1,
    nPredicted: answer.tokens_predicted ?? answer.usage?.completion_tokens ?? -1,
    finish: answer.stop_type ?? choice?.finish_reason ?? "",
    tokens: answer.completion_probabilities ?? choice?.logprobs?.content ?? [],
  };
}
