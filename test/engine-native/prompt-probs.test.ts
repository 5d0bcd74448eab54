import { beforeAll, describe, expect, test } from "bun:test";
import { resolve } from "node:path";
import type { GenerateEvent, Report } from "../../src/core/generate.ts";
import { EngineInProcess } from "../support/engine-in-process.ts";
import { colours, pngOf } from "../support/pictures.ts";
import { ask } from "../support/tiny-native.ts";

const assets = resolve(import.meta.dir, "../../assets");
const question = ask("What is the capital of France?");

let engine: EngineInProcess;
let tokens: number[];
beforeAll(async () => {
  engine = new EngineInProcess({
    modelPath: `${assets}/tiny-text.gguf`,
    mmprojPath: `${assets}/tiny-mmproj.gguf`,
    nCtx: 512,
    nParallel: 2,
    kvUnified: true,
  });
  const asked = { parts: [question], addSpecial: true, parseSpecial: true };
  tokens = (await engine.call("tokenize", asked)).tokens;
});

const generate = (parts: (string | number | Uint8Array)[], nPredict: number, report: Report) =>
  engine.generate({
    prompt: { type: "text", parts },
    sampling: { temperature: 0, repeatPenalty: 1.3 },
    nPredict,
    report,
  });
const doneOf = (events: GenerateEvent[]) => {
  const done = events.at(-1);
  if (done?.type !== "done") throw new Error("the generation does not end");
  return done;
};
const sampledIn = (events: GenerateEvent[]) =>
  events.flatMap((event) => ("probs" in event ? (event.probs ?? []) : []));

describe("probabilities of a prompt's tokens", () => {
  test("are those that the tokens had when the model said them", async () => {
    const answered = await generate(tokens, 12, { nProbs: 3 });
    const said = sampledIn(answered);
    expect(said.length).toBeGreaterThan(4);
    const whole = [...tokens, ...said.map(({ token }) => token)];
    const { promptProbs = [], nCached } = doneOf(await generate(whole, 0, { promptProbs: 3 }));
    expect(nCached).toBe(0);
    expect(promptProbs.map(({ token }) => token)).toEqual(whole);
    for (const [i, { token, prob, top }] of said.entries()) {
      const scored = promptProbs[tokens.length + i];
      expect(scored?.token).toBe(token);
      expect(Math.abs((scored?.prob ?? Number.NaN) - prob)).toBeLessThan(1e-3);
      expect(scored?.top.map((other) => other.token)).toEqual(top.map((other) => other.token));
    }
  });

  test("come with the answer if one is wanted, which is the same", async () => {
    const plain = await generate(tokens, 8, { nProbs: 1 });
    const scored = await generate(tokens, 8, { nProbs: 1, promptProbs: 0 });
    expect(sampledIn(scored).map(({ token }) => token)).toEqual(
      sampledIn(plain).map(({ token }) => token),
    );
    const { promptProbs = [] } = doneOf(scored);
    expect(promptProbs).toHaveLength(tokens.length);
    const [first, ...others] = promptProbs;
    expect(first).toMatchObject({ prob: null, top: [] });
    for (const { prob, top } of others) {
      expect(top).toEqual([]);
      expect(prob).toBeWithin(0, 1 + 1e-6);
    }
  });

  test("are found step by step, while others generate", async () => {
    const long = Array.from({ length: 10 }, () => tokens).flat();
    const report = { promptProbs: 1, progress: true };
    const [scored, ...others] = await Promise.all([
      generate(long, 0, report),
      engine.write(question),
      engine.write(question),
    ]);
    expect(scored.filter(({ type }) => type === "progress").length).toBeGreaterThan(
      long.length / 32,
    );
    const alone = doneOf(await generate(long, 0, report)).promptProbs ?? [];
    expect(alone).toHaveLength(long.length);
    for (const [i, { prob }] of (doneOf(scored).promptProbs ?? []).entries()) {
      expect(Math.abs((prob ?? 0) - (alone[i]?.prob ?? 0))).toBeLessThan(1e-3);
    }
    const answer = await engine.write(question);
    expect(others).toEqual([answer, answer]);
  });

  test("have the bytes of special tokens as well", async () => {
    const { promptProbs = [] } = doneOf(await generate(tokens, 0, { promptProbs: 0 }));
    const text = Buffer.concat(promptProbs.map(({ bytes }) => bytes)).toString();
    expect(text).toBe(question);
  });

  test("none are for an empty prompt, or for one with pictures", async () => {
    expect(doneOf(await generate([], 0, { promptProbs: 1 })).promptProbs).toEqual([]);
    const circle = { shape: "circle", colour: colours.red, background: colours.white } as const;
    const parts = ["a", Uint8Array.fromBase64(pngOf(circle)), "b"];
    await expect(generate(parts, 0, { promptProbs: 1 })).rejects.toMatchObject({
      code: "unsupported",
      param: "prompt",
    });
  });
});
