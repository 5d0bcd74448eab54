import { AppError } from "../../core/errors.ts";
import type { GenerateRequest } from "../../core/generate.ts";
import type { MediaPart } from "../../core/messages.ts";
import { base64Media } from "../media.ts";
import { toPrompts } from "./prompts.ts";
import { type Content, nOptionsMax, type Question, type SystemOneRequest } from "./schema.ts";

/** A question as it is put to the model. */
export interface Decision {
  name: string;
  type: Question["type"];
  instructions: string;
  options: Option[];
}

/** An answer that the model may give. */
export interface Option {
  /** The letter by which the model names it. */
  label: string;
  /** A choice's name, a level's number, or the truth. */
  value: string | boolean;
  meaning: string;
}

/** A state and what is asked about it. */
export interface Case {
  state: string;
  images: MediaPart[];
  decisions: Decision[];
}

/** @throws AppError invalid_request */
export function toCase({ state, images = [], questions }: SystemOneRequest): Case {
  return {
    state: toText(state, "state"),
    images: images.map((image, i) => base64Media(image, `images[${i}]`)),
    decisions: Object.entries(questions).map(([name, question]) => toDecision(name, question)),
  };
}

function toDecision(name: string, question: Question): Decision {
  if (name.trim() === "") throw bad("questions", "has a question without a name");
  const param = `questions.${name}`;
  const instructions = toText(question.instructions, `${param}.instructions`);
  const meanings = toMeanings(question, `${param}.criteria`);
  if (meanings.length < 2 || meanings.length > nOptionsMax) {
    const wanted = `must have 2 to ${nOptionsMax} entries, but has ${meanings.length}`;
    throw bad(`${param}.criteria`, wanted);
  }
  const options = meanings.map(([value, meaning], i) => ({ label: letter(i), value, meaning }));
  return { name, type: question.type, instructions, options };
}

const letter = (i: number) => String.fromCharCode("A".charCodeAt(0) + i);

/** What can be answered, and what that means. */
function toMeanings(
  { type, criteria }: Question,
  param: string,
): [value: string | boolean, meaning: string][] {
  if (type === "score") {
    if (!Array.isArray(criteria)) throw bad(param, "must be an array: what the levels mean");
    return criteria.map((meaning, level) => [String(level), meaning]);
  }
  if (Array.isArray(criteria)) throw bad(param, "must be an object: what the options mean");
  if (type === "noul") return truths(criteria ?? {}, param);
  if (criteria === undefined) throw bad(param, "is required");
  if (Object.keys(criteria).some((name) => name.trim() === "")) {
    throw bad(param, "has an option without a name");
  }
  return Object.entries(criteria).map(([name, meaning]) => [name, meaning ?? name]);
}

function truths(
  criteria: Record<string, string | null>,
  param: string,
): [value: boolean, meaning: string][] {
  for (const [name, meaning] of Object.entries(criteria)) {
    if (name !== "true" && name !== "false") throw bad(param, 'may only have "true" and "false"');
    if (meaning === null) throw bad(`${param}.${name}`, "must be a text");
  }
  return [
    [false, criteria.false ?? "No"],
    [true, criteria.true ?? "Yes"],
  ];
}

function toText(content: Content, param: string): string {
  const text = typeof content === "string" ? content : JSON.stringify(content);
  if (text.trim() === "") throw bad(param, "must not be empty");
  return text;
}

function bad(param: string, complaint: string): AppError {
  return new AppError("invalid_request", `\`${param}\` ${complaint}`, { param });
}

/** What letters get, in logits: far more than lies between any two tokens. */
const letterBias = 100;

/**
 * One generation of one token for each question. Nothing but the bias shapes the letters'
 * probabilities, and it is the same for all, so that among themselves they are the model's own. A
 * grammar alone would not do: llama.cpp consults it only when a token that it forbids was sampled.
 * @param isTrained the model was made for such questions, and knows the form of Ollama's
 */
export function toRequests(asked: Case, isTrained: boolean): GenerateRequest[] {
  const prompts = toPrompts(asked, isTrained);
  return asked.decisions.map(({ options }, i) => {
    const labels = options.map(({ label }) => label);
    return {
      prompt: {
        type: "chat",
        messages: [
          { role: "user", parts: [...asked.images, { type: "text", text: prompts[i] ?? "" }] },
        ],
        tools: [],
        toolChoice: "none",
        enableThinking: false,
        grammar: `root ::= " "? [${labels.join("")}]`, // in place of one that the server may have
      },
      nPredict: 1,
      stop: [],
      cachePrompt: true,
      sampling: {
        seed: 0,
        temperature: 1,
        dynatempRange: 0,
        mirostat: 0,
        samplers: ["temperature"],
        logitBias: labels.map((token) => ({ token, bias: letterBias })),
      },
      report: { nProbs: labels.length, postSampling: true },
    };
  });
}
