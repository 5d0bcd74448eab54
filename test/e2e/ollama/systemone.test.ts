import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Ollama, type SystemOneQuestion } from "ollama";
import { colours, pngOf } from "../../support/pictures.ts";
import { type RunningServer, startServer } from "../../support/server.ts";

/** Decisions, by the official client. The tiny model guesses: only how it does can be told. */
let server: RunningServer;
let client: Ollama;
beforeAll(async () => {
  server = await startServer({ args: ["-t", "1"] });
  client = new Ollama({ host: server.url });
});
afterAll(() => server[Symbol.asyncDispose]());

const model = "tiny";
const state = "I was charged twice. Please refund the extra payment.";
const refund: SystemOneQuestion = { type: "noul", instructions: "Is a refund wanted?" };
const team: SystemOneQuestion = {
  type: "choice",
  instructions: "Who should answer?",
  criteria: { billing: "Payments and refunds", technical: null, other: "Anything else" },
};
const urgency: SystemOneQuestion = {
  type: "score",
  instructions: { how: "How urgent is it?" },
  criteria: ["Routine", "Soon", "Immediate"],
};
const questions = { refund, team, urgency };

const fraction = (value: number) => value >= 0 && value <= 1;
const sum = (values: Record<string, number>) =>
  Object.values(values).reduce((total, value) => total + value, 0);

describe("systemone", () => {
  test("answers each question in its own form", async () => {
    const {
      model: answering,
      answers,
      usage,
    } = await client.systemone({ model, state, questions });
    expect([answering, Object.keys(answers)]).toEqual([model, Object.keys(questions)]);
    const { refund: wanted, team: chosen, urgency: rated } = answers;
    if (wanted?.type !== "noul" || chosen?.type !== "choice" || rated?.type !== "score") {
      throw new Error(`these are not the types: ${JSON.stringify(answers)}`);
    }
    expect(fraction(wanted.noul)).toBe(true);
    expect(Object.keys(chosen.probabilities)).toEqual(["billing", "technical", "other"]);
    expect(sum(chosen.probabilities)).toBeCloseTo(1, 9);
    const likeliest = Math.max(...Object.values(chosen.probabilities));
    expect(chosen.probabilities[chosen.choice]).toBe(likeliest);
    expect(rated.legend).toEqual({ 0: "Routine", 1: "Soon", 2: "Immediate" });
    expect(sum(rated.probabilities)).toBeCloseTo(1, 9);
    const { 1: soon = 0, 2: immediate = 0 } = rated.probabilities;
    expect(rated.score).toBeCloseTo(soon + 2 * immediate, 9);
    expect([chosen.confidence, rated.confidence].map(fraction)).toEqual([true, true]);
    expect(usage).toEqual({ input_tokens: expect.any(Number), output_tokens: 3 });
    expect(usage.input_tokens).toBeGreaterThan(3 * 20);
  });

  test("the probabilities are those that the model has for the letters, alone", async () => {
    await client.systemone({ model, state, questions: { team } }); // from here on it is cached
    const { answers } = await client.systemone({ model, state, questions: { team } });
    const content = `${state}\n\nWho should answer?\nA: billing: Payments and refunds\nB: technical
C: other: Anything else\nAnswer with the letter of the best option only.`;
    const messages = [{ role: "user", content }];
    const templated = await server.post("/apply-template", { model, messages });
    const { prompt } = (await templated.json()) as { prompt: string };
    const completed = await server.post("/completion", {
      model,
      prompt,
      n_predict: 1,
      n_probs: 512, // its whole vocabulary
    });
    const { completion_probabilities: found } = (await completed.json()) as Completed;
    const probs = ["A", "B", "C"].map((letter) =>
      Math.exp(found[0]?.top_logprobs.find(({ token }) => token === letter)?.logprob ?? -999),
    );
    const whole = probs.reduce((total, prob) => total + prob, 0);
    expect(whole).toBeGreaterThan(0);
    const [billing, technical, other] = probs.map((prob) => expect.closeTo(prob / whole, 3));
    expect(answers.team).toMatchObject({ probabilities: { billing, technical, other } });
  });

  test("the same question finds the same probabilities", async () => {
    const ask = async () =>
      (await client.systemone({ model, state, questions: { team } })).answers.team;
    await ask(); // from here on its prompt is cached
    expect(await ask()).toEqual(await ask());
  });

  test("what the server was told for silent requests changes nothing", async () => {
    const habits = ["--grammar", 'root ::= "no"', "--temp", "0", "--top-k", "1", "--mirostat", "2"];
    await using other = await startServer({ args: ["-t", "1", ...habits] });
    const answering = new Ollama({ host: other.url });
    const { answers } = await answering.systemone({ model, state, questions: { refund } });
    const { answers: usual } = await client.systemone({ model, state, questions: { refund } });
    if (usual.refund?.type !== "noul") throw new Error("it is a noul");
    expect(answers.refund).toEqual({ type: "noul", noul: expect.closeTo(usual.refund.noul, 1) });
  });

  test("pictures count", async () => {
    const images = [pngOf({ shape: "circle", colour: colours.red, background: colours.white })];
    const ask = async (more: object) => {
      const response = await server.post("/v1/systemone", {
        model,
        state: { page: 1 },
        questions: { refund },
        ...more,
      });
      return (await response.json()) as Awaited<ReturnType<Ollama["systemone"]>>;
    };
    const [blind, seen] = [await ask({}), await ask({ images })];
    expect(seen.usage.input_tokens).toBeGreaterThan(blind.usage.input_tokens);
    expect(seen.answers.refund).toMatchObject({ type: "noul", noul: expect.any(Number) });
  });

  test("64 questions", async () => {
    const many = Object.fromEntries(
      Array.from({ length: 64 }, (_, i) => [`question ${i}`, refund]),
    );
    const { answers, usage } = await client.systemone({ model, state, questions: many });
    expect([Object.keys(answers).length, usage.output_tokens]).toEqual([64, 64]);
  });

  test("errors reach the client in words", async () => {
    const lacking = client.systemone({ model: "nope", state, questions });
    await expect(lacking).rejects.toMatchObject({
      status_code: 404,
      message: expect.stringContaining('"nope" not found'),
    });
    const one = { ...team, criteria: { only: null } };
    await expect(client.systemone({ model, state, questions: { one } })).rejects.toMatchObject({
      status_code: 400,
      message: "`questions.one.criteria` must have 2 to 26 entries, but has 1",
    });
    const long = client.systemone({ model, state: "word ".repeat(2000), questions });
    await expect(long).rejects.toMatchObject({ status_code: 400 });
  });
});

interface Completed {
  completion_probabilities: { top_logprobs: { token: string; logprob: number }[] }[];
}
