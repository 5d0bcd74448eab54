import type { Answer, Ask } from "./ask.ts";
import type { Wording } from "./case-schema.ts";
import type { Case, ChatCase, InfillCase, Pair, PairsCase } from "./cases.ts";
import type { Dialect, Post } from "./dialect.ts";
import { callText, faultOf, schemaFault } from "./judge.ts";
import { cosine } from "./statistics.ts";

/** What came of one case, or of one pair of sentences. */
export type Outcome = Answered | Compared;

interface Measured {
  readonly skill: string;
  readonly wording: Wording;
  /** The dialect's name. */
  readonly dialect: string;
}

export interface Answered extends Measured {
  readonly kind: "answered";
  readonly asked: string;
  readonly answered: string;
  /** What was expected instead; absent: the answer is right. */
  readonly fault?: string;
}

export interface Compared extends Measured {
  readonly kind: "compared";
  readonly pair: Pair;
  /** Cosine of their embeddings. */
  readonly similarity: number;
}

export interface RunOptions {
  /** Requests that are under way at the same time. */
  readonly nParallel: number;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

/** One request, or the few that a dialect needs for one answer. */
interface Task {
  readonly run: (post: Post) => Promise<readonly Outcome[]>;
}

/** Pairs whose embeddings are asked for in one request. */
const nPairsPerRequest = 32;

/** Asks everything; outcomes come in the cases' order. A failed request is a wrong answer. */
export async function runCases(
  cases: readonly Case[],
  dialects: readonly Dialect[],
  post: Post,
  { nParallel, signal, say }: RunOptions,
): Promise<Outcome[]> {
  const tasks = spread(cases, dialects);
  const outcomes: (readonly Outcome[])[] = tasks.map(() => []);
  let [nTaken, nDone, nSaid] = [0, 0, 0];
  const work = async () => {
    for (let i = nTaken++; i < tasks.length; i = nTaken++) {
      signal.throwIfAborted();
      outcomes[i] = (await tasks[i]?.run(post)) ?? [];
      const nTenths = Math.floor((10 * ++nDone) / tasks.length);
      if (nTenths > nSaid) say(`${nDone} of ${tasks.length} requests answered`);
      nSaid = nTenths;
    }
  };
  await Promise.all(Array.from({ length: nParallel }, work));
  return outcomes.flat();
}

/** Each skill's cases take the dialects in turn that have a form for them. */
function spread(cases: readonly Case[], dialects: readonly Dialect[]): Task[] {
  const turns = new Map<string, number>();
  const next = (key: string, able: readonly Dialect[]): Dialect => {
    const turn = turns.get(key) ?? turns.size; // else the first dialects had more of all
    turns.set(key, turn + 1);
    const dialect = able[turn % able.length];
    if (dialect === undefined) throw new Error(`${key}: no dialect has a form for it`);
    return dialect;
  };
  return cases.flatMap((one) => tasksOf(one, dialects, next));
}

function tasksOf(
  one: Case,
  dialects: readonly Dialect[],
  next: (key: string, able: readonly Dialect[]) => Dialect,
): Task[] {
  const key = `${one.skill}, ${one.wording}`;
  if (one.kind === "chat") {
    const able = dialects.filter((dialect) => dialect.takes(one.ask));
    // Those that only some take have turns of their own: else some dialects had none.
    return [chatTask(one, next(`${key}, ${able.length}`, able))];
  }
  if (one.kind === "infill") {
    const able = dialects.filter(({ infill }) => infill);
    return [infillTask(one, next(key, able))];
  }
  const able = dialects.filter(({ embed }) => embed);
  return chunks(one.pairs).map((pairs) => pairsTask({ ...one, pairs }, next(key, able)));
}

function chunks(pairs: readonly Pair[]): Pair[][] {
  const nChunks = Math.ceil(pairs.length / nPairsPerRequest);
  return Array.from({ length: nChunks }, (_, i) =>
    pairs.slice(i * nPairsPerRequest, (i + 1) * nPairsPerRequest),
  );
}

function chatTask({ skill, wording, ask, expect }: ChatCase, dialect: Dialect): Task {
  const labels = { skill, wording, dialect: dialect.name };
  const judge = (answer: Answer) =>
    (ask.schema && schemaFault(answer.text, ask.schema)) ?? (expect && faultOf(answer, expect));
  return {
    run: async (post) => {
      const answering = dialect.ask(post, ask).then((answer) => ({
        answered: answerText(answer),
        fault: judge(answer),
      }));
      return [
        { kind: "answered", ...labels, asked: askedText(ask), ...(await orFailed(answering)) },
      ];
    },
  };
}

function infillTask({ skill, wording, gap, expect }: InfillCase, dialect: Dialect): Task {
  const labels = { skill, wording, dialect: dialect.name };
  return {
    run: async (post) => {
      const filling = (dialect.infill?.(post, gap) ?? Promise.resolve("")).then((text) => ({
        answered: text,
        fault: faultOf({ text, calls: [], thought: "" }, expect),
      }));
      const asked = `${gap.prefix}▁${gap.suffix}`;
      return [{ kind: "answered", ...labels, asked, ...(await orFailed(filling)) }];
    },
  };
}

/** @throws Error when there are no embeddings: without them there is no figure at all */
function pairsTask({ skill, wording, pairs }: PairsCase, dialect: Dialect): Task {
  const labels = { skill, wording, dialect: dialect.name };
  return {
    run: async (post) => {
      const texts = [...pairs.map(([one]) => one), ...pairs.map(([, other]) => other)];
      const vectors = (await dialect.embed?.(post, texts)) ?? [];
      return pairs.map((pair, i) => {
        const similarity = cosine(vectors[i] ?? [], vectors[pairs.length + i] ?? []);
        return { kind: "compared", ...labels, pair, similarity };
      });
    },
  };
}

type Verdict = Pick<Answered, "answered" | "fault">;

async function orFailed(
  verdict: Promise<{ answered: string; fault: string | undefined }>,
): Promise<Verdict> {
  try {
    const { answered, fault } = await verdict;
    return fault === undefined ? { answered } : { answered, fault };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { answered: reason, fault: "an answer" };
  }
}

/** The last thing said, and what it is about, in few words. */
function askedText({ messages, tools }: Ask): string {
  const system = messages.find(({ role }) => role === "system");
  const nPictures = messages.reduce((n, { images }) => n + images.length, 0);
  const nBefore = messages.filter(({ role }) => role !== "system").length - 1;
  return [
    ...(system ? [`[system: ${system.content}]`] : []),
    ...(tools.length > 0 ? [`[tools: ${tools.map(({ name }) => name).join(", ")}]`] : []),
    ...(nPictures > 0 ? [`[pictures: ${nPictures}]`] : []),
    ...(nBefore > 0 ? [`[after ${nBefore} messages]`] : []),
    messages.at(-1)?.content ?? "",
  ].join(" ");
}

function answerText({ text, calls }: Answer): string {
  return [...(text === "" ? [] : [text]), ...calls.map(callText)].join(" ");
}
