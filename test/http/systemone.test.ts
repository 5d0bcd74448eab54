import { describe, expect, test } from "bun:test";
import { apiKey } from "../../src/core/api-keys.ts";
import { AppError } from "../../src/core/errors.ts";
import type { GenerateRequest } from "../../src/core/generate.ts";
import type { SystemOneResponse } from "../../src/http/systemone/schema.ts";
import type { Model } from "../../src/models/catalog.ts";
import { requireName } from "../../src/models/name.ts";
import {
  appOver,
  type Behaviour,
  done,
  fakeInfo,
  json,
  prefilled,
  refuses,
  tiny,
  waitsForAbort,
} from "../support/fake-engine.ts";

const path = "/v1/systemone";
const noul = { type: "noul", instructions: "Is it urgent?" };
const urgent = { model: "tiny", state: "Help!", questions: { urgent: noul } };
const team = {
  type: "choice",
  instructions: "Who should answer?",
  criteria: { billing: "Payments", technical: null, other: "Anything else" },
};
const mood = { type: "score", instructions: "What mood?", criteria: ["calm", "cross", "furious"] };

/** Finds these tokens likely after every prompt. */
function finds(...likely: [token: string, prob: number][]): Behaviour {
  return async function* () {
    yield prefilled;
    const top = likely.map(([piece, prob], token) => ({
      token,
      bytes: new TextEncoder().encode(piece),
      prob,
    }));
    const [first = { token: 0, bytes: new Uint8Array(), prob: 0 }] = top;
    yield { type: "text", text: "A", nPredicted: 1, decodeMs: 1, probs: [{ ...first, top }] };
    yield done({ reason: "length", nPredicted: 1 });
  };
}

const decide = (behaviour: Behaviour, questions: object) =>
  json<SystemOneResponse>(appOver(behaviour).post(path, { ...urgent, questions }));

/** What the model is told. */
function promptOf({ prompt }: GenerateRequest): string {
  if (prompt.type !== "chat") throw new Error("it is a conversation");
  const [part] = prompt.messages.at(-1)?.parts.slice(-1) ?? [];
  return part?.type === "text" ? part.text : "";
}

describe("answers", () => {
  test("noul: how likely true is, which is the second letter", async () => {
    const answer = await decide(finds(["B", 0.9], ["A", 0.1]), { urgent: noul });
    expect(answer).toEqual({
      model: "tiny",
      answers: { urgent: { type: "noul", noul: 0.9 } },
      usage: { input_tokens: 7, output_tokens: 1 },
    });
  });

  test("choice: the likeliest, and all of them by their names", async () => {
    const { answers } = await decide(finds(["B", 0.5], ["C", 0.25], ["A", 0.25]), { team });
    const probabilities = { billing: 0.25, technical: 0.5, other: 0.25 };
    const confidence = 1 - (1.5 * Math.LN2) / Math.log(3);
    expect(answers.team).toEqual({
      type: "choice",
      choice: "technical",
      probabilities,
      confidence: expect.closeTo(confidence, 12),
    });
    expect(Object.keys(probabilities)).toEqual(["billing", "technical", "other"]);
  });

  test("score: the level to expect, with a legend", async () => {
    const { answers } = await decide(finds(["C", 0.5], ["B", 0.5]), { mood });
    expect(answers.mood).toEqual({
      type: "score",
      score: 1.5,
      legend: { 0: "calm", 1: "cross", 2: "furious" },
      probabilities: { 0: 0, 1: 0.5, 2: 0.5 },
      confidence: expect.closeTo(1 - Math.LN2 / Math.log(3), 12),
    });
  });

  test("of equals, the first is chosen, without confidence", async () => {
    const third = 1 / 3;
    const { answers } = await decide(finds(["C", third], ["B", third], ["A", third]), { team });
    expect(answers.team).toMatchObject({ choice: "billing", confidence: expect.closeTo(0, 12) });
  });

  test("sure of one: full confidence", async () => {
    const { answers } = await decide(finds(["A", 1]), { team });
    expect(answers.team).toMatchObject({ choice: "billing", confidence: 1 });
  });

  test("letters with a space belong to them, other tokens to none; they sum to 1", async () => {
    const behaviour = finds(["A", 0.3], [" B", 0.3], ["B", 0.2], ["yes", 0.2]);
    const { answers } = await decide(behaviour, { team });
    const { probabilities } = answers.team as { probabilities: Record<string, number> };
    expect(probabilities).toEqual({
      billing: expect.closeTo(0.375, 12),
      technical: expect.closeTo(0.625, 12),
      other: 0,
    });
  });

  test("every question has its own, by its name, and they are counted together", async () => {
    const questions = { z: noul, "a b": mood, "line\nbreak": noul };
    const answer = await decide(finds(["A", 0.5], ["B", 0.5]), questions);
    expect(Object.keys(answer.answers)).toEqual(Object.keys(questions));
    expect(answer.usage).toEqual({ input_tokens: 21, output_tokens: 3 });
  });

  test("the model's name is the request's, or the default model's", async () => {
    const { post } = appOver(finds(["A", 1]));
    const nameFor = async (model?: string) =>
      (await json<SystemOneResponse>(post(path, { ...urgent, model }))).model;
    expect([await nameFor("tiny:latest"), await nameFor()]).toEqual(["tiny:latest", "tiny"]);
  });
});

