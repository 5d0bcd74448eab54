import { streamCompletion } from "../completion.ts";
import { median } from "../median.ts";
import type { ServedModel } from "../server.ts";
import { type Load, type Metric, Unsupported, type Workload } from "../workload.ts";

const nPredict = 128;
const nAnswers = 3;

const string = { type: "string" };
const number = { type: "number" };

const object = (properties: Readonly<Record<string, object>>) => ({
  type: "object",
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
});

const flatSchema = object({
  name: string,
  age: { type: "integer" },
  email: string,
  isMember: { type: "boolean" },
  city: string,
  score: number,
  kind: { enum: ["person", "company", "other"] },
  notes: string,
});

const line = object({
  article: object({ name: string, tags: { type: "array", items: string } }),
  price: object({ amount: number, currency: { enum: ["EUR", "USD", "GBP"] } }),
});

const nestedSchema = object({
  order: object({
    customer: object({ name: string, address: object({ street: string, city: string }) }),
    lines: { type: "array", minItems: 2, items: line },
    history: {
      type: "array",
      items: object({
        by: object({ name: string, role: string }),
        change: { anyOf: [line, string] },
      }),
    },
  }),
});

const schemas = { flat: flatSchema, "deeply nested": nestedSchema };

const decode = { unit: "tok/s", better: "higher" } as const satisfies Partial<Metric>;

/** The random model knows no JSON: nearly every token that it would choose freely is refused. */
export const schemaDecode: readonly Workload[] = Object.entries(schemas).map(([name, schema]) => ({
  name: `JSON, ${name} schema`,
  description:
    `\`json_schema\` with a ${name} schema, ${nPredict} tokens unless the grammar ends the ` +
    `answer; tokens of ${nAnswers} answers ÷ their time from first to last token. The model ` +
    "knows no JSON, so that the grammar refuses nearly every token that it prefers.",
  metrics: {
    greedy: { label: "greedy", ...decode, target: { ratio: 1.15 } },
    sampled: { label: "temperature 0.8", ...decode, target: { ratio: 1.15 } },
  },
  async run({ model }, load) {
    const greedy = await rateOf(model, { json_schema: schema }, load);
    const sampling = { json_schema: schema, temperature: 0.8, seed: load.round };
    return { greedy, sampled: await rateOf(model, sampling, load) };
  },
}));

/** Answers take a tenth of a second each: many make a steadier figure. */
const nPairs = 9;

/** A model that writes fast shows what the grammar itself costs. */
export const schemaShare: Workload = {
  name: "JSON beside free text",
  description:
    `The embedded model at temperature 0.8: ${nPredict} tokens with the flat schema and without, ` +
    `in turn; the median of ${nPairs} quotients of their rates. Nothing is guessed ahead: ` +
    "text that repeats itself more would be faster for that.",
  metrics: {
    share: { label: "JSON ÷ free", unit: "×", better: "higher", target: { ours: 0.97 } },
    json: { label: "JSON", ...decode },
    free: { label: "free", ...decode },
  },
  async run({ model }, load) {
    const pairs: { json: number; free: number }[] = [];
    for (let i = 0; i < nPairs; i++) {
      const seed = load.round * nPairs + i;
      const sampling = { temperature: 0.8, seed };
      const asked = { ...sampling, json_schema: flatSchema };
      const json = await rateOf(model, asked, load).catch(explainPeer);
      pairs.push({ json, free: await rateOf(model, sampling, load) });
    }
    return {
      share: median(pairs.map(({ json, free }) => json / free)),
      json: median(pairs.map((pair) => pair.json)),
      free: median(pairs.map((pair) => pair.free)),
    };
  },
};

/** llama-server breaks an answer off when a token that it chose leaves its grammar no way on. */
function explainPeer(error: Error): never {
  if (!error.message.includes("Unexpected empty grammar stack")) throw error;
  throw new Unsupported("breaks answers off: “Unexpected empty grammar stack”");
}

/** Tokens per second between first and last token, over some answers. */
async function rateOf(
  model: ServedModel,
  fields: Readonly<Record<string, unknown>>,
  { nextPrompt, tokens, signal }: Load,
): Promise<number> {
  let [nTokens, ms] = [0, 0];
  for (let i = 0; i < nAnswers; i++) {
    const request = { prompt: nextPrompt(), nPredict: tokens(nPredict), fields, mayEndEarly: true };
    const times = await streamCompletion(model, request, signal);
    nTokens += times.nDecoded;
    ms += times.lastTokenMs - times.firstTokenMs;
  }
  return (nTokens / ms) * 1000;
}
