import { type ObjectOptions, type Static, type TSchema, Type } from "@sinclair/typebox";
import { KeepAlive } from "../keep-alive.ts";
import { anyObject, object, oneOf } from "../wire.ts";

const { Optional, Integer, Number: number, String: text } = Type;

/** Most questions of a request, as in Ollama. */
const nQuestionsMax = 64;

/** Most answers that a question offers: each has a letter. */
export const nOptionsMax = 26;

/** Any name of the client's own. A record's usual pattern passes over those with line breaks. */
const Name = text({ pattern: "^[\\s\\S]*$" });

function namedBy<Value extends TSchema>(value: Value, options: ObjectOptions = {}) {
  return Type.Record(Name, value, options);
}

const Content = Type.Union([text(), Type.Array(Type.Unknown()), anyObject()], {
  description: "Text, or JSON that the model reads as text.",
});
export type Content = Static<typeof Content>;

const Question = object(
  {
    type: oneOf(["choice", "noul", "score"], {
      description:
        "`choice`: one of several; `noul`: whether something is true; `score`: where on a scale.",
    }),
    instructions: Content,
    criteria: Optional(
      Type.Union([Type.Array(text()), namedBy(Type.Union([text(), Type.Null()]))], {
        description:
          "`choice`: what each option means, null where its name says it. `score`: what the " +
          "levels mean, the lowest first. `noul`: what `true` and `false` mean, if that needs " +
          `saying. There are 2 to ${nOptionsMax} options or levels.`,
      }),
    ),
  },
  { title: "SystemOneQuestion" },
);
export type Question = Static<typeof Question>;

export const SystemOneRequest = object(
  {
    model: Optional(text({ description: "Absent: the default model." })),
    state: Content,
    images: Optional(
      Type.Array(text(), { description: "Pictures as base64, which belong to the state." }),
    ),
    questions: namedBy(Question, {
      minProperties: 1,
      maxProperties: nQuestionsMax,
      description: "By names of your own, which the answers have too.",
    }),
    keep_alive: Optional(KeepAlive),
  },
  {
    title: "SystemOneRequest",
    examples: [
      {
        state: "I was charged twice. Please refund the extra payment.",
        questions: {
          refund: { type: "noul", instructions: "Is the customer asking for a refund?" },
          department: {
            type: "choice",
            instructions: "Who should answer?",
            criteria: { billing: "Payments and refunds", technical: null },
          },
          urgency: {
            type: "score",
            instructions: "How urgent is it?",
            criteria: ["Routine", "Soon", "Immediate"],
          },
        },
      },
    ],
  },
);
export type SystemOneRequest = Static<typeof SystemOneRequest>;

const Probabilities = namedBy(number(), { description: "From 0 to 1; together 1." });
const Confidence = number({
  description:
    "How far the probabilities are from being all the same: 1 - entropy / ln(options). 0: they " +
    "are, 1: one answer has it all.",
});

const Answer = Type.Union([
  object(
    { type: Type.Literal("noul"), noul: number({ description: "The probability of true." }) },
    { title: "SystemOneNoulAnswer" },
  ),
  object(
    {
      type: Type.Literal("choice"),
      choice: text({ description: "The likeliest option; of equals the first." }),
      probabilities: Probabilities,
      confidence: Confidence,
    },
    { title: "SystemOneChoiceAnswer" },
  ),
  object(
    {
      type: Type.Literal("score"),
      score: number({ description: "The level to expect, from 0: a mean, rarely a whole number." }),
      legend: namedBy(text(), { description: "What each level means." }),
      probabilities: Probabilities,
      confidence: Confidence,
    },
    { title: "SystemOneScoreAnswer" },
  ),
]);
export type Answer = Static<typeof Answer>;

export const SystemOneResponse = object(
  {
    model: text({ description: "The name as the request has it." }),
    answers: namedBy(Answer, { description: "By the questions' names." }),
    usage: object({
      input_tokens: Integer({ description: "Of all questions' prompts, cached ones included." }),
      output_tokens: Integer(),
    }),
  },
  { title: "SystemOneResponse" },
);
export type SystemOneResponse = Static<typeof SystemOneResponse>;

export const SystemOneError = object(
  {
    error: text(),
    n_prompt_tokens: Optional(Integer({ description: "Of a prompt that is too long." })),
    n_ctx: Optional(Integer()),
  },
  { title: "SystemOneError" },
);
export type SystemOneError = Static<typeof SystemOneError>;