describe("asks the engine", () => {
  const requestsFor = async (body: object, model?: Model) => {
    const options = model ? { models: [model] as const } : {};
    const { post, engine } = appOver(finds(["A", 1]), options);
    const response = await post(path, { ...urgent, ...body });
    expect(response.status).toBe(200);
    return engine.requests;
  };

  test("for one token, with nothing but the letters' bias before their probabilities", async () => {
    const [request] = await requestsFor({ questions: { mood } });
    expect(request).toMatchObject({
      prompt: {
        enableThinking: false,
        tools: [],
        grammar: 'root ::= " "? [ABC]',
      },
      nPredict: 1,
      stop: [],
      cachePrompt: true,
      sampling: {
        temperature: 1,
        samplers: ["temperature"],
        logitBias: ["A", "B", "C"].map((token) => ({ token, bias: 100 })),
      },
      report: { nProbs: 3, postSampling: true },
    });
  });

  test("the state first, then one question, its options by letters", async () => {
    const about = { true: "It cannot wait" };
    const questions = { team, mood, urgent: noul, soon: { ...noul, criteria: about } };
    const requests = await requestsFor({ questions });
    const last = "Answer with the letter of the best option only.";
    const told = [
      "Who should answer?\nA: billing: Payments\nB: technical\nC: other: Anything else",
      "What mood?\nA: calm\nB: cross\nC: furious",
      "Is it urgent?\nA: No\nB: Yes",
      "Is it urgent?\nA: No\nB: Yes: It cannot wait",
    ];
    expect(requests.map(promptOf)).toEqual(told.map((text) => `Help!\n\n${text}\n${last}`));
  });

  test("state and instructions as JSON, pictures before them", async () => {
    const pictures = ["AQID"];
    const questions = { q: { ...noul, instructions: ["Is it", { urgent: true }] } };
    const [request] = await requestsFor({ state: { mail: "Help!" }, images: pictures, questions });
    if (request?.prompt.type !== "chat") throw new Error("it is a conversation");
    const [image] = request.prompt.messages[0]?.parts ?? [];
    expect(image).toMatchObject({ type: "media", bytes: new Uint8Array([1, 2, 3]) });
    expect(promptOf(request)).toStartWith(
      '{"mail":"Help!"}\n\n["Is it",{"urgent":true}]\nA: No\nB: Yes\n',
    );
  });

  test("models made for decisions in Ollama's form, all questions in each", async () => {
    const manifest = { schemaVersion: 2 as const, mediaType: "", config: layer, layers: [] };
    const name = requireName("tiny");
    const config = { capabilities: ["completion", "decision"] };
    const stored = { name, manifest, digest: "0".repeat(64), modifiedAt: 0, config };
    const questions = { urgent: noul, "<team>": { ...team, criteria: { a: "x", b: null } } };
    const requests = await requestsFor({ questions, state: "<|im_end|> é" }, { ...tiny, stored });
    const option = (code: string, value: string, description: string) =>
      `{"code": "${code}", "value": ${value}, "description": "${description}"}`;
    const urgentOptions = `${option("A", "false", "No")}, ${option("B", "true", "Yes")}`;
    const teamOptions = `${option("A", '"a"', "x")}, ${option("B", '"b"', "b")}`;
    const shared =
      '{"context": "\\u003c|im_end|\\u003e é", "schema": [{"name": "urgent", "description": ' +
      `"Is it urgent?", "choices": [${urgentOptions}]}, {"name": "\\u003cteam\\u003e", ` +
      `"description": "Who should answer?", "choices": [${teamOptions}]}]}`;
    expect(requests.map(promptOf)).toEqual([
      `${shared}\n\nRequested field: "urgent"`,
      `${shared}\n\nRequested field: "\\u003cteam\\u003e"`,
    ]);
  });

  test("once for each of 64 questions", async () => {
    const many = Object.fromEntries(Array.from({ length: 64 }, (_, i) => [`question ${i}`, noul]));
    expect(await requestsFor({ questions: many })).toHaveLength(64);
  });
});

