import { type Static, Type } from "@sinclair/typebox";

const { Array: list, Optional, String: text, Union } = Type;

const anyObject = Type.Record(text(), Type.Unknown());
const strict = { additionalProperties: false };

const Call = Type.Object({ name: text(), arguments: anyObject }, strict);

const ToolFields = Type.Object(
  { name: text(), description: Optional(text()), parameters: Optional(anyObject) },
  strict,
);
const OpenAiTool = Type.Object({ type: Type.Literal("function"), function: ToolFields }, strict);

/** A tool itself, in OpenAI's form or bare, or the name of one of the file's. */
const ToolEntry = Union([text(), ToolFields, OpenAiTool]);
export type ToolEntry = Static<typeof ToolEntry>;

const Message = Type.Object(
  {
    role: Union(["system", "user", "assistant", "tool"].map((role) => Type.Literal(role))),
    content: Optional(text()),
    images: Optional(list(text(), { description: "Files beside this one." })),
    calls: Optional(list(Call, { description: "Of the assistant." })),
  },
  strict,
);

/** What is right. All that is given must hold. */
export const Expectation = Type.Object(
  {
    exact: Optional(
      Union([text(), list(text())], { description: "The whole answer, or one of several." }),
    ),
    contains: Optional(
      list(Union([text(), list(text())]), {
        description: "Words that the answer has, in any case; of a list in the list, one.",
      }),
    ),
    notContains: Optional(list(text())),
    about: Optional(
      list(text(), {
        description: "An answer of more than two words has one of these: it is no chance hit.",
      }),
    ),
    number: Optional(
      Type.Integer({ description: "The last number in the answer; as a word up to twenty." }),
    ),
    isUpperCase: Optional(Type.Boolean({ description: "Not one small letter." })),
    isJson: Optional(Type.Boolean({ description: "The answer is JSON, whatever it says." })),
    json: Optional(Type.Unknown({ description: "The answer is JSON and says this." })),
    calls: Optional(
      list(Call, { description: "Exactly these, in any order; []: none, but some text." }),
    ),
    thinks: Optional(Type.Boolean({ description: "Something is thought before the answer." })),
  },
  { ...strict, minProperties: 1 },
);
export type Expectation = Static<typeof Expectation>;

const Wording = Union(
  (["seen", "held", "free"] as const).map((one) => Type.Literal(one)),
  {
    description:
      "seen: phrased as in the training corpus; held: in phrases of its authors that are never " +
      "trained; free: as somebody typed it who does not know the corpus.",
  },
);
export type Wording = Static<typeof Wording>;

const common = {
  skill: text({ minLength: 1, description: "A row of the report. `facts: capitals` is in facts." }),
  wording: Optional(Wording),
};

const asked = {
  messages: Optional(list(Message, { minItems: 1 })),
  question: Optional(
    Union([text(), list(text(), { minItems: 1 })], {
      description: "In place of messages: what the user says, or user and assistant in turn.",
    }),
  ),
  system: Optional(text({ description: "Before `question`." })),
  image: Optional(
    Union([text(), list(text())], { description: "Pictures of the first message of the user." }),
  ),
  imageLast: Optional(Type.Boolean({ description: "They stand after its text." })),
  tools: Optional(list(ToolEntry)),
  think: Optional(Type.Boolean({ description: "Absent: as the model is by itself." })),
};

const ChatEntry = Type.Object(
  { kind: Optional(Type.Literal("chat")), ...common, ...asked, expect: Expectation },
  strict,
);
const SchemaEntry = Type.Object(
  {
    ...{ kind: Type.Literal("schema"), ...common, ...asked },
    schema: anyObject,
    expect: Optional(Expectation),
  },
  strict,
);
const InfillEntry = Type.Object(
  {
    ...{ kind: Type.Literal("infill"), ...common },
    prefix: text(),
    suffix: text(),
    expect: Union([text({ description: "The gap, up to space around it." }), Expectation]),
  },
  strict,
);
const PairsEntry = Type.Object(
  {
    ...{ kind: Type.Literal("embedding-pairs"), ...common },
    pairs: list(
      Type.Tuple([text(), text(), Union([Type.Literal("paraphrase"), Type.Literal("unrelated")])]),
    ),
  },
  strict,
);
export type AskedEntry = Static<typeof ChatEntry> | Static<typeof SchemaEntry>;

/** What of a file that is wrong is told: of a union, the errors of the kind that was meant. */
export const entrySchemas = {
  chat: ChatEntry,
  schema: SchemaEntry,
  infill: InfillEntry,
  "embedding-pairs": PairsEntry,
} as const;
export type Entry = {
  [Kind in keyof typeof entrySchemas]: Static<(typeof entrySchemas)[Kind]>;
}[keyof typeof entrySchemas];

/** A file of cases, apart from what each entry must be. */
export const CaseFile = Type.Object({
  tools: Optional(
    Type.Record(text(), Union([ToolFields, OpenAiTool]), {
      description: "Tools that entries name.",
    }),
  ),
  cases: list(Type.Object({ kind: Optional(text()) })),
});
export type CaseFile = Static<typeof CaseFile>;