const layer = { mediaType: "", digest: `sha256:${"0".repeat(64)}`, size: 1 };

describe("refuses, in its own envelope", () => {
  const levels = (n: number) => Array.from({ length: n }, (_, level) => `level ${level}`);
  const nouls = (n: number) => Object.fromEntries(levels(n).map((name) => [name, noul]));
  const asks = (question: object) => ({ questions: { q: question } });
  const { criteria: _, ...openTeam } = team;
  test.each<[error: string, wrong: object]>([
    ["`state` is required", { state: undefined }],
    ["`state` must be one of: string, array, object", { state: 5 }],
    ["`state` must not be empty", { state: " " }],
    ["`questions` is required", { questions: undefined }],
    ["`questions` is wrong", { questions: [] }],
    ["`questions` is wrong: expected object to have at least 1 prop", { questions: {} }],
    ["`questions` is wrong: expected object to have no more than 64", { questions: nouls(65) }],
    ["`questions` has a question without a name", { questions: { " ": noul } }],
    ["`questions.a\nb` is wrong: expected object", { questions: { "a\nb": 5 } }],
    ["`questions.q.instructions` is required", asks({ type: "noul" })],
    ["`questions.q.instructions` must not be empty", asks({ ...noul, instructions: "" })],
    [
      '`questions.q.type` must be one of: "choice", "noul", "score"',
      asks({ ...noul, type: "box" }),
    ],
    ["`questions.q.criteria` must be an object", asks({ ...noul, criteria: ["a", "b"] })],
    ['`questions.q.criteria` may only have "true" and', asks({ ...noul, criteria: { yes: "a" } })],
    ["`questions.q.criteria.true` must be a text", asks({ ...noul, criteria: { true: null } })],
    ["`questions.q.criteria` is required", asks(openTeam)],
    ["`questions.q.criteria` must be one of: array, object", asks({ ...team, criteria: null })],
    ["`questions.q.criteria` must be an object", asks({ ...team, criteria: ["a", "b"] })],
    [
      "`questions.q.criteria.a` must be one of: string, null",
      asks({ ...team, criteria: { a: 5 } }),
    ],
    [
      "`questions.q.criteria` must have 2 to 26 entries, but has 1",
      asks({ ...team, criteria: { a: "x" } }),
    ],
    ["`questions.q.criteria` has an option with", asks({ ...team, criteria: { a: "x", "": "y" } })],
    ["`questions.q.criteria` must be an array", asks({ ...mood, criteria: { a: "x" } })],
    [
      "`questions.q.criteria` must have 2 to 26 entries, but has 27",
      asks({ ...mood, criteria: levels(27) }),
    ],
    ["`questions.q.criteria[1]` is wrong", asks({ ...mood, criteria: ["a", null] })],
    ["`images[0]` is not a base64 picture", { images: ["?"] }],
    ['`keep_alive` is not a duration: "soon"', { keep_alive: "soon" }],
  ])("%s", async (error, wrong) => {
    const { post, engine } = appOver(finds(["A", 1]));
    const response = await post(path, { ...urgent, ...wrong });
    expect([response.status, await response.json()]).toEqual([
      400,
      { error: expect.stringContaining(error) },
    ]);
    expect(engine.requests).toEqual([]);
  });

  test("26 options are not too many", async () => {
    const { post } = appOver(finds(["Z", 1]));
    const questions = { q: { ...mood, criteria: levels(26) } };
    const { answers } = await json<SystemOneResponse>(post(path, { ...urgent, questions }));
    expect(answers.q).toMatchObject({ score: 25 });
  });

  test("a model that is not there", async () => {
    const response = await appOver(finds(["A", 1])).post(path, { ...urgent, model: "nope" });
    expect([response.status, await response.json()]).toEqual([
      404,
      { error: expect.stringContaining('"nope" not found') },
    ]);
  });

  test("a model that only embeds", async () => {
    const info = { ...fakeInfo, generates: false };
    const response = await appOver(finds(["A", 1]), { info }).post(path, urgent);
    const error = '"tiny" does not support decision';
    expect([response.status, await response.json()]).toEqual([400, { error }]);
  });

  test("pictures for a model that does not see", async () => {
    const info = { ...fakeInfo, vision: false };
    const response = await appOver(finds(["A", 1]), { info }).post(path, {
      ...urgent,
      images: ["AQID"],
    });
    const error = expect.stringContaining("image input is not supported");
    expect([response.status, await response.json()]).toEqual([400, { error }]);
  });

  test.each<[string, Behaviour]>([
    ["says other things", finds(["yes", 1])],
    ["says hardly a letter", finds(["yes", 0.9], ["A", 0.1])],
    ["says nothing", finds()],
  ])("a model that %s", async (_name, behaviour) => {
    const response = await appOver(behaviour).post(path, urgent);
    const error = expect.stringContaining("this model cannot decide");
    expect([response.status, await response.json()]).toEqual([400, { error }]);
  });

  test("a prompt that is too long, with its numbers", async () => {
    const details = { n_prompt_tokens: 9, n_ctx: 8 };
    const tooLong = new AppError("context_length_exceeded", "it is too long", { details });
    const response = await appOver(refuses(tooLong)).post(path, urgent);
    const error = "it is too long";
    expect([response.status, await response.json()]).toEqual([400, { error, ...details }]);
  });

  test("what is no JSON, and requests without a key", async () => {
    const broken = await appOver(finds(["A", 1])).post(path, "{");
    expect([broken.status, await broken.json()]).toEqual([400, { error: expect.any(String) }]);
    const settings = { apiKeys: [apiKey("secret", "owner")] };
    const { post } = appOver(finds(["A", 1]), { settings });
    expect(await json(post(path, urgent))).toEqual({
      error: expect.stringContaining("wants an API key"),
    });
  });
});

test("a client that hangs up ends all questions", async () => {
  const { post, engine } = appOver(waitsForAbort(0));
  const client = new AbortController();
  const questions = { a: noul, b: noul, c: noul };
  const response = post(path, { ...urgent, questions }, client.signal);
  while (engine.nRunning < 3) await Bun.sleep(1);
  client.abort();
  expect((await response).ok).toBe(false);
  while (engine.nRunning > 0) await Bun.sleep(1);
});

test("keep_alive 0 unloads the model behind the last question", async () => {
  const { post, supervisor } = appOver(finds(["A", 1]));
  const response = await post(path, { ...urgent, keep_alive: 0, questions: { a: noul, b: noul } });
  expect(response.status).toBe(200);
  while (supervisor.status(tiny).state === "ready") await Bun.sleep(1);
  expect(supervisor.status(tiny).state).toBe("sleeping");
});
